"""Where a Modbus message begins and ends: MBAP headers, and RTU frames carried over TCP (kernels).

Standards: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, §3.1.3 (MBAP header); MODBUS Application Protocol
V1.1b3, §6 (shapes of requests and replies); MODBUS over Serial Line V1.02, §2.5.1 (RTU frame, CRC).

Layout of an MBAP message::

    transaction id 2 | protocol id 2 (0) | length 2 | unit id 1 | function code 1 | data
                                         |<-- length counts from here ------------>|
"""

from __future__ import annotations

from parsers.packet import Bytes, get16
from parsers.protocol import REPLY as REPLY  # noqa: PLC0414 - other modules take it from here
from parsers.protocol import REQUEST as REQUEST  # noqa: PLC0414 - as above
from wanglou.kernel import int64, kernel

MBAP_HEADER = 6  # bytes before those that the length field counts
LENGTH_MIN, LENGTH_MAX = 2, 254  # Messaging Guide §3.1.3: unit id and a PDU of 1 to 253 bytes
# UMAS and some gateways send longer messages; up to this a message is kept whole and its length reported as a fault.
LENGTH_BOUND = 2048

_EXCEPTION = 0x80


@kernel
def shape_pdu(buf: Bytes, pos: int, end: int, size: int) -> int:
    """Which of REQUEST and REPLY a PDU of ``size`` bytes at ``pos`` can be, by its function's layout; 0 for neither.

    ``buf[pos:end]`` is what is there of it; a count that is not there yet is taken on trust.
    Functions without a known layout fit both.
    """
    if pos >= end or size < 1:
        return 0
    code = int64(buf[pos])
    count = int64(buf[pos + 1]) if pos + 1 < end else -1
    if code >= _EXCEPTION:
        return REPLY if size == 2 and code > _EXCEPTION and count <= 11 else 0
    counted = count < 0 or size == 2 + count
    if code in (1, 2, 3, 4):
        return (REQUEST if size == 5 else 0) | (REPLY if counted and size > 2 else 0)
    if code in (5, 6):
        return REQUEST | REPLY if size == 5 else 0
    if code == 7:
        return (REQUEST if size == 1 else 0) | (REPLY if size == 2 else 0)
    if code == 8:
        return REQUEST | REPLY if size >= 3 else 0
    if code == 11:
        return (REQUEST if size == 1 else 0) | (REPLY if size == 5 else 0)
    if code in (12, 17):
        return (REQUEST if size == 1 else 0) | (REPLY if counted and size > 2 else 0)
    if code in (15, 16):
        count = int64(buf[pos + 5]) if pos + 5 < end else -1
        return (REQUEST if size > 6 and (count < 0 or size == 6 + count) else 0) | (REPLY if size == 5 else 0)
    if code in (20, 21):
        return REQUEST | REPLY if counted and size > 2 else 0
    if code == 22:
        return REQUEST | REPLY if size == 7 else 0
    if code == 23:
        written = int64(buf[pos + 9]) if pos + 9 < end else -1
        return (REQUEST if size > 10 and (written < 0 or size == 10 + written) else 0) | (
            REPLY if counted and size > 2 else 0
        )
    if code == 24:
        wide = get16(buf, pos + 1) if pos + 2 < end else -1
        return (REQUEST if size == 3 else 0) | (REPLY if size > 3 and (wide < 0 or size == 3 + wide) else 0)
    return REQUEST | REPLY


@kernel
def is_exception(code: int) -> bool:
    """True for the function code of an exception reply (V1.1b3 §7)."""
    return code > _EXCEPTION


@kernel
def is_code_common(code: int) -> bool:
    """True for function codes that the specification names, and 90 (UMAS): evidence on a port not known for Modbus."""
    plain = code & 0x7F
    return 1 <= plain <= 8 or plain in (11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43, 90)


@kernel
def measure_mbap(buf: Bytes, pos: int, end: int) -> int:
    """Length of the message at ``pos``: 0 when its header is not whole yet, -1 when no message can begin so."""
    if end - pos < MBAP_HEADER:
        return 0
    length = get16(buf, pos + 4)
    if length < LENGTH_MIN or length > LENGTH_BOUND or get16(buf, pos + 2) != 0:
        return -1
    return MBAP_HEADER + length


@kernel
def is_mbap_plausible(buf: Bytes, pos: int, end: int) -> bool:
    """True when a whole, well-shaped message of a named function begins at ``pos`` (used where nothing is certain)."""
    return end - pos >= MBAP_HEADER + 2 and is_code_common(int64(buf[pos + 7])) and _is_mbap_shaped(buf, pos, end)


@kernel
def _is_mbap_shaped(buf: Bytes, pos: int, end: int) -> bool:
    """True when header and function's layout fit, and what follows is no contradiction."""
    size = measure_mbap(buf, pos, end)
    if size <= 0 or size > MBAP_HEADER + LENGTH_MAX or end - pos < MBAP_HEADER + 2:
        return False
    if int64(buf[pos + 7]) & 0x7F == 0 or shape_pdu(buf, pos + 7, end, size - 7) == 0:
        return False
    following = pos + size
    return following >= end or end - following < MBAP_HEADER or measure_mbap(buf, following, end) > 0


