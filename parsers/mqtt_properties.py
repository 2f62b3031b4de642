"""Properties of MQTT 5 packets: walked once a packet by a kernel, decoded once per distinct block.

Standard: OASIS MQTT 5.0, §2.2.2 (properties and the packets they may stand in), §3.1.3.2 (of the will).

Layout of a block::

    length 1-4 | identifier 1 | value | identifier 1 | value | …
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from parsers.mqtt_frame import AUTH, CONNACK, CONNECT, DISCONNECT, PUBLISH, SUBSCRIBE, read_varint
from parsers.mqtt_packet import PROPERTIES, PROPERTY_MISPLACED, PROPERTY_REPEATED, TRUNCATED, fail, spoil
from parsers.packet import Bytes, get16
from parsers.spans import TEXT_BYTES, decode_text
from wanglou.kernel import int64, kernel

WILL = 0
"""Kind of the will's properties, which stand in a CONNECT."""

MOST_PROPERTIES = 64
"""Properties of a block that are read; a block may repeat user properties at will."""

_BYTE, _TWO, _FOUR, _VARINT, _TEXT, _DATA, _PAIR = range(1, 8)

ASSIGNED_CLIENT_ID, AUTH_DATA, TOPIC_ALIAS, USER_PROPERTY = 0x12, 0x16, 0x23, 0x26
SUBSCRIPTION_ID = 0x0B

_ANSWERS = (4, 5, 6, 7, 9, 11)  # PUBACK to PUBCOMP, SUBACK, UNSUBACK

_TABLE: tuple[tuple[int, str, int, tuple[int, ...]], ...] = (
    (0x01, "payload_format_indicator", _BYTE, (PUBLISH, WILL)),
    (0x02, "message_expiry_interval", _FOUR, (PUBLISH, WILL)),
    (0x03, "content_type", _TEXT, (PUBLISH, WILL)),
    (0x08, "response_topic", _TEXT, (PUBLISH, WILL)),
    (0x09, "correlation_data", _DATA, (PUBLISH, WILL)),
    (0x0B, "subscription_identifier", _VARINT, (PUBLISH, SUBSCRIBE)),
    (0x11, "session_expiry_interval", _FOUR, (CONNECT, CONNACK, DISCONNECT)),
    (0x12, "assigned_client_identifier", _TEXT, (CONNACK,)),
    (0x13, "server_keep_alive", _TWO, (CONNACK,)),
    (0x15, "authentication_method", _TEXT, (CONNECT, CONNACK, AUTH)),
    (0x16, "authentication_data", _DATA, (CONNECT, CONNACK, AUTH)),
    (0x17, "request_problem_information", _BYTE, (CONNECT,)),
    (0x18, "will_delay_interval", _FOUR, (WILL,)),
    (0x19, "request_response_information", _BYTE, (CONNECT,)),
    (0x1A, "response_information", _TEXT, (CONNACK,)),
    (0x1C, "server_reference", _TEXT, (CONNACK, DISCONNECT)),
    (0x1F, "reason_string", _TEXT, (CONNACK, *_ANSWERS, DISCONNECT, AUTH)),
    (0x21, "receive_maximum", _TWO, (CONNECT, CONNACK)),
    (0x22, "topic_alias_maximum", _TWO, (CONNECT, CONNACK)),
    (0x23, "topic_alias", _TWO, (PUBLISH,)),
    (0x24, "maximum_qos", _BYTE, (CONNACK,)),
    (0x25, "retain_available", _BYTE, (CONNACK,)),
    (0x26, "user_property", _PAIR, tuple(kind for kind in range(16) if kind not in (12, 13))),
    (0x27, "maximum_packet_size", _FOUR, (CONNECT, CONNACK)),
    (0x28, "wildcard_subscription_available", _BYTE, (CONNACK,)),
    (0x29, "subscription_identifier_available", _BYTE, (CONNACK,)),
    (0x2A, "shared_subscription_available", _BYTE, (CONNACK,)),
)  # §2.2.2.2

NAMES = {number: name for number, name, _, _ in _TABLE}
_FORMS = np.zeros(256, dtype=np.uint8)
_PLACES = np.zeros(256, dtype=np.int64)
for _number, _, _form, _kinds in _TABLE:
    _FORMS[_number] = _form
    _PLACES[_number] = sum(1 << kind for kind in _kinds)


class Property(NamedTuple):
    """One property."""

    number: int
    value: int | str
    """Number or text; of a user property ``name=value``, of binary data its bytes in hexadecimal."""


