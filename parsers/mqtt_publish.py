"""PUBLISH packets to fields: topic, packet identifier, properties, and where the payload lies (kernels).

Standard: OASIS MQTT 5.0, §3.3.
"""

from __future__ import annotations

from typing import Any

from parsers.mqtt_frame import PUBLISH
from parsers.mqtt_packet import HEADER_FLAGS, PACKET_ID, QOS, TOPIC, fail, is_short, skip_text, spoil
from parsers.mqtt_properties import walk_properties
from parsers.packet import Bytes, get16
from parsers.payload_layout import Words
from wanglou.kernel import int64, kernel

_SEVEN = 0x00FFFFFFFFFFFFFF


@kernel
def decode_publish(buf: Bytes, words: Words, pos: int, end: int, p: Any) -> None:
    """Topic, packet identifier, properties; the payload is what is left (5.0 §3.3)."""
    qos = int64(p.bits) >> 1 & 3
    at = skip_text(p, buf, pos, end)
    if at < 0:
        return
    p.topic_at, p.topic_length = pos + 2, at - pos - 2
    if qos > 0:
        if is_short(p, at, end, 2):
            return
        p.packet_id = get16(buf, at)
        if p.packet_id == 0:
            fail(p, PACKET_ID)
        at += 2
    if qos == 3:
        spoil(p, QOS)
        return
    if p.bits & 0x08 and qos == 0:
        fail(p, HEADER_FLAGS)  # §3.3.1.1
    whole = int64(p.remaining) - (end - pos)  # bytes of the payload that were not kept
    if p.version == 5:
        at = walk_properties(buf, at, end, PUBLISH, p)
        if at < 0:
            return
    p.payload_at, p.payload_there, p.payload_length = at, end - at, end - at + whole
    if p.topic_length == 0 and p.alias < 0:
        fail(p, TOPIC)
    if not _is_topic(buf, words, pos + 2, pos + 2 + int64(p.topic_length)):
        fail(p, TOPIC)


@kernel
def _is_topic(buf: Bytes, words: Words, pos: int, end: int) -> bool:
    """True without wildcards (§3.3.2.1) and nulls (§1.5.4); seven bytes are looked at at once if all are above."""
    for at in range(pos, end, 7):
        if at + 8 <= end:
            word = words[at]
            if (
                word & 0x80808080808080 == 0
                and (word & _SEVEN) + 0x54545454545454 & 0x80808080808080 == 0x80808080808080
            ):
                continue
        for k in range(at, min(at + 7, end)):
            if buf[k] == 0x23 or buf[k] == 0x2B or buf[k] == 0:
                return False
    return True
