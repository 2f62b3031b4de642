"""OPC UA messages to fields: the headers of chunks, then the body by its program (kernels).

Standard: OPC 10000-6 (1.05), §6.7.2 (secure conversation), §7.1.2 (connection protocol).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.message import BROKEN_BY_GAP, STRAY, WHOLE
from parsers.opcua_buffers import Buffers, Words
from parsers.opcua_frame import ACK, CLO, ERR, HEADER, HEL, MSG, OPN, RHE, get_u32, name_type, read_type_id, tell_role
from parsers.opcua_pattern import Patterns, find_pattern, learn_pattern
from parsers.opcua_program import STRUCTURE_NUMBERS, TAGS, TYPE_IDS, Program
from parsers.opcua_walk import (
    BAD_COUNT,
    BAD_TYPE,
    DONE,
    EVENTS_MAX,
    FULL,
    NULL,
    SHORT,
    TOO_DEEP,
    TOO_LONG,
    pass_string,
    walk_body,
)  # fmt: skip
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

# What can be wrong; the first that applies is reported. Order is the column's dictionary (ERRORS).
(
    NO_ERROR, TRUNCATED, TRAILING_BYTES, COUNT, TYPE, DEPTH, STEPS, TYPE_ID, HEADER_BYTES, GAP, SEQUENCE, INCOMPLETE,
    ABORTED, DUPLICATE, SERVICE_MISMATCH,
) = range(15)  # fmt: skip
ERRORS = (
    "", "truncated", "trailing_bytes", "count", "type", "depth", "steps", "type_id", "header", "gap", "sequence",
    "incomplete", "aborted", "duplicate_request_id", "service_mismatch",
)  # fmt: skip

FINAL, MORE, ABORT = 0x46, 0x43, 0x41
"""Letters that say whether more chunks follow (§6.7.2.2)."""

PDU = np.dtype(
    [
        ("body", "i8"),  # where the body begins
        ("start", "i8"),  # where what its pattern tells of begins, behind its type
        ("channel", "i8"),  # -1 in every number: the message has no such field
        ("token", "i8"),
        ("sequence", "i8"),
        ("request", "i8"),
        ("type_id", "i8"),  # of a body in clear; -1: none or none known
        ("first", "i8"),  # its events
        ("last", "i8"),
        ("policy", "i8"),  # where the URI of the security policy lies, the certificate and thumbprint behind it
        ("security_end", "i8"),
        ("wire", "i8"),  # bytes on the wire, all chunks
        ("pattern", "i4"),  # which it follows; its events are those of the pattern then; -1: none
        ("chunks", "i4"),
        ("kind", "u1"),  # HEL, ACK ...
        ("letter", "u1"),
        ("clear", "u1"),  # 1: the body begins as one in clear does
        ("opaque", "u1"),
        ("cut", "u1"),
        ("error", "u1"),
        ("malformed", "u1"),
        ("unprotected", "u1"),  # 1: the channel's policy is known to be None
    ],
    align=True,
)

_HELLO, _ACKNOWLEDGE = STRUCTURE_NUMBERS["Hello"], STRUCTURE_NUMBERS["Acknowledge"]
_ERROR, _REVERSE_HELLO = STRUCTURE_NUMBERS["Error"], STRUCTURE_NUMBERS["ReverseHello"]
_POLICY = TAGS["security.policy_uri"]
_CLIENT_CERTIFICATE, _SERVER_CERTIFICATE = TAGS["client.certificate.thumbprint"], TAGS["server.certificate.thumbprint"]
_RECEIVER, _REPLY_RECEIVER = TAGS["security.receiver_thumbprint"], TAGS["security.response_receiver_thumbprint"]
_STRING, _BYTE_STRING = 12, 15
_SYMMETRIC = 24  # bytes before the body of MSG: header, channel, token, sequence header
_U32 = 0xFFFFFFFF


@kernel
def clear(p: Any) -> None:
    """No field is there yet."""
    p.body = p.start = p.first = p.last = p.policy = p.security_end = 0
    p.channel = p.token = p.sequence = p.request = p.type_id = p.pattern = -1
    p.chunks = 1
    p.kind = p.letter = p.clear = p.opaque = p.cut = p.error = p.malformed = p.unprotected = 0


@kernel
def fail(p: Any, error: int) -> None:
    """Note the first thing wrong; a message whose bytes are wrong stands alone."""
    if p.error == NO_ERROR:
        p.error = error
    p.malformed = 1


@kernel
def decode_headers(buffers: Buffers, messages: Any, pdus: Any, program: Program, patterns: Patterns) -> int:
    """Decode what stands before each body, and find the patterns of bodies, while their bytes are at hand.

    Returns how many chunks are not a whole message.
    """
    parts = 0
    for i in range(len(messages)):
        m, p = messages[i], pdus[i]
        clear(p)
        buf = buffers.data if m.spill == 0 else buffers.spill
        words = buffers.data_words if m.spill == 0 else buffers.spill_words
        pos, end = int64(m.offset), int64(m.offset) + int64(m.length)
        p.body = end
        p.wire, p.cut = m.wire, m.wire > m.length
        if m.status == BROKEN_BY_GAP:
            fail(p, GAP)
        elif m.status not in (WHOLE, STRAY):
            fail(p, HEADER_BYTES)
        if end - pos >= 3:
            p.kind = name_type(buf, pos)
        if end - pos >= HEADER:
            p.letter = buf[pos + 3]
        if p.kind == MSG and end - pos >= _SYMMETRIC + 8:
            _decode_symmetric(buf, words, pos, end, p, program)
            _match(buf, words, m, p, program, patterns)
        else:
            _decode_security(buf, pos, end, p)
        parts += p.letter != FINAL and p.malformed == 0
    return parts


@kernel
def _match(buf: Bytes, words: Words, m: Any, p: Any, program: Program, patterns: Patterns) -> int:
    """Note which pattern the body of a MSG chunk follows; returns its structure, -1: none, or nothing to be matched.

    A body that follows one is in clear and without fault, whatever else is known of its channel.
    """
    if p.kind != MSG or p.letter == ABORT or p.error != NO_ERROR or p.cut or not 0 <= p.type_id < TYPE_IDS:
        return -1
    structure = int64(program.messages[p.type_id])
    p.start = p.body + _size_type(buf, int64(p.body))
    p.pattern = find_pattern(
        words, int64(p.start), int64(m.offset) + int64(m.length), int64(m.flow_uid), structure, patterns
    )
    return structure


@kernel
def _size_type(buf: Bytes, pos: int) -> int:
    """Bytes of the NodeId at ``pos`` that names a message's type; it is there and numeric."""
    return 2 if buf[pos] == 0 else 4 if buf[pos] == 1 else 7


