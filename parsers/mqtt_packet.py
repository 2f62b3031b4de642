"""An MQTT control packet as numbers and places of bytes, and what can be wrong with it (kernels).

Standards: OASIS MQTT 5.0 and 3.1.1; MQTT V3.1 Protocol Specification.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.packet import Bytes, get16
from wanglou.kernel import int64, kernel

# What can be wrong; the first that applies is reported. Order is the column's dictionary (ERRORS).
(
    NO_ERROR, TRUNCATED, TRAILING_BYTES, HEADER, GAP, SEQUENCE, CUT, RESERVED_TYPE, HEADER_FLAGS, QOS, PROTOCOL_NAME,
    PROTOCOL_LEVEL, CONNECT_FLAGS, PACKET_ID, TOPIC, TOPIC_ALIAS, PROPERTIES, PROPERTY_MISPLACED, PROPERTY_REPEATED,
    SECOND_CONNECT, NO_FILTER, CODE_COUNT, DUPLICATE_PACKET_ID, WRONG_SIDE, LENGTH,
) = range(25)  # fmt: skip
ERRORS = (
    "", "truncated", "trailing_bytes", "header", "gap", "sequence", "cut", "reserved_type", "header_flags", "qos",
    "protocol_name", "protocol_level", "connect_flags", "packet_id", "topic", "topic_alias", "properties",
    "property_misplaced", "property_repeated", "second_connect", "no_filter", "code_count", "duplicate_packet_id",
    "wrong_side", "length",
)  # fmt: skip

ARENA, KEPT = 2, 3
"""``topic_spill`` of a topic that an alias stands for: among the aliases' topics, or among those of carried packets."""

PACKET = np.dtype(
    [
        ("topic_at", "i8"),  # of CONNACK the assigned client identifier
        ("payload_at", "i8"),  # of PUBLISH the message, of others what follows the properties
        ("payload_length", "i8"),  # on the wire
        ("properties_at", "i8"),
        ("remaining", "i8"),
        ("session", "i8"),  # number of the CONNECT it follows, 0: none was seen
        ("prior", "i8"),  # of CONNACK with an assigned identifier: the session before
        ("payload_there", "i4"),  # captured bytes of the payload
        ("properties_length", "i4"),  # -1: it has none
        ("topic_length", "i4"),  # -1: it has none
        ("packet_id", "i4"),
        ("alias", "i4"),
        ("items", "i4"),  # filters or codes of a list
        ("connect", "i4"),  # row of CONNECTS, -1: it is none
        ("reason", "i2"),
        ("kind", "u1"),
        ("bits", "u1"),
        ("topic_spill", "u1"),
        ("version", "u1"),
        ("session_present", "i1"),
        ("cut", "u1"),  # 1: only its beginning was kept
        ("error", "u1"),
        ("malformed", "u1"),
    ],
    align=True,
)

CONNECTS = np.dtype(
    [
        ("packet", "i8"),  # row of its packet
        ("record", "i8"),  # row of the record that it began, -1: it waits
        ("name_at", "i8"),
        ("client_at", "i8"),
        ("will_properties_at", "i8"),
        ("will_topic_at", "i8"),
        ("will_at", "i8"),
        ("user_at", "i8"),
        ("name_length", "i4"),  # -1 in every length: there is none
        ("client_length", "i4"),
        ("will_properties_length", "i4"),
        ("will_topic_length", "i4"),
        ("will_length", "i4"),
        ("user_length", "i4"),
        ("keep_alive", "i4"),
        ("level", "i2"),
        ("bits", "i2"),
        ("password", "i1"),
    ],
    align=True,
)


# What a batch has, which decides what is to be made of it: rows of numbers.
DONE, FOUND_CONNECTS, FOUND_ASSIGNED, FOUND_ALIASES, FOUND_PROPERTIES, FOUND_LISTS, FOUND_QOS2, FOUND_ACKS = range(8)
FOUND = 8


@kernel
def clear_packet(p: Any) -> None:
    """No field is there yet."""
    p.topic_at = p.payload_at = p.properties_at = 0
    p.payload_length = 0
    p.remaining = -1
    p.session = p.prior = 0
    p.payload_there = 0
    p.properties_length = p.topic_length = p.packet_id = p.alias = p.items = p.connect = -1
    p.reason = -1
    p.kind = p.bits = 0
    p.topic_spill = 0
    p.version = 0
    p.session_present = -1
    p.cut = 0
    p.error = NO_ERROR
    p.malformed = 0


@kernel
def fail(p: Any, error: int) -> None:
    """Note the first thing wrong."""
    if p.error == NO_ERROR:
        p.error = error


@kernel
def spoil(p: Any, error: int) -> None:
    """Note what makes the rest unreadable; that bytes were not kept is no fault of the packet."""
    if p.cut and error == TRUNCATED:
        fail(p, CUT)
    else:
        fail(p, error)
        p.malformed = 1


@kernel
def is_short(p: Any, pos: int, end: int, size: int) -> bool:
    """True, and the packet marked malformed, when fewer than ``size`` bytes are left."""
    if end - pos >= size:
        return False
    spoil(p, TRUNCATED)
    return True


@kernel
def skip_text(p: Any, buf: Bytes, pos: int, end: int) -> int:
    """Position behind the text or binary data at ``pos`` (two bytes of length first, 5.0 §1.5.4); -1: cut short."""
    if is_short(p, pos, end, 2):
        return int64(-1)
    length = get16(buf, pos)
    if is_short(p, pos + 2, end, length):
        return int64(-1)
    return int64(pos + 2 + length)
