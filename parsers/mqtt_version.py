"""Which version of MQTT packets are of, where the CONNECT that says so was not seen (kernels)."""

from __future__ import annotations

from parsers.mqtt_frame import (
    AUTH,
    CONNACK,
    DISCONNECT,
    PUBCOMP,
    PUBLISH,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    read_varint,
)
from parsers.mqtt_properties import is_block
from parsers.packet import Bytes, get16
from wanglou.kernel import int64, kernel

_UNSURE_PAYLOAD = 16  # bytes that must be text for a zero before them to be an empty block of properties


@kernel
def tell_version(buf: Bytes, pos: int, end: int, kind: int, bits: int) -> int:
    """5 or 4 for a packet without a CONNECT before it that can only be of that version (4: of 3 or 4); 0: any."""
    left = end - pos
    if kind == AUTH or (kind == DISCONNECT and left > 0):
        return 5
    if kind == CONNACK and left >= 2:
        return 5 if left > 2 else 4
    if 4 <= kind <= PUBCOMP and left > 2:
        return 5
    if kind == UNSUBACK and left >= 2:
        return 5 if left > 2 else 4
    if kind in (SUBSCRIBE, UNSUBSCRIBE) and left >= 5:
        extra = 1 if kind == SUBSCRIBE else 0
        plain = _is_list(buf, pos + 2, end, extra)
        length, taken = read_varint(buf, pos + 2, end)
        modern = taken > 0 and is_block(buf, pos + 2, end, kind) and _is_list(buf, pos + 2 + taken + length, end, extra)
        if plain != modern:
            return 5 if modern else 4
    if kind == PUBLISH and left >= 2:
        at = pos + 2 + get16(buf, pos) + (2 if bits & 0x06 else 0)
        if at <= end:
            return _tell_publish(buf, at, end)
    return 0


@kernel
def _tell_publish(buf: Bytes, at: int, end: int) -> int:
    """Version by what follows the topic: a block of properties, text behind an empty one, or neither."""
    if at == end or not is_block(buf, at, end, PUBLISH):
        return 4
    if buf[at] != 0:
        return 5
    for k in range(at + 1, min(end, at + 1 + _UNSURE_PAYLOAD)):
        if int64(buf[k]) < 0x20 or int64(buf[k]) > 0x7E:
            return 0
    return 5 if end > at + 1 else 0


@kernel
def _is_list(buf: Bytes, pos: int, end: int, extra: int) -> bool:
    """True when texts, each with ``extra`` bytes behind it, fill ``buf[pos:end]``."""
    at = pos
    while at < end:
        if end - at < 3 or get16(buf, at) == 0:
            return False
        at += 2 + get16(buf, at) + extra
    return at == end and at > pos