@kernel
def _decode_symmetric(buf: Bytes, words: Words, pos: int, end: int, p: Any, program: Program) -> None:
    """As ``_decode_security``, of a MSG chunk that holds its headers and eight bytes more: nearly all are such."""
    security, sequence, body = words[pos + HEADER], words[pos + 16], words[pos + _SYMMETRIC]
    p.channel, p.token = security & _U32, (security >> 32) & _U32
    p.sequence, p.request = sequence & _U32, (sequence >> 32) & _U32
    p.body = pos + _SYMMETRIC
    p.type_id = (body >> 16) & 0xFFFF if body & 0xFFFF == 1 else read_type_id(buf, pos + _SYMMETRIC, end)
    p.clear = p.letter == ABORT or (0 <= p.type_id < TYPE_IDS and program.messages[p.type_id] >= 0)


@kernel
def _decode_security(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Channel, token or security header, and sequence header (§6.7.2.3, §6.7.2.4)."""
    if p.kind == 0:
        fail(p, HEADER_BYTES)
        return
    p.body = min(pos + HEADER, end)
    if p.kind in (HEL, ACK, ERR, RHE):
        p.clear = 1
        return
    if end - pos < 12:
        fail(p, TRUNCATED)
        return
    p.channel = get_u32(buf, pos + 8)
    at = pos + 12
    if p.kind == OPN:
        at = _decode_asymmetric(buf, at, end, p)
        if at < 0:
            fail(p, TRUNCATED)
            p.body = end
            return
    elif end - at >= 4:
        p.token = get_u32(buf, at)
        at += 4
    p.body = min(at, end)
    if end - at < 8:
        fail(p, TRUNCATED)
        return
    sequence, request = get_u32(buf, at), get_u32(buf, at + 4)
    p.body = at + 8
    type_id = read_type_id(buf, at + 8, end)
    if p.kind != OPN:
        p.clear = p.letter == ABORT or tell_role(type_id) != 0
    p.sequence, p.request, p.type_id = sequence, request, type_id


@kernel
def _decode_asymmetric(buf: Bytes, at: int, end: int, p: Any) -> int:
    """Security header of OPN: policy, certificate, thumbprint; -1 when it is not whole (§6.7.2.3)."""
    p.policy = at
    for _ in range(3):
        at = pass_string(buf, at, end)
        if at < 0:
            return -1
    p.security_end = at
    p.clear = _is_none(buf, int64(p.policy))
    return at


@kernel
def _is_none(buf: Bytes, at: int) -> bool:
    """True when the policy at ``at`` is null or ends in ``#None``."""
    length = get_u32(buf, at)
    if length == 0 or length >= 0x80000000:
        return True
    end = at + 4 + length
    return bool(
        length >= 5 and buf[end - 5] == 0x23 and buf[end - 4] == 0x4E and buf[end - 3] == 0x6F
        and buf[end - 2] == 0x6E and buf[end - 1] == 0x65
    )  # fmt: skip


@kernel
def hide_encrypted(pdus: Any) -> None:
    """Mark bodies that are encrypted and forget what was read of them as if they were in clear.

    Where the channel is known to be without protection such a body is in clear and malformed; nothing is forgotten.
    """
    for i in range(len(pdus)):
        p = pdus[i]
        if p.kind not in (OPN, MSG, CLO) or p.clear or p.unprotected:
            continue
        p.opaque = p.malformed == 0
        p.sequence = p.request = p.type_id = -1


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
        pos += _size_type(buf, pos)
    plain = _match(buf, words, m, p, program, patterns) >= 0
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