@kernel
def find_mbap(buf: Bytes, pos: int, end: int, segment: int) -> int:
    """Next position where a plausible message begins, ``end`` when there is none.

    At ``segment``, where a segment begins, any function will do as long as the message is whole.
    """
    while pos + 8 <= end:
        if buf[pos + 2] == 0 and buf[pos + 3] == 0:
            if is_mbap_plausible(buf, pos, end):
                return pos
            if pos == segment and measure_mbap(buf, pos, end) <= end - pos and _is_mbap_shaped(buf, pos, end):
                return pos
        pos += 1
    return end


@kernel
def compute_crc(buf: Bytes, pos: int, end: int) -> int:
    """CRC of an RTU frame (Serial Line V1.02, §6.2.2), as the number that follows it low byte first."""
    crc = 0xFFFF
    for at in range(pos, end):
        crc ^= int64(buf[at])
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


@kernel
def size_rtu(buf: Bytes, pos: int, end: int, role: int) -> int:
    """Bytes an RTU frame of ``role`` takes by its function: 0 when its count is not there yet, -1 when unknown."""
    if end - pos < 2:
        return 0
    code = int64(buf[pos + 1])
    if code >= _EXCEPTION:
        return 5 if role == REPLY else -1
    counted = 2  # where the byte count stands, if there is one
    if role == REQUEST:
        if code in (1, 2, 3, 4, 5, 6, 8):
            return 8
        if code in (7, 11, 12, 17):
            return 4
        if code == 22:
            return 10
        if code == 24:
            return 6
        if code in (15, 16):
            counted = 6
        elif code == 23:
            counted = 10
        elif code not in (20, 21):
            return -1
    else:
        if code in (5, 6, 8, 11, 15, 16):
            return 8
        if code == 7:
            return 5
        if code == 22:
            return 10
        if code == 24:
            return 0 if end - pos < 4 else 6 + get16(buf, pos + 2)
        if code not in (1, 2, 3, 4, 12, 17, 20, 21, 23):
            return -1
    return 0 if end - pos <= counted else counted + 3 + int64(buf[pos + counted])


@kernel
def measure_rtu(buf: Bytes, pos: int, end: int, role: int) -> int:
    """Length of the RTU frame at ``pos``: 0 when more bytes are needed, -1 when its CRC or function is wrong."""
    size = size_rtu(buf, pos, end, role)
    if size <= 0:
        return size
    if size > 256:  # Serial Line V1.02 §2.5.1: an RTU frame has at most 256 bytes
        return -1
    if end - pos < size:
        return 0
    sent = int64(buf[pos + size - 2]) | int64(buf[pos + size - 1]) << 8
    return size if compute_crc(buf, pos, pos + size - 2) == sent else -1


@kernel
def find_rtu(buf: Bytes, pos: int, end: int, role: int) -> int:
    """Next position where a frame with a good CRC begins, ``end`` when there is none."""
    while pos + 4 <= end:
        if measure_rtu(buf, pos, end, role) > 0:
            return pos
        pos += 1
    return end


@kernel
def recognise_mbap(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """Tell whether a side begins with Modbus/TCP: (1 mine, 0 more bytes needed, -1 not mine; role).

    On a port known for it any function counts, and a foreign protocol id where all else fits.
    """
    if _is_too_short(buf, pos, end):
        return -1 if whole else 0, 0
    if end - pos < MBAP_HEADER + 2:
        return -1, 0
    size = measure_mbap(buf, pos, end)
    if size > 0 and (end - pos >= size or not whole):
        role = shape_pdu(buf, pos + 7, end, size - 7)
        if served and is_exception(int64(buf[pos + 7])):
            return 1, REPLY
        if served or (end - pos >= size and is_mbap_plausible(buf, pos, end)):
            return 1, role if role != REQUEST | REPLY else 0
        return 0 if is_mbap_plausible(buf, pos, end) else -1, 0
    return 1 if size < 0 and served and _is_foreign_protocol_id(buf, pos, end) else -1, 0


@kernel
def recognise_rtu(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:  # noqa: ARG001 - as all
    """The same for one RTU frame and nothing else: a right CRC over just these bytes says more than any header."""
    if not whole and _is_too_short(buf, pos, end):
        return 0, 0
    verdict = -1
    for role in (REQUEST, REPLY):
        size = measure_rtu(buf, pos, end, role)
        if size > 0 and size == end - pos:
            return 1, role
        if size == 0 and not whole:
            verdict = 0
    return verdict, 0


@kernel
def _is_too_short(buf: Bytes, pos: int, end: int) -> bool:
    """True for bytes that may become either framing."""
    return end - pos < 4 or (end - pos < MBAP_HEADER + 2 and get16(buf, pos + 2) == 0)


@kernel
def _is_foreign_protocol_id(buf: Bytes, pos: int, end: int) -> bool:
    """True for what would be a Modbus message but for its protocol id: length and function's layout fit exactly."""
    length = get16(buf, pos + 4)
    return (
        length >= LENGTH_MIN
        and end - pos == MBAP_HEADER + length
        and int64(buf[pos + 7]) & 0x7F != 0
        and shape_pdu(buf, pos + 7, end, length - 1) in (REQUEST, REPLY, REQUEST | REPLY)
    )
