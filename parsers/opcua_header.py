"""Headers of OPC UA messages: channel, token, sequence, type, and the pattern of a body (kernels).

Standard: OPC 10000-6 (1.05), §6.7.2 (secure conversation), §7.1.2 (connection protocol).
"""

from __future__ import annotations

from typing import Any

from parsers.message import BROKEN_BY_GAP, STRAY, WHOLE
from parsers.opcua_buffers import Buffers, Words
from parsers.opcua_builtin import pass_string
from parsers.opcua_frame import ACK, CLO, ERR, HEADER, HEL, MSG, OPN, RHE, get_u32, name_type, read_type_id, tell_role
from parsers.opcua_pattern import Patterns, find_pattern
from parsers.opcua_pdu import ABORT, FINAL, GAP, HEADER_BYTES, NO_ERROR, TRUNCATED, clear, fail
from parsers.opcua_program import TYPE_IDS, Program
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

_SYMMETRIC = 24  # bytes before the body of MSG: header, channel, token, sequence header
_U32 = 0xFFFFFFFF


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
            match_pattern(buf, words, m, p, program, patterns)
        else:
            _decode_security(buf, pos, end, p)
        parts += p.letter != FINAL and p.malformed == 0
    return parts


@kernel
def match_pattern(buf: Bytes, words: Words, m: Any, p: Any, program: Program, patterns: Patterns) -> int:
    """Note which pattern the body of a MSG chunk follows; returns its structure, -1: none, or nothing to be matched.

    A body that follows one is in clear and without fault, whatever else is known of its channel.
    """
    if p.kind != MSG or p.letter == ABORT or p.error != NO_ERROR or p.cut or not 0 <= p.type_id < TYPE_IDS:
        return -1
    structure = int64(program.messages[p.type_id])
    p.start = p.body + size_type(buf, int64(p.body))
    p.pattern = find_pattern(
        words, int64(p.start), int64(m.offset) + int64(m.length), int64(m.flow_uid), structure, patterns
    )
    return structure


@kernel
def size_type(buf: Bytes, pos: int) -> int:
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
