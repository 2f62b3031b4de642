"""Where an MQTT control packet begins and ends, and which bytes can only be MQTT (kernels).

Standards: OASIS MQTT 5.0 and 3.1.1, §2.1 (fixed header) and §3 (packets); MQTT V3.1 Protocol Specification, §2.1.

Layout::

    type 4 bits | flags 4 bits | remaining length 1-4 (7 bits a byte, lowest first) | variable header | payload
                                                                                    |<-- remaining length -->|
"""

from __future__ import annotations

from parsers.packet import Bytes, get16
from parsers.protocol import REPLY, REQUEST
from wanglou.kernel import int64, kernel

(
    RESERVED, CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK,
    PINGREQ, PINGRESP, DISCONNECT, AUTH,
) = range(16)  # fmt: skip

LONGEST_UNSURE = 65_536
"""Bytes that a packet with an odd header may claim before its length is disbelieved."""

_TOPIC_LOOKED_AT = 64  # bytes of a topic that must be text before bytes are taken for a PUBLISH


@kernel
def read_varint(buf: Bytes, pos: int, end: int) -> tuple[int, int]:
    """Variable byte integer at ``pos`` (5.0 §1.5.5): (value, bytes it takes); 0 bytes: cut short, -1: none."""
    value = int64(0)
    for k in range(4):
        if pos + k >= end:
            return int64(0), 0
        byte = int64(buf[pos + k])
        value |= (byte & 0x7F) << (7 * k)
        if byte < 0x80:
            return value, k + 1
    return int64(0), -1


