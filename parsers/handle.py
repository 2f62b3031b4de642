"""Handle messages to fields: envelope, header, body, credential (kernels).

Standard: RFC 3652 §2.2.1 (envelope), §2.2.2 (header), §2.2.4 (credential); DO-IRP 3.0 keeps the layouts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.handle_body import decode_reply, decode_request
from parsers.handle_frame import COMPRESSED, ENCRYPTED, HEADER, is_envelope
from parsers.handle_frame import ENVELOPE as ENVELOPE_BYTES
from parsers.handle_pdu import (
    BODY_LENGTH,
    CREDENTIAL,
    CREDENTIAL_LENGTH,
    ENVELOPE,
    FRAGMENT_CONFLICT,
    GAP,
    NO_ERROR,
    RESERVED,
    SEQUENCE,
    TRUNCATED,
    Pools,
    clear,
    clear_head,
    fail,
    is_rich,
    measure_text,
    note,
    note_spans,
    take_head,
    take_number,
)
from parsers.message import BROKEN_BY_GAP, MALFORMED_BYTES, STRAY
from parsers.packet import Bytes, get16, get32
from parsers.pairing import ALONE, ANSWERS, ASKS
from wanglou.kernel import int64, kernel

Numbers = NDArray[np.int64]


@kernel
def decode_messages(
    data: Bytes, spill: Bytes, messages: Any, heads: Any, pdus: Any, faults: NDArray[np.uint8],
    fragments: NDArray[np.int32], pools: Pools,
) -> tuple[int, int]:  # fmt: skip
    """Decode every message into its row of ``heads``, and the rich ones into ``pdus`` too, PDU[n + 2].

    ``faults`` says what was wrong with a message's fragments, ``fragments`` how many there were. Gives the spans that
    any message has, as bits, and how many records of ``pdus`` are used: the first has no fields.
    """
    place, present = int64(1), int64(0)
    clear(pdus[0])
    clear(pdus[1])
    for i in range(len(messages)):
        m, p = messages[i], pdus[place]
        clear_head(p)  # its other fields are as they were when it was cleared
        p.spill = m.spill
        p.reply = m.from_server
        p.cut = m.wire > m.length
        p.fragments = fragments[i]
        buf = data if m.spill == 0 else spill
        pos, end = int64(m.offset), int64(m.offset) + int64(m.length)
        if faults[i] != NO_ERROR:
            p.error = faults[i]
            p.malformed = faults[i] != FRAGMENT_CONFLICT
        elif m.status == BROKEN_BY_GAP:
            p.malformed, p.error = 1, GAP
        elif m.status == MALFORMED_BYTES:
            p.malformed, p.error = 1, (TRUNCATED if is_envelope(buf, pos, end) else ENVELOPE)
        decode_message(buf, pos, end, p, pools)
        if m.status == STRAY:
            note(p, SEQUENCE)
        spans = note_spans(p)
        rich = is_rich(p, spans)
        take_head(p, heads[i], place if rich else 0)
        present |= spans
        if rich:
            place += 1
            clear(pdus[place])
    return present, place


@kernel
def decode_message(buf: Bytes, pos: int, end: int, p: Any, pools: Pools) -> None:
    """Envelope, header and what follows them, as far as the bytes are there."""
    if end - pos < ENVELOPE_BYTES or not is_envelope(buf, pos, end):
        fail(p, ENVELOPE if end - pos >= ENVELOPE_BYTES or not is_envelope(buf, pos, end) else TRUNCATED)
        return
    p.major, p.minor = int64(buf[pos]), int64(buf[pos + 1])
    p.envelope_flags = int64(buf[pos + 2]) & 0xE0
    p.suggested_major, p.suggested_minor = int64(buf[pos + 2]) & 0x1F, int64(buf[pos + 3])
    p.session, p.request = get32(buf, pos + 4), get32(buf, pos + 8)
    p.message_length = get32(buf, pos + 16)
    if p.envelope_flags & (COMPRESSED | ENCRYPTED) != 0:
        p.sealed = 1
        if p.message_length > end - pos - ENVELOPE_BYTES:
            fail(p, TRUNCATED)
        return
    stop = min(pos + ENVELOPE_BYTES + p.message_length, end)
    if stop - pos < ENVELOPE_BYTES + HEADER:
        fail(p, TRUNCATED)
        return
    pos += ENVELOPE_BYTES
    p.op, p.response, p.op_flag = get32(buf, pos), get32(buf, pos + 4), get32(buf, pos + 8)
    p.serial, p.recursions, p.expiration = get16(buf, pos + 12), int64(buf[pos + 14]), get32(buf, pos + 16)
    p.body_length = get32(buf, pos + 20)
    p.reply = p.response != 0
    body_end = pos + HEADER + p.body_length
    if p.body_length > p.message_length - HEADER:
        fail(p, BODY_LENGTH)
    elif buf[pos + 15] != 0:
        note(p, RESERVED)
    if body_end > stop:
        fail(p, TRUNCATED)
        body_end = stop
    if p.reply:
        decode_reply(buf, pos + HEADER, body_end, p, pools)
    else:
        decode_request(buf, pos + HEADER, body_end, p, pools)
    _decode_credential(buf, body_end, stop, p)


@kernel
def key_messages(
    messages: Any, heads: Any, keys: Numbers, details: Numbers, ts_ns: Numbers, roles: NDArray[np.uint8]
) -> None:
    """What pairing needs: flow and request id as one key, OpCode as detail, time, and role by the ResponseCode."""
    for i in range(len(messages)):
        m, p = messages[i], heads[i]
        keys[i] = (int64(m.flow_uid) & 0x7FFFFFFF) << 32 | max(p.request, 0)
        details[i] = p.op
        ts_ns[i] = m.ts_ns
        roles[i] = ALONE if p.malformed else (ANSWERS if p.reply else ASKS)


@kernel
def _decode_credential(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Credential behind the body: who signed, how; a missing length is that of old peers (§2.2.4)."""
    if end - pos < 4:
        if end > pos:
            fail(p, CREDENTIAL_LENGTH)
        return
    length = get32(buf, pos)
    p.credential_length = length
    pos += 4
    if length > end - pos:
        fail(p, CREDENTIAL_LENGTH)
        return
    if length < end - pos:
        note(p, CREDENTIAL_LENGTH)
        if p.rest_length < 0:
            p.rest_at, p.rest_length = pos + length, end - pos - length
        end = pos + length
    if length == 0:
        return
    before = p.malformed
    if _take_signature(buf, pos + 4, end, p) < 0 and not before and p.error == TRUNCATED:
        p.error = CREDENTIAL


@kernel
def _take_signature(buf: Bytes, pos: int, end: int, p: Any) -> int:
    """Signer, kind, algorithm and the length of the signature, behind version and options; -1 when it is cut short."""
    length = measure_text(buf, pos, end, p) if pos <= end else fail(p, TRUNCATED)
    if length < 0:
        return -1
    p.signer_at, p.signer_length = pos + 4, length
    pos += 4 + length
    p.signer_index = take_number(buf, pos, end, p)
    length = measure_text(buf, pos + 4, end, p) if p.signer_index >= 0 else int64(-1)
    if length < 0:
        return -1
    p.kind_at, p.kind_length = pos + 8, length
    pos += 8 + length + 4  # the length of what follows, which says nothing new
    length = measure_text(buf, pos, end, p) if pos <= end else fail(p, TRUNCATED)
    if length < 0:
        return -1
    p.algorithm_at, p.algorithm_length = pos + 4, length
    pos += 4 + length
    p.signature_length = measure_text(buf, pos, end, p)
    return pos if p.signature_length >= 0 else -1
