"""Where a DNS message begins and ends, and whether bytes are one: over UDP, and over TCP with a length (kernels).

Standards: RFC 1035 §4.1 (message), §4.1.4 (compression), §4.2.2 (TCP), §2.3.4 (limits); RFC 9267 (what to check).

Layout::

    id 2 | flags 2 | questions 2 | answers 2 | authorities 2 | additionals 2 | questions and records
"""

from __future__ import annotations

from parsers.packet import Bytes, get16
from wanglou.kernel import int64, kernel

HEADER = 12
LENGTH_FIELD = 2  # RFC 1035 §4.2.2: before each message over TCP
MIN_QUESTION, MIN_RECORD = 5, 11  # the root's name with type and class; and with time to live and length
LABEL_MAX, NAME_MAX = 63, 255  # RFC 1035 §2.3.4, the name with its length bytes and its end
JUMPS_MAX = 126  # more than any name of 255 bytes needs; each jump must also go backwards

REQUEST, REPLY = 1, 2

_QR, _OPCODE, _RCODE, _TC, _Z = 0x8000, 0x7800, 0x000F, 0x0200, 0x0040
_KNOWN_OPCODES = 0b1110111  # RFC 1035, 1996, 2136, 8490: 0, 1, 2, 4, 5, 6
_QUESTIONS_BELIEVED = 16  # on a known port; more make a message of other bytes likelier


@kernel
def skip_name(buf: Bytes, pos: int, end: int) -> int:
    """Where the name at ``pos`` ends: a pointer ends it; 0 when its bytes end first, -1 when it is none."""
    size = int64(1)
    while pos < end:
        length = int64(buf[pos])
        if length == 0:
            return pos + 1
        if length >= 0xC0:
            return pos + 2 if pos + 2 <= end else 0
        size += length + 1
        if length > LABEL_MAX or size > NAME_MAX:
            return -1
        pos += length + 1
    return 0


@kernel
def skip_records(buf: Bytes, pos: int, end: int, questions: int, records: int) -> int:
    """Where so many questions and records end: 0 when bytes end first, -1 when they are none; ``pos`` is positive."""
    for i in range(questions + records):
        pos = skip_name(buf, pos, end)
        if pos <= 0:
            return pos
        fixed = int64(4) if i < questions else int64(10)
        if pos + fixed > end:
            return 0
        if i >= questions:
            fixed += get16(buf, pos + 8)
        pos += fixed
        if pos > end:
            return 0
    return pos


@kernel
def count_records(buf: Bytes, pos: int) -> int:
    """Records the header at ``pos`` names, of all three sections; the caller has checked that it is there."""
    return get16(buf, pos + 6) + get16(buf, pos + 8) + get16(buf, pos + 10)


@kernel
def is_header_strict(buf: Bytes, pos: int) -> bool:
    """True for the header of a plain query or reply of one question: what counts on any port."""
    word = get16(buf, pos + 2)
    if word & (_OPCODE | _Z) or get16(buf, pos + 4) != 1:
        return False
    if word & _QR:
        return word & _RCODE <= 10
    return (
        word & (_RCODE | _TC) == 0
        and get16(buf, pos + 6) == 0
        and get16(buf, pos + 8) == 0
        and get16(buf, pos + 10) <= 2
    )


@kernel
def is_question_strict(buf: Bytes, pos: int, end: int) -> int:
    """1 when a whole question of a usual class stands at ``pos`` (after the header), 0: more bytes, -1: none."""
    after = skip_name(buf, pos, end)
    if after <= 0:
        return after
    if after + 4 > end:
        return 0
    if _is_netbios_name(buf, pos, end):
        return -1
    usual = get16(buf, after + 2) & 0x7FFF  # RFC 6762 §5.4: the top bit is a flag of mDNS
    return 1 if usual in (1, 3, 4, 254, 255) and get16(buf, after) != 0 else -1


@kernel
def _is_netbios_name(buf: Bytes, pos: int, end: int) -> bool:
    """True for a first label as NetBIOS writes names (RFC 1001 §14.1): its name service has the header of DNS."""
    if buf[pos] != 32 or pos + 33 > end:
        return False
    for k in range(pos + 1, pos + 33):  # noqa: SIM110 - kernels know no generators
        if buf[k] < 0x41 or buf[k] > 0x50:
            return False
    return True