@kernel
def measure_mqtt(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - every protocol's form
    """Length of the packet at ``pos``: 0 when its header is not whole yet, -1 when no packet can begin so.

    A type or flags that cannot be are believed where the next packet begins behind them.
    """
    if end - pos < 2:
        return 0
    remaining, taken = read_varint(buf, pos + 1, end)
    if taken <= 0:
        return taken
    size = 1 + taken + remaining
    if _is_header_sound(buf, pos, end, pos + 1 + taken, remaining):
        return size
    if size > LONGEST_UNSURE:
        return -1
    if size < end - pos and not _is_header(buf, pos + size, end):
        return -1
    return size


@kernel
def _is_header_sound(buf: Bytes, pos: int, end: int, body: int, remaining: int) -> bool:
    """True when type, flags and the first length inside fit together, as far as they are there."""
    first = int64(buf[pos])
    if first >> 4 == PUBLISH:
        if first & 0x06 == 0x06:
            return False
        need = 4 if first & 0x06 else 2
        return remaining >= need and (body + 2 > end or get16(buf, body) + need <= remaining)
    return _is_first_byte(first)


@kernel
def _is_first_byte(first: int) -> bool:
    """True when type and flags can stand together (5.0 §2.1.3)."""
    kind, bits = first >> 4, first & 0x0F
    if kind == PUBLISH:
        return bits & 0x06 != 0x06
    if kind in (PUBREL, SUBSCRIBE, UNSUBSCRIBE):
        return bits & 0x07 == 0x02  # 3.1 §2.1 allows DUP beside it
    return kind != RESERVED and bits == 0


@kernel
def _is_header(buf: Bytes, pos: int, end: int) -> bool:
    """True when a fixed header may begin at ``pos``, as far as it is there."""
    if not _is_first_byte(int64(buf[pos])):
        return False
    return bool(read_varint(buf, pos + 1, end)[1] >= 0)


@kernel
def find_mqtt(buf: Bytes, pos: int, end: int, from_client: bool) -> int:  # noqa: ARG001 - every protocol's form
    """Next position where a plausible packet begins, ``end`` when there is none."""
    while pos < end:
        size = check_packet(buf, pos, end)
        if size > 0:
            after = pos + size
            if after >= end or _is_header(buf, after, end):
                return pos
        pos += 1
    return end


@kernel
def recognise_mqtt(buf: Bytes, pos: int, end: int, served: bool, whole: bool) -> tuple[int, int]:
    """Tell MQTT by its bytes: (1 mine, 0 more bytes needed, -1 not mine; REQUEST, REPLY or 0).

    A CONNECT is certain. Without one a port known for it must vouch for one whole packet, else it takes two that fit,
    one of them with a topic. MQTT is never taken from a datagram (``whole``).
    """
    if whole:
        return -1, 0
    if pos >= end:
        return 0, 0
    size = check_packet(buf, pos, end)
    if size == -1:
        return -1, 0
    kind = int64(buf[pos]) >> 4
    if kind == CONNECT:
        return (1, REQUEST) if size > 0 else (0, 0)
    role = role_of(kind)
    if size == 0 or (size > end - pos and not (served and _has_topic(kind))):
        return (0, 0) if served or (_has_topic(kind) and end - pos < LONGEST_UNSURE) else (-1, 0)
    if served:
        return 1, role
    after = pos + size
    if after >= end:
        return (0, 0) if _has_topic(kind) else (-1, 0)
    following = check_packet(buf, after, end)
    if following <= 0 or following > end - after:
        return (0, 0) if following >= 0 and _has_topic(kind) else (-1, 0)
    other = int64(buf[after]) >> 4
    if not (_has_topic(kind) or _has_topic(other)):
        return -1, 0
    return 1, role if role != 0 else role_of(other)


@kernel
def role_of(kind: int) -> int:
    """REQUEST for what only clients send, REPLY for what only brokers send, else 0 (5.0 §2.1.2)."""
    if kind in (CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ):
        return REQUEST
    if kind in (CONNACK, SUBACK, UNSUBACK, PINGRESP):
        return REPLY
    return 0


@kernel
def _has_topic(kind: int) -> bool:
    return kind in (PUBLISH, SUBSCRIBE, UNSUBSCRIBE)


@kernel
def check_packet(buf: Bytes, pos: int, end: int) -> int:
    """Length of a well-formed packet at ``pos`` by what of it is there; 0: too little is there, -1: it is none."""
    first = int64(buf[pos])
    if not _is_first_byte(first):
        return -1
    remaining, taken = read_varint(buf, pos + 1, end)
    if taken <= 0:
        return taken
    kind, body = first >> 4, pos + 1 + taken
    size = 1 + taken + remaining
    there = min(end, body + remaining)
    if kind == CONNECT:
        verdict = _check_connect(buf, body, there, remaining)
    elif kind == PUBLISH:
        verdict = _check_publish(buf, body, there, remaining, first & 0x06 != 0)
    elif kind in (SUBSCRIBE, UNSUBSCRIBE):
        verdict = _check_filters(buf, body, there, remaining)
    elif kind in (PINGREQ, PINGRESP):
        verdict = 1 if remaining == 0 else -1
    else:
        verdict = _check_answer(buf, kind, body, there, remaining)
    return size if verdict > 0 else verdict


@kernel
def _check_connect(buf: Bytes, pos: int, end: int, remaining: int) -> int:
    """Protocol name, level, reserved flag and the client identifier's length (5.0 §3.1.2)."""
    if remaining < 12:
        return -1
    if end - pos < 2:
        return 0
    length = get16(buf, pos)
    if length not in (4, 6):
        return -1
    if end - pos < length + 6:
        for k in range(min(length, end - pos - 2)):
            if int64(buf[pos + 2 + k]) != _name_byte(length, k):
                return -1
        return 0
    for k in range(length):
        if int64(buf[pos + 2 + k]) != _name_byte(length, k):
            return -1
    level, bits = int64(buf[pos + 2 + length]), int64(buf[pos + 3 + length])
    if level & 0x7F not in (3, 4, 5) or bits & 0x01 or bits & 0x18 == 0x18:
        return -1
    return 1


@kernel
def _name_byte(length: int, at: int) -> int:
    """Byte ``at`` of MQTT (length 4) or MQIsdp (length 6)."""
    if length == 4:
        return (0x4D, 0x51, 0x54, 0x54)[at]
    return (0x4D, 0x51, 0x49, 0x73, 0x64, 0x70)[at]


@kernel
def _check_publish(buf: Bytes, pos: int, end: int, remaining: int, numbered: bool) -> int:
    """A topic of text without wildcards, and a packet identifier where there must be one (5.0 §3.3.2)."""
    if remaining < 3:
        return -1
    if end - pos < 2:
        return 0
    length = get16(buf, pos)
    need = 2 + length + (2 if numbered else 0)
    if length == 0 or need > remaining or not _is_text(buf, pos + 2, min(end, pos + 2 + length), True):
        return -1
    if numbered and end - pos >= need and get16(buf, pos + 2 + length) == 0:
        return -1
    return 1 if end - pos >= min(need, 2 + _TOPIC_LOOKED_AT) else 0


@kernel
def _is_text(buf: Bytes, pos: int, end: int, plain: bool) -> bool:
    """True when no byte is a control character, nor, with ``plain``, a wildcard."""
    for k in range(pos, min(end, pos + _TOPIC_LOOKED_AT)):
        byte = int64(buf[k])
        if byte < 0x20 or byte == 0x7F or (plain and byte in (0x23, 0x2B)):
            return False
    return True


@kernel
def _check_filters(buf: Bytes, pos: int, end: int, remaining: int) -> int:
    """A packet identifier and a first filter of text, behind properties or not (5.0 §3.8.2)."""
    if remaining < 5:
        return -1
    if end - pos < 5:
        return 0
    if get16(buf, pos) == 0:
        return -1
    for start in (pos + 2, pos + 3 + int64(buf[pos + 2])):
        if start + 2 <= end:
            after = start + 2 + get16(buf, start)
            if start + 2 < after <= pos + remaining and _is_text(buf, start + 2, min(end, after), False):
                return 1
    return -1


@kernel
def _check_answer(buf: Bytes, kind: int, pos: int, end: int, remaining: int) -> int:
    """Acknowledgements, DISCONNECT and AUTH: lengths of one of the versions, codes that are defined."""
    if kind in (DISCONNECT, AUTH) and remaining == 0:
        return 1
    if remaining < (1 if kind in (DISCONNECT, AUTH) else 2) or remaining > LONGEST_UNSURE:
        return -1
    if end - pos < min(remaining, 4):
        return 0
    first = int64(buf[pos])
    if kind == CONNACK:
        code = int64(buf[pos + 1])
        if remaining == 2:
            return 1 if first <= 1 and code <= 5 else -1
        return _check_tail(buf, pos + 2, end, pos + remaining) if first <= 1 and is_code(code) else -1
    if kind in (DISCONNECT, AUTH):
        if not is_code(first) and not (kind == AUTH and first in (0x18, 0x19)):
            return -1
        return 1 if remaining == 1 else _check_tail(buf, pos + 1, end, pos + remaining)
    if get16(buf, pos) == 0:
        return -1
    if kind == SUBACK:
        last = int64(buf[min(end, pos + remaining) - 1])
        return 1 if remaining >= 3 and (end < pos + remaining or is_code(last) or last in (1, 2)) else -1
    if remaining == 2:
        return 1
    if kind == UNSUBACK:
        return 1 if int64(buf[pos + 2]) <= remaining - 4 else -1
    if not is_code(int64(buf[pos + 2])) and int64(buf[pos + 2]) != 0x10:
        return -1
    return 1 if remaining == 3 else _check_tail(buf, pos + 3, end, pos + remaining)


@kernel
def is_code(code: int) -> bool:
    """True for a reason code that many packets may have: success, will kept (4), or an error (5.0 §2.4)."""
    return code in (0, 4) or 0x80 <= code <= 0xA2


@kernel
def _check_tail(buf: Bytes, pos: int, end: int, last: int) -> int:
    """Properties that fill the packet to its ``last`` byte."""
    length, taken = read_varint(buf, pos, end)
    if taken <= 0:
        return taken
    return 1 if pos + taken + length == last else -1
