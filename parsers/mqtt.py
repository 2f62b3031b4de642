"""MQTT packets to fields: fixed header, variable header, where the rest lies (kernels).

Standards: OASIS MQTT 5.0 and 3.1.1; MQTT V3.1 Protocol Specification. Lists (filters, codes, properties) are left as
bytes here and decoded once per distinct value in ``parsers.mqtt_detail``.

A PUBLISH reads otherwise in 5 than before, and only the CONNECT says which it is. Where none was seen the version is
taken from packets that can only be one, and until then packets are read as 3.1.1, which is what most devices speak.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.message import BROKEN_BY_GAP, MALFORMED_BYTES, STRAY
from parsers.mqtt_connect import clear_connect, decode_connect
from parsers.mqtt_frame import (
    AUTH,
    CONNACK,
    CONNECT,
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    PUBLISH,
    PUBREC,
    PUBREL,
    RESERVED,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    read_varint,
    role_of,
)
from parsers.mqtt_packet import (
    DONE,
    FOUND_ACKS,
    FOUND_ALIASES,
    FOUND_ASSIGNED,
    FOUND_CONNECTS,
    FOUND_LISTS,
    FOUND_PROPERTIES,
    FOUND_QOS2,
    GAP,
    HEADER,
    HEADER_FLAGS,
    LENGTH,
    NO_FILTER,
    PACKET_ID,
    QOS,
    RESERVED_TYPE,
    SECOND_CONNECT,
    SEQUENCE,
    TOPIC_ALIAS,
    TRAILING_BYTES,
    WRONG_SIDE,
    clear_packet,
    fail,
    is_short,
    skip_text,
    spoil,
)
from parsers.mqtt_properties import walk_properties
from parsers.mqtt_publish import decode_publish
from parsers.mqtt_session import NEXT_SESSION, Scalars, define_alias, find_session, resolve_alias
from parsers.mqtt_version import tell_version
from parsers.packet import Bytes, get16
from parsers.payload_layout import Words
from parsers.protocol import REPLY, REQUEST
from wanglou.kernel import int64, kernel


@kernel
def decode_packets(
    data: Bytes, spill: Bytes, words: Words, spill_words: Words, messages: Any, packets: Any, connects: Any,
    sessions: Any, aliases: Any, kept: Any, scalars: Scalars, found: NDArray[np.int64],
) -> None:  # fmt: skip
    """Decode the messages from ``found[DONE]`` on into their rows of ``packets``, while there is room in ``connects``.

    The first rows were decoded in an earlier batch: ``kept``, PACKET[k], says of which session and version they were,
    and their aliases are not resolved here. ``found`` counts what there is.
    """
    last_uid, last_place = int64(-1), int64(-1)
    for i in range(found[DONE], len(messages)):
        if found[FOUND_CONNECTS] == len(connects):
            return
        found[DONE] = i + 1
        m, p = messages[i], packets[i]
        clear_packet(p)
        p.topic_spill = m.spill
        buf = data if m.spill == 0 else spill
        pos, end = int64(m.offset), int64(m.offset) + int64(m.length)
        body, last = _decode_header(buf, pos, end, m, p)
        if i < len(kept):
            p.session, p.version = kept[i].session, kept[i].version
            place = int64(-1)
        else:
            if m.flow_uid != last_uid:
                last_uid, last_place = int64(m.flow_uid), find_session(sessions, int64(m.flow_uid), scalars)
            place = last_place
            p.session, p.version = sessions[place].number, sessions[place].version
        found[FOUND_QOS2] += p.kind == PUBLISH and int64(p.bits) & 0x04 > 0
        found[FOUND_LISTS] += p.kind in (SUBSCRIBE, UNSUBSCRIBE, SUBACK, UNSUBACK)
        found[FOUND_ACKS] += p.kind in (PUBREC, PUBREL)
        if p.kind == CONNECT and m.length > 0:
            c = connects[found[FOUND_CONNECTS]]
            clear_connect(c)
            c.packet, p.connect = i, found[FOUND_CONNECTS]
            found[FOUND_CONNECTS] += 1
            if not p.malformed:
                decode_connect(buf, body, last, p, c)
                if place >= 0:
                    _begin_session(sessions[place], p, scalars)
            found[FOUND_PROPERTIES] += p.properties_length > 0
            continue
        if p.malformed:
            continue
        if place >= 0 and p.version == 0:
            sessions[place].version = p.version = tell_version(buf, body, last, int64(p.kind), int64(p.bits))
        if p.kind == PUBLISH:
            decode_publish(buf, words if m.spill == 0 else spill_words, body, last, p)
            if p.alias >= 0 and not p.malformed and place >= 0:
                found[FOUND_ALIASES] += _apply_alias(aliases, m, p, scalars)
        else:
            _decode_other(buf, body, last, p)
            if p.kind == CONNACK and p.topic_length > 0 and place >= 0:
                p.prior = p.session
                _number_session(sessions[place], p, scalars)
                found[FOUND_ASSIGNED] += 1
        found[FOUND_PROPERTIES] += p.properties_length > 0
        role = role_of(int64(p.kind))
        if (role == REQUEST and m.from_server) or (role == REPLY and not m.from_server):
            fail(p, WRONG_SIDE)


@kernel
def _decode_header(buf: Bytes, pos: int, end: int, m: Any, p: Any) -> tuple[int, int]:
    """Read the fixed header; returns where the body lies. What the message's status says is wrong comes first."""
    if m.status == BROKEN_BY_GAP:
        p.error, p.malformed = GAP, 1
    elif m.status == STRAY:
        p.error = SEQUENCE
    if end <= pos:
        spoil(p, HEADER)
        return pos, pos
    first = int64(buf[pos])
    p.kind, p.bits = first >> 4, first & 0x0F
    remaining, taken = read_varint(buf, pos + 1, end)
    if taken <= 0:
        spoil(p, HEADER)
        return pos, pos
    p.remaining = remaining
    body = pos + 1 + taken
    if m.status == MALFORMED_BYTES:
        spoil(p, HEADER)
        return body, body
    if p.kind == RESERVED:
        spoil(p, RESERVED_TYPE)
    if body + remaining > end:
        if m.wire > m.length:
            p.cut = 1
        else:
            spoil(p, LENGTH)
        return body, end
    if body + remaining < end:
        fail(p, LENGTH)
    return body, body + remaining