@kernel
def _is_believed(buf: Bytes, pos: int, end: int) -> bool:
    """True where, on a known port, a header is taken for one although the rest may be malformed."""
    word = get16(buf, pos + 2)
    if _KNOWN_OPCODES >> (word >> 11 & 15) & 1 == 0 or (word & _QR == 0 and word & _RCODE != 0):
        return False
    questions, records = get16(buf, pos + 4), count_records(buf, pos)
    if questions + records == 0:
        return end - pos == HEADER and word & _QR != 0
    if questions == 0:
        return skip_name(buf, pos + HEADER, end) > 0
    return questions <= _QUESTIONS_BELIEVED or is_question_strict(buf, pos + HEADER, end) > 0


@kernel
def _tell_role(buf: Bytes, pos: int) -> int:
    """Role of the message whose header is at ``pos``."""
    return REPLY if get16(buf, pos + 2) & _QR else REQUEST


@kernel
def recognise_dns(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """Tell whether a datagram is DNS: (1 mine or -1 not mine, role); on an unknown port only what is right to its end.

    ``served``: a port of it is 53, 5353 or 5355. Bytes of a stream (not ``whole``) are never mine.
    """
    if not whole or end - pos < HEADER:
        return -1, 0
    if served and _is_believed(buf, pos, end):
        return 1, _tell_role(buf, pos)
    if not is_header_strict(buf, pos) or is_question_strict(buf, pos + HEADER, end) < 1:
        return -1, 0
    if skip_records(buf, pos + HEADER, end, get16(buf, pos + 4), count_records(buf, pos)) != end:
        return -1, 0
    return 1, _tell_role(buf, pos)


@kernel
def measure_dns(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - all protocols' measures are alike
    """Length of the message at ``pos`` in bytes: the whole datagram; -1 where there is no header."""
    return end - pos if end - pos >= HEADER else -1


@kernel
def find_dns(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - all protocols' finds are alike
    """``end``: a datagram holds one message."""
    return end


@kernel
def recognise_dns_stream(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """Tell whether a stream's first bytes are DNS: (1 mine, 0 need more, -1 not mine; role).

    ``served``: a port of it is 53 or 5355. A datagram (``whole``) is never mine.
    """
    if whole:
        return -1, 0
    if end - pos < LENGTH_FIELD:
        return 0, 0
    length = get16(buf, pos)
    if length < HEADER:
        return -1, 0
    if end - pos < LENGTH_FIELD + HEADER:
        return 0, 0
    begin = pos + LENGTH_FIELD
    last = min(end, begin + length)
    if served and _is_believed(buf, begin, last):
        return 1, _tell_role(buf, begin)
    fits = fit_stream(buf, pos, end)
    return fits, _tell_role(buf, begin) if fits > 0 else 0


@kernel
def fit_stream(buf: Bytes, pos: int, end: int) -> int:
    """1 when a plain message with its length begins at ``pos``, right as far as it is there; 0: need more; -1: none."""
    if end - pos < LENGTH_FIELD + HEADER:
        return 0
    begin, length = pos + LENGTH_FIELD, get16(buf, pos)
    last = begin + length
    if length < HEADER + MIN_QUESTION or not is_header_strict(buf, begin):
        return -1
    there = min(end, last)
    fits = is_question_strict(buf, begin + HEADER, there)
    if fits <= 0:
        return 0 if fits == 0 and there < last else -1
    if there == last and skip_records(buf, begin + HEADER, last, 1, count_records(buf, begin)) != last:
        return -1
    return 1


@kernel
def measure_dns_stream(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - as above
    """Length of the message at ``pos`` with its length field: 0 when that is not whole, -1 when it holds no header."""
    if end - pos < LENGTH_FIELD:
        return 0
    length = get16(buf, pos)
    return LENGTH_FIELD + length if length >= HEADER else -1


@kernel
def find_dns_stream(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - a side may do both
    """Next position where a plain message of one question begins, ``end`` when there is none."""
    while pos + LENGTH_FIELD + HEADER + MIN_QUESTION <= end:
        if fit_stream(buf, pos, end) > 0:
            return pos
        pos += 1
    return end