@kernel
def walk_properties(buf: Bytes, pos: int, end: int, kind: int, p: Any) -> int:
    """Check the block at ``pos`` of a packet of ``kind`` (WILL: of a will) and note the alias and the assigned name.

    ``buf[pos:end]`` is what may hold it. Returns where it ends, -1 when it is malformed. The block without its length
    is noted in the packet, unless it is a will's.
    """
    length, taken = read_varint(buf, pos, end)
    if taken <= 0 or length > end - pos - taken:
        spoil(p, TRUNCATED if taken >= 0 else PROPERTIES)
        return int64(-1)
    at, last = pos + taken, pos + taken + length
    if kind != WILL:
        p.properties_at, p.properties_length = at, length
    seen, count = int64(0), 0
    while at < last:
        number = int64(buf[at])
        size = measure_property(buf, at + 1, last, number)
        if size < 0:
            spoil(p, PROPERTIES)
            return int64(-1)
        if _PLACES[number] >> kind & 1 == 0:
            fail(p, PROPERTY_MISPLACED)
        if seen >> number & 1 and number != USER_PROPERTY and not (number == SUBSCRIPTION_ID and kind == PUBLISH):
            fail(p, PROPERTY_REPEATED)
        seen |= int64(1) << number
        if number == TOPIC_ALIAS and kind == PUBLISH:
            p.alias = get16(buf, at + 1)
        elif number == ASSIGNED_CLIENT_ID and kind == CONNACK:
            p.topic_at, p.topic_length = at + 3, size - 2
        at += 1 + size
        count += 1
    return int64(last)


@kernel
def measure_property(buf: Bytes, pos: int, end: int, number: int) -> int:
    """Bytes of the value at ``pos`` of property ``number``; -1: no such property, or it is cut short."""
    form = int64(_FORMS[number])
    size = int64(-1)
    if form == _BYTE:
        size = int64(1)
    elif form == _TWO:
        size = int64(2)
    elif form == _FOUR:
        size = int64(4)
    elif form == _VARINT:
        size = int64(read_varint(buf, pos, end)[1])
        if size == 0:
            return int64(-1)
    elif form in (_TEXT, _DATA, _PAIR):
        if end - pos < 2:
            return int64(-1)
        size = 2 + get16(buf, pos)
        if form == _PAIR:
            if end - pos < size + 2:
                return int64(-1)
            size += 2 + get16(buf, pos + size)
    return size if 0 <= size <= end - pos else int64(-1)


@kernel
def is_block(buf: Bytes, pos: int, end: int, kind: int) -> bool:
    """True when a well-formed block of properties that ``kind`` may have lies at ``pos``."""
    length, taken = read_varint(buf, pos, end)
    if taken <= 0 or length > end - pos - taken:
        return False
    at, last = pos + taken, pos + taken + length
    while at < last:
        number = int64(buf[at])
        size = measure_property(buf, at + 1, last, number)
        if size < 0 or _PLACES[number] >> kind & 1 == 0:
            return False
        at += 1 + size
    return True


@lru_cache(maxsize=4_096)
def decode_properties(block: bytes) -> tuple[Property, ...]:
    """Properties of a block without its length, in order, at most ``MOST_PROPERTIES``; ends where it is cut short.

    Authentication data is not kept: its value is ``present``.
    """
    found: list[Property] = []
    buf = np.frombuffer(bytearray(block), dtype=np.uint8)
    at = 0
    while at < len(block) and len(found) < MOST_PROPERTIES:
        number = block[at]
        size = int(measure_property(buf, at + 1, len(block), number))
        if size < 0:
            break
        found.append(Property(number, _decode_value(number, block[at + 1 : at + 1 + size])))
        at += 1 + size
    return tuple(found)


def _decode_value(number: int, value: bytes) -> int | str:
    """Value of a property by its form."""
    form = _FORMS[number]
    if number == AUTH_DATA:
        return "present"
    if form == _PAIR:
        middle = 2 + int.from_bytes(value[:2])
        return f"{_limit(value[2:middle])}={_limit(value[middle + 2 :])}"
    if form == _TEXT:
        return _limit(value[2:])
    if form == _DATA:
        return value[2 : 2 + TEXT_BYTES].hex()
    if form == _VARINT:
        return sum((byte & 0x7F) << 7 * at for at, byte in enumerate(value))
    return int.from_bytes(value)


def _limit(value: bytes) -> str:
    """Text of bounded length."""
    return decode_text(value[:TEXT_BYTES]) + ("\u2026" if len(value) > TEXT_BYTES else "")


def show_property(found: Property) -> str:
    """``name=value`` with the standard's name in snake case."""
    return f"{NAMES[found.number]}={found.value}"