@kernel
def _begin_session(s: Any, p: Any, scalars: Scalars) -> None:
    """A CONNECT begins a session; a second one in the same connection is against the rules (5.0 §3.1.0)."""
    if s.number != 0:
        fail(p, SECOND_CONNECT)
    s.version = p.version
    _number_session(s, p, scalars)


@kernel
def _number_session(s: Any, p: Any, scalars: Scalars) -> None:
    """What follows belongs to this CONNECT, or to the client identifier that its answer assigns."""
    scalars[NEXT_SESSION] += 1
    s.number = scalars[NEXT_SESSION]
    p.session = s.number


@kernel
def _apply_alias(aliases: Any, m: Any, p: Any, scalars: Scalars) -> int:
    """A topic beside an alias defines it, an alias alone stands for its topic (5.0 §3.3.2.3.4); 1: defined."""
    key = int64(p.alias) << 1 | int64(m.from_server)
    if p.alias == 0:
        fail(p, TOPIC_ALIAS)
    elif p.topic_length > 0:
        define_alias(
            aliases, int64(m.flow_uid), key, int64(p.topic_at), int64(p.topic_length), int64(p.topic_spill), scalars
        )
        return 1
    elif not resolve_alias(aliases, int64(m.flow_uid), key, p, scalars):
        fail(p, TOPIC_ALIAS)
    return 0


@kernel
def _decode_other(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Everything but CONNECT and PUBLISH; ``payload`` is what lists its parts."""
    kind = p.kind
    if p.bits != (0x02 if kind in (PUBREL, SUBSCRIBE, UNSUBSCRIBE) else 0) and (p.version != 3 or p.bits & 0x07 != 2):
        fail(p, HEADER_FLAGS)
    at = int64(pos)
    if kind in (PINGREQ, PINGRESP):
        if end > at:
            fail(p, TRAILING_BYTES)
        return
    if kind == CONNACK:
        if is_short(p, at, end, 2):
            return
        p.session_present, p.reason = int64(buf[at]) & 1, int64(buf[at + 1])
        at += 2
    elif kind not in (DISCONNECT, AUTH):
        if is_short(p, at, end, 2):
            return
        p.packet_id = get16(buf, at)
        at += 2
        if p.packet_id == 0:
            fail(p, PACKET_ID)
    if kind in (SUBSCRIBE, UNSUBSCRIBE, SUBACK, UNSUBACK):
        _decode_list(buf, at, end, p)
        return
    if p.version != 5:
        if end > at:
            fail(p, TRAILING_BYTES)
        return
    if kind != CONNACK:
        p.reason = 0  # §3.4.2.1: left out where it is success and no property follows
        if end > at:
            p.reason = int64(buf[at])
            at += 1
    if end > at:
        at = walk_properties(buf, at, end, int64(kind), p)
        if 0 <= at < end:
            fail(p, TRAILING_BYTES)
    elif kind == CONNACK:
        is_short(p, at, end, 1)


@kernel
def _decode_list(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Properties, then filters or codes to the end (5.0 §3.8 to 3.11)."""
    at = int64(pos)
    if p.version == 5:
        at = walk_properties(buf, at, end, int64(p.kind), p)
        if at < 0:
            return
    p.payload_at, p.payload_there, p.payload_length = at, end - at, end - at
    p.items = 0
    if p.kind in (SUBACK, UNSUBACK):
        p.items = end - at
        for k in range(at, end):
            p.reason = max(int64(p.reason), int64(buf[k]))
        if end == at and p.kind == UNSUBACK and p.version != 5:
            p.reason = 0
        if end == at and (p.kind == SUBACK or p.version == 5):
            fail(p, NO_FILTER)
        return
    if end == at:
        fail(p, NO_FILTER)
    extra = 1 if p.kind == SUBSCRIBE else 0
    while at < end:
        at = skip_text(p, buf, at, end)
        if at < 0 or is_short(p, at, end, extra):
            return
        if extra and int64(buf[at]) & 3 == 3:
            fail(p, QOS)
        at += extra
        p.items += 1
