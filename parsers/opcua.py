"""Bodies of OPC UA messages to events, by the program of their type (kernels).

Standard: OPC 10000-6 (1.05), §6.7.2 (secure conversation), §7.1.2 (connection protocol).
"""

from __future__ import annotations

from typing import Any

from parsers.message import STRAY
from parsers.opcua_buffers import Buffers, Words
from parsers.opcua_event import NULL
from parsers.opcua_frame import ACK, ERR, HEL, MSG, OPN, RHE, get_u32
from parsers.opcua_header import match_pattern, size_type
from parsers.opcua_pattern import Patterns, learn_pattern
from parsers.opcua_pdu import (
    ABORT,
    ABORTED,
    COUNT,
    DEPTH,
    GAP,
    NO_ERROR,
    SEQUENCE,
    STEPS,
    TRAILING_BYTES,
    TRUNCATED,
    TYPE,
    TYPE_ID,
    fail,
)
from parsers.opcua_program import STRUCTURE_NUMBERS, TAGS, TYPE_IDS, Program
from parsers.opcua_walk import BAD_COUNT, BAD_TYPE, DONE, EVENTS_MAX, FULL, SHORT, TOO_DEEP, TOO_LONG, walk_body
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

_HELLO, _ACKNOWLEDGE = STRUCTURE_NUMBERS["Hello"], STRUCTURE_NUMBERS["Acknowledge"]
_ERROR, _REVERSE_HELLO = STRUCTURE_NUMBERS["Error"], STRUCTURE_NUMBERS["ReverseHello"]
_POLICY = TAGS["security.policy_uri"]
_CLIENT_CERTIFICATE, _SERVER_CERTIFICATE = TAGS["client.certificate.thumbprint"], TAGS["server.certificate.thumbprint"]
_RECEIVER, _REPLY_RECEIVER = TAGS["security.receiver_thumbprint"], TAGS["security.response_receiver_thumbprint"]
_STRING, _BYTE_STRING = 12, 15


@kernel
def decode_bodies(
    buffers: Buffers, messages: Any, pdus: Any, program: Program, patterns: Patterns, stack: Any, events: Any,
    counts: Any,
) -> int:  # fmt: skip
    """Decode bodies from message ``counts[0]`` and event ``counts[1]`` on; returns the first message not decoded.

    Events run out before the messages do: give it more and call again; ``counts`` says where it stopped. A message
    that follows a pattern has no events of its own.
    """
    at = int64(counts[1])
    for i in range(int64(counts[0]), len(messages)):
        m, p = messages[i], pdus[i]
        if len(events) - at < EVENTS_MAX + 16:
            counts[0], counts[1] = i, at
            return i
        buf = buffers.data if m.spill == 0 else buffers.spill
        words = buffers.data_words if m.spill == 0 else buffers.spill_words
        p.first = p.last = at
        if p.malformed:  # chunks of it are missing
            p.pattern = -1
        elif p.pattern >= 0:
            p.error = SEQUENCE if m.status == STRAY else NO_ERROR
            continue
        if p.kind == OPN and p.security_end > 0:
            at = _keep_security(buf, i, m, p, events, at)
        if not p.opaque and p.kind != 0 and (p.malformed == 0 or p.error == GAP) and p.body > 0:
            at = _decode_body(buf, words, i, m, p, program, patterns, stack, events, at)
        if m.status == STRAY and p.error == NO_ERROR:
            p.error = SEQUENCE
        p.last = at
    counts[0], counts[1] = len(messages), at
    return len(messages)


@kernel
def _keep_security(buf: Bytes, i: int, m: Any, p: Any, events: Any, at: int) -> int:
    """Keep policy, certificate and thumbprint of OPN."""
    pos = int64(p.policy)
    for part in range(3):
        tag = _POLICY
        if part == 1:
            tag = _SERVER_CERTIFICATE if m.from_server else _CLIENT_CERTIFICATE
        elif part == 2:
            tag = _REPLY_RECEIVER if m.from_server else _RECEIVER
        length = get_u32(buf, pos)
        if length >= 0x80000000:
            length = NULL
        e = events[at]
        e.value, e.length, e.message, e.tag, e.spill = pos + 4, length if length > 0 else NULL, i, tag, m.spill
        e.kind = _STRING if part == 0 else _BYTE_STRING
        at += 1
        pos += 4 + max(length, 0)
    return at


@kernel
def _decode_body(
    buf: Bytes, words: Words, i: int, m: Any, p: Any, program: Program, patterns: Patterns, stack: Any, events: Any,
    at: int,
) -> int:  # fmt: skip
    """Walk a body by the program of its type, or find the pattern learned since; returns the next free event."""
    pos, end = int64(p.body), int64(m.offset) + int64(m.length)
    structure = int64(-1)
    if p.kind == HEL:
        structure = _HELLO
    elif p.kind == ACK:
        structure = _ACKNOWLEDGE
    elif p.kind == RHE:
        structure = _REVERSE_HELLO
    elif p.kind == ERR or p.letter == ABORT:
        structure = _ERROR
    else:
        if 0 <= p.type_id < TYPE_IDS:
            structure = int64(program.messages[p.type_id])
        if structure < 0:
            fail(p, TYPE_ID)
            return at
        pos += size_type(buf, pos)
    plain = match_pattern(buf, words, m, p, program, patterns) >= 0
    if p.pattern >= 0:
        return at
    begin = at
    how, pos, at = walk_body(buf, pos, end, structure, i, int64(m.spill), program, stack, events, at)
    if plain and how == DONE and pos == end:
        learn_pattern(words, int64(p.start), end, int64(m.flow_uid), structure, events, begin, at, patterns)
    p.cut = p.cut or at - begin >= EVENTS_MAX
    if p.letter == ABORT and p.kind in (MSG, OPN):
        fail(p, ABORTED)
    elif how == DONE:
        if pos < end and (p.kind in (HEL, ACK, ERR, RHE) or p.unprotected) and p.error == NO_ERROR and not p.cut:
            p.error = TRAILING_BYTES
    elif how == SHORT and p.cut:
        pass
    elif how == SHORT:
        fail(p, TRUNCATED)
    elif how == BAD_COUNT and not p.cut:
        fail(p, COUNT)
    elif how == BAD_TYPE:
        fail(p, TYPE)
    elif how == TOO_DEEP:
        fail(p, DEPTH)
    elif how in (TOO_LONG, FULL):
        fail(p, STEPS)
    return at
