"""Decoded Handle messages to the numbers of their rows, in one pass (kernels)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.handle_cells import (
    ACT_COMPRESSED,
    ACT_ENCRYPTED,
    ACT_MALFORMED,
    ACTION,
    ASK_FLAGS,
    CREDENTIAL,
    DURATION,
    ECHO,
    ENVELOPE_FLAGS,
    ERROR,
    EXPIRATION,
    EXPIRES_IN,
    FIRST_FLAGS,
    HOLDER,
    LISTER,
    OP,
    OUTCOME,
    PACKET,
    PACKET_END,
    PDU_NUMBER,
    PLACES,
    READABLE,
    RECURSIONS,
    REFERRER,
    REPLY_BYTES,
    REPLY_CREDENTIAL,
    REPLY_FLAGS,
    REPLY_FRAGMENTS,
    REPLY_OP,
    REPLY_SERIAL,
    REPLY_VERSION,
    REQUEST,
    REQUEST_BYTES,
    REQUEST_FRAGMENTS,
    RESPONSE,
    RETRANSMITTED,
    SAID,
    SERIAL,
    SESSION,
    SITE,
    STEADY,
    SUGGESTED_VERSION,
    TS_NS,
    VERSION,
    Cells,
)  # fmt: skip
from parsers.handle_pdu import DIGEST_MISMATCH, NO_ERROR, OP_MISMATCH
from parsers.handle_rows import MALFORMED, Decoded, Halves
from parsers.packet import Bytes, get32
from parsers.spans import SPAN, TEXT_BYTES
from wanglou.kernel import int64, kernel

Numbers = NDArray[np.int64]

_ENCRYPTED = 0x40  # flag of the envelope


def lay_cells(
    decoded: Decoded, halves: Halves, subject: Numbers, again: NDArray[np.bool_], matches: NDArray[np.int8]
) -> Cells:
    """Lay out the rows; ``subject`` int64[n] is the message that says what each is about, -1: none.

    ``again`` bool[n] marks requests that came again, ``matches`` int8[n] is 0 where a digest is not the request's.
    """
    count = len(subject)
    values = np.empty((PLACES, count), dtype=np.int64)
    own, echoed = np.recarray(count, dtype=SPAN), np.recarray(count, dtype=SPAN)
    _lay(decoded.messages, decoded.heads, halves.ask, halves.answer, halves.pairing, again, matches, values)
    _lay_subjects(decoded.data, decoded.spill, decoded.heads, halves.answer, subject, values, own, echoed)
    if not count:
        return Cells(values, [-1] * STEADY, [-1] * STEADY, own, echoed)
    steady = values[:STEADY]
    return Cells(values, steady.min(axis=1).tolist(), steady.max(axis=1).tolist(), own, echoed)


@kernel
def _lay(
    messages: Any, heads: Any, asks: Numbers, answers: Numbers, pairing: NDArray[np.int32],
    again: NDArray[np.bool_], matches: NDArray[np.int8], cells: Numbers,
) -> None:  # fmt: skip
    """What envelopes and headers tell of each row."""
    for k in range(len(asks)):
        ask, answer = asks[k], answers[k]
        row = ask if ask >= 0 else answer
        last = answer if answer >= 0 else ask
        f, m, n = heads[row], messages[row], messages[last]
        ts_ns = int64(m.ts_ns)
        cells[TS_NS, k], cells[PACKET, k], cells[PDU_NUMBER, k] = ts_ns, m.packet, m.pdu
        cells[PACKET_END, k] = max(int64(m.packet_end), int64(n.packet_end))
        cells[DURATION, k] = n.end_ns - ts_ns if ask >= 0 and answer >= 0 else -1
        cells[REQUEST, k], cells[OP, k], cells[FIRST_FLAGS, k] = f.request, f.op, f.op_flag
        cells[RECURSIONS, k] = f.recursions
        cells[VERSION, k] = int64(f.major) << 8 | int64(f.minor) if f.request >= 0 else -1
        expires = f.expiration > 0 and ts_ns >= 0
        cells[EXPIRATION, k] = f.expiration if expires else -1
        cells[EXPIRES_IN, k] = f.expiration - ts_ns // 1_000_000_000
        action = int64(f.op)
        if f.sealed == 1 and f.op < 0:
            action = int64(ACT_ENCRYPTED if int64(f.envelope_flags) & _ENCRYPTED else ACT_COMPRESSED)
        cells[ACTION, k] = ACT_MALFORMED if pairing[k] == MALFORMED else action
        session, bits, error, asked = int64(f.session), int64(0), int64(NO_ERROR), int64(-1)
        if ask >= 0:
            error, bits, asked = int64(f.error), int64(f.envelope_flags), int64(f.op)
            _lay_ask(f, cells, k)
        else:
            _lay_no_ask(cells, k)
        cells[RETRANSMITTED, k] = 1 if ask >= 0 and again[k] else -1
        answered = int64(-1)
        if answer >= 0:
            r = heads[answer]
            bits |= int64(r.envelope_flags)
            session = session if session > 0 else max(session, int64(r.session))
            error = int64(r.error) if error == NO_ERROR else error
            answered = int64(r.op)
            _lay_answer(r, cells, k)
        else:
            _lay_no_answer(cells, k)
        cells[REPLY_OP, k] = answered if ask >= 0 and answered != f.op else -1
        cells[SESSION, k], cells[ENVELOPE_FLAGS, k] = session, bits if bits != 0 else -1
        if error == NO_ERROR and matches[k] == 0:
            error = int64(DIGEST_MISMATCH)
        # An answer to a challenge may be answered with the OpCode of what was challenged (RFC 3652 §3.5).
        if error == NO_ERROR and asked >= 0 and answered >= 0 and asked not in (answered, 200):
            error = int64(OP_MISMATCH)
        cells[ERROR, k] = error if error != NO_ERROR else -1


@kernel
def _lay_ask(p: Any, cells: Numbers, k: int) -> None:
    """What the request tells."""
    cells[SUGGESTED_VERSION, k] = int64(p.suggested_major) << 8 | int64(p.suggested_minor) if p.request >= 0 else -1
    cells[ASK_FLAGS, k], cells[SERIAL, k] = p.op_flag, p.serial
    cells[REQUEST_BYTES, k] = p.message_length + 20 if p.message_length >= 0 else -1
    cells[REQUEST_FRAGMENTS, k] = p.fragments if p.fragments > 1 else -1
    cells[READABLE, k] = 0 if p.op >= 0 else -1
    cells[CREDENTIAL, k] = int64(p.credential_length > 0) if p.op >= 0 else -1


@kernel
def _lay_no_ask(cells: Numbers, k: int) -> None:
    """There is no request."""
    cells[SUGGESTED_VERSION, k] = cells[ASK_FLAGS, k] = cells[SERIAL, k] = cells[REQUEST_BYTES, k] = -1
    cells[REQUEST_FRAGMENTS, k] = cells[READABLE, k] = cells[CREDENTIAL, k] = -1


@kernel
def _lay_answer(p: Any, cells: Numbers, k: int) -> None:
    """What the reply tells; a referral is a success, a challenge and an interim reply are neither."""
    cells[REPLY_VERSION, k] = int64(p.major) << 8 | int64(p.minor) if p.request >= 0 else -1
    cells[REPLY_FLAGS, k], cells[REPLY_SERIAL, k], cells[RESPONSE, k] = p.op_flag, p.serial, p.response
    cells[REPLY_BYTES, k] = p.message_length + 20 if p.message_length >= 0 else -1
    cells[REPLY_FRAGMENTS, k] = p.fragments if p.fragments > 1 else -1
    cells[REPLY_CREDENTIAL, k] = int64(p.credential_length > 0) if p.op >= 0 else -1
    response = int64(p.response)
    if p.malformed == 1 or response < 0 or response == 402 or 900 <= response <= 902:
        cells[OUTCOME, k] = 0
    else:
        cells[OUTCOME, k] = 1 if response in (1, 302, 303) else 2


@kernel
def _lay_no_answer(cells: Numbers, k: int) -> None:
    """There is no reply."""
    cells[REPLY_VERSION, k] = cells[REPLY_FLAGS, k] = cells[REPLY_SERIAL, k] = cells[RESPONSE, k] = -1
    cells[REPLY_BYTES, k] = cells[REPLY_FRAGMENTS, k] = cells[REPLY_CREDENTIAL, k] = -1
    cells[OUTCOME, k] = 0


@kernel
def _lay_subjects(
    data: Bytes, spill: Bytes, heads: Any, answers: Numbers, subjects: Numbers, cells: Numbers, own: Any, echoed: Any
) -> None:
    """What each row is about: the handle, and the messages whose values, handles or referral it tells."""
    for k in range(len(subjects)):
        subject, answer = subjects[k], answers[k]
        o, e = own[k], echoed[k]
        o.length = e.length = -1
        o.offset = o.spill = e.offset = e.spill = 0
        cells[HOLDER, k] = cells[SITE, k] = cells[SAID, k] = cells[LISTER, k] = cells[REFERRER, k] = -1
        if answer >= 0:
            _lay_reply(heads[answer], answer, cells, k)
            if cells[RESPONSE, k] == 1:
                _put_handle(heads[answer], e)
        if subject >= 0:
            p = heads[subject]
            if p.op != 2000:  # a login's is the name of a user
                _put_handle(p, o)
            if p.response == 0 and p.op in (100, 102, 104):
                cells[HOLDER, k] = subject
        if o.length < 0:
            o.offset, o.length, o.spill = e.offset, e.length, e.spill
        if e.length >= 0 and _is_same(data, spill, o, e):
            e.length = -1
        cells[ECHO, k] = int64(e.length)
        if cells[HOLDER, k] >= 0:
            cells[SAID, k] = heads[cells[HOLDER, k]].said


@kernel
def _lay_reply(p: Any, answer: int, cells: Numbers, k: int) -> None:
    """What lists and records a reply tells of."""
    if p.response == 1:
        if p.op == 1:
            cells[HOLDER, k] = answer
        elif p.op == 2:
            cells[SITE, k] = answer
        elif p.op in (105, 106, 302):
            cells[LISTER, k] = answer
    elif p.response in (302, 303):
        cells[REFERRER, k] = answer
        if p.values_count > 0:
            cells[HOLDER, k] = answer


@kernel
def _put_handle(p: Any, span: Any) -> None:
    """Where the handle of a message lies."""
    if p.handle_length >= 0:
        span.offset, span.length, span.spill = p.handle_at, p.handle_length, p.spill


@kernel
def _is_same(data: Bytes, spill: Bytes, a: Any, b: Any) -> bool:
    """True when two spans hold the same bytes, as far as texts are looked at."""
    if a.length != b.length:
        return False
    near, far = data if a.spill == 0 else spill, data if b.spill == 0 else spill
    at, bt, count = int64(a.offset), int64(b.offset), min(int64(a.length), TEXT_BYTES)
    done = int64(0)
    while done + 4 <= count:
        if get32(near, at + done) != get32(far, bt + done):
            return False
        done += 4
    while done < count:
        if near[at + done] != far[bt + done]:
            return False
        done += 1
    return True
