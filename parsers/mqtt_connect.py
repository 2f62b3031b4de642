"""The CONNECT packet to its fields (kernel); passwords are stepped over and never pointed at.

Standards: OASIS MQTT 5.0 and 3.1.1, §3.1; MQTT V3.1 Protocol Specification, §3.1.

Layout::

    name text | level 1 | flags 1 | keep alive 2 | properties (5) | client id text
    | will properties (5) | will topic text | will data | user name text | password data
"""

from __future__ import annotations

from typing import Any

from parsers.mqtt_frame import CONNECT
from parsers.mqtt_packet import (
    CONNECT_FLAGS,
    PROTOCOL_LEVEL,
    PROTOCOL_NAME,
    TRAILING_BYTES,
    fail,
    is_short,
    skip_text,
    spoil,
)
from parsers.mqtt_properties import WILL, walk_properties
from parsers.packet import Bytes, get16
from wanglou.kernel import int64, kernel

USER, PASSWORD, WILL_RETAIN, WILL_FLAG, CLEAN_START = 0x80, 0x40, 0x20, 0x04, 0x02  # §3.1.2.3

BRIDGE = 0x80
"""Bit of the level by which bridges of a common broker tell themselves apart (3.1 and 3.1.1)."""


@kernel
def clear_connect(c: Any) -> None:
    """No field is there yet."""
    c.record = -1
    c.name_at = c.client_at = c.will_properties_at = c.will_topic_at = c.will_at = c.user_at = 0
    c.name_length = c.client_length = c.will_properties_length = c.will_topic_length = -1
    c.will_length = c.user_length = c.keep_alive = -1
    c.level = c.bits = -1
    c.password = -1


@kernel
def decode_connect(buf: Bytes, pos: int, end: int, p: Any, c: Any) -> None:
    """Fields of the body ``buf[pos:end]``; the packet's version is the level's."""
    at = skip_text(p, buf, pos, end)
    if at < 0:
        return
    c.name_at, c.name_length = pos + 2, at - pos - 2
    if is_short(p, at, end, 4):
        return
    c.level, c.bits, c.keep_alive = int64(buf[at]), int64(buf[at + 1]), get16(buf, at + 2)
    at += 4
    p.version = c.level & ~BRIDGE
    if not _is_name(buf, int64(c.name_at), int64(c.name_length), int64(p.version)):
        spoil(p, PROTOCOL_NAME)
    if p.version not in (3, 4, 5):
        p.version = 0
        spoil(p, PROTOCOL_LEVEL)
        return
    _check_bits(p, int64(c.bits))
    if p.version == 5:
        at = walk_properties(buf, at, end, CONNECT, p)
        if at < 0:
            return
    start, at = at, skip_text(p, buf, at, end)
    if at < 0:
        return
    c.client_at, c.client_length = start + 2, at - start - 2
    if c.bits & WILL_FLAG:
        at = _decode_will(buf, at, end, p, c)
    if at >= 0 and c.bits & USER:
        start, at = at, skip_text(p, buf, at, end)
        if at >= 0:
            c.user_at, c.user_length = start + 2, at - start - 2
    if at < 0:
        return
    c.password = 0
    if c.bits & PASSWORD:
        at = skip_text(p, buf, at, end)
        c.password = 1
    if 0 <= at < end:
        fail(p, TRAILING_BYTES)


@kernel
def _decode_will(buf: Bytes, pos: int, end: int, p: Any, c: Any) -> int:
    """Properties, topic and message of the will (5.0 §3.1.3.2 to 3.1.3.4); returns where they end, -1: cut short."""
    at = int64(pos)
    if p.version == 5:
        start, at = at, walk_properties(buf, at, end, WILL, p)
        if at < 0:
            return at
        taken = 1
        while int64(buf[start + taken - 1]) >= 0x80:
            taken += 1
        c.will_properties_at, c.will_properties_length = start + taken, at - start - taken
    start, at = at, skip_text(p, buf, at, end)
    if at < 0:
        return at
    c.will_topic_at, c.will_topic_length = start + 2, at - start - 2
    start, at = at, skip_text(p, buf, at, end)
    if at >= 0:
        c.will_at, c.will_length = start + 2, at - start - 2
    return at


@kernel
def _is_name(buf: Bytes, pos: int, length: int, version: int) -> bool:
    """True for the protocol name that goes with the version (3.1.1 §3.1.2.1)."""
    name = (0x4D, 0x51, 0x49, 0x73, 0x64, 0x70) if version == 3 else (0x4D, 0x51, 0x54, 0x54, 0, 0)
    if length != (6 if version == 3 else 4):
        return False
    for k in range(length):  # noqa: SIM110 - kernels know no generators
        if int64(buf[pos + k]) != name[k]:
            return False
    return True


@kernel
def _check_bits(p: Any, bits: int) -> None:
    """Flags that contradict each other (5.0 §3.1.2.3 to 3.1.2.9); a password without a user name is new in 5."""
    if bits & 0x01 or bits & 0x18 == 0x18 or (bits & WILL_FLAG == 0 and bits & 0x38):
        fail(p, CONNECT_FLAGS)
    if p.version != 5 and bits & PASSWORD and bits & USER == 0:
        fail(p, CONNECT_FLAGS)
