"""What the headers of an OPC UA row's messages say together, as numbers: pairing, service, evidence (kernel)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.opcua_buffers import Buffers
from parsers.opcua_chunk import Joined
from parsers.opcua_frame import CLO, ERR, MSG, OPN, RHE
from parsers.opcua_names import REPLY_IDS
from parsers.opcua_pdu import DUPLICATE, SERVICE_MISMATCH
from parsers.opcua_program import TYPE_IDS
from parsers.opcua_services import SERVICE_FAULT
from parsers.pairing import Pairs
from wanglou.kernel import int64, kernel

PAIRINGS = ("paired", "no_response", "no_request", "alone", "malformed")
PAIRED, NO_RESPONSE, NO_REQUEST, LONE, MALFORMED = range(5)
OUTCOMES = ("unknown", "success", "failure")
UNKNOWN, SUCCESS, FAILURE = range(3)

(
    TIME, DURATION, PACKET, PACKET_END, PDU, CONVERSATION, FLOW, KIND, LENGTH, REPLY_LENGTH, CHUNKS, REPLY_CHUNKS, CUT,
    OPAQUE, CHANNEL, TOKEN, REPLY_TOKEN, REQUEST_ID, SEQUENCE, REPLY_SEQUENCE, TYPE_ID, REPLY_TYPE_ID, SERVICE, ACTION,
    POLICY, MODE, PAIRING, ERROR, OUTCOME, MEMBERS,
) = range(30)  # fmt: skip
"""Members of a record; -1 in any: there is none."""

ACTION_KINDS = 16
"""An ACTION below this is a kind of message, 0 a malformed one; another is a service, counted from here."""

_NONE_MODE, _SIGN, _ENCRYPT = 1, 2, 3  # OPC 10000-4 §7.20, MessageSecurityMode
_WANTED = np.full(TYPE_IDS, -1, dtype=np.int64)
_WANTED[list(REPLY_IDS)] = list(REPLY_IDS.values())

Longs = NDArray[np.int64]


class Batch(NamedTuple):
    """Whole messages and what was read of them; arrays are numbered alike."""

    buffers: Buffers
    messages: Any
    pdus: Any
    joined: Joined | None
    policies: NDArray[np.int32]
    policy_texts: list[str]


class Rows(NamedTuple):
    """Which messages each row has."""

    request: NDArray[np.int32]
    reply: NDArray[np.int32]
    duplicate: NDArray[np.bool_]


def choose_rows(batch: Batch, pairs: Pairs) -> Rows:
    """A message without a partner stands as request or reply by its side."""
    request, reply = pairs.request.copy(), pairs.reply.copy()
    lone = np.flatnonzero((request >= 0) & (reply < 0))
    lone = lone[batch.messages["from_server"][request[lone]] == 1]
    reply[lone], request[lone] = request[lone], -1
    return Rows(request, reply, pairs.duplicate)


def make_records(batch: Batch, rows: Rows) -> Longs:
    """int64[MEMBERS, n]: the members of each row's record."""
    records = np.empty((MEMBERS, len(rows.request)), dtype=np.int64)
    none = batch.policy_texts.index("None") if "None" in batch.policy_texts else -2
    _gather(
        batch.messages, batch.pdus, batch.policies, none, _WANTED, rows.request, rows.reply, rows.duplicate, records
    )
    return records


@kernel
def _gather(
    messages: Any, pdus: Any, policies: NDArray[np.int32], none: int, wanted: Longs, request: NDArray[np.int32],
    reply: NDArray[np.int32], duplicate: NDArray[np.bool_], out: Longs,
) -> None:  # fmt: skip
    """Fill ``out``; ``none`` is the number of the policy without protection."""
    for k in range(len(request)):
        asked, answered = int64(request[k]), int64(reply[k])
        first = asked if asked >= 0 else answered
        last = answered if answered >= 0 else asked
        m, p, q = messages[first], pdus[first], pdus[last]
        end = messages[last]
        out[TIME, k] = m.ts_ns
        out[DURATION, k] = end.end_ns - m.ts_ns if first != last else -1
        out[PACKET, k], out[PDU, k] = m.packet, m.pdu
        out[PACKET_END, k] = max(m.packet_end, end.packet_end)
        out[CONVERSATION, k], out[FLOW, k] = m.conversation, m.flow_uid
        out[KIND, k], out[CUT, k], out[OPAQUE, k] = p.kind, p.cut | q.cut, p.opaque
        out[CHANNEL, k] = p.channel
        out[REQUEST_ID, k] = p.request
        out[LENGTH, k] = out[CHUNKS, k] = out[SEQUENCE, k] = out[TYPE_ID, k] = -1
        out[REPLY_LENGTH, k] = out[REPLY_CHUNKS, k] = out[REPLY_SEQUENCE, k] = out[REPLY_TYPE_ID, k] = -1
        out[TOKEN, k], out[REPLY_TOKEN, k] = p.token, -1
        if asked >= 0:
            out[LENGTH, k], out[CHUNKS, k] = p.wire, p.chunks
            out[SEQUENCE, k], out[TYPE_ID, k] = p.sequence, p.type_id
        if answered >= 0:
            out[REPLY_LENGTH, k], out[REPLY_CHUNKS, k] = q.wire, q.chunks
            out[REPLY_SEQUENCE, k], out[REPLY_TYPE_ID, k] = q.sequence, q.type_id
            if q.channel > 0:  # the first OPN request has 0
                out[CHANNEL, k] = q.channel
            if asked >= 0 and p.token != q.token:
                out[REPLY_TOKEN, k] = q.token
        out[SERVICE, k] = out[TYPE_ID, k] if out[TYPE_ID, k] >= 0 else out[REPLY_TYPE_ID, k]
        _judge(p, q, asked, answered, wanted, duplicate[k], k, out)
        _secure(p, int64(policies[last]), none, k, out)


@kernel
def _judge(p: Any, q: Any, asked: int, answered: int, wanted: Longs, duplicate: bool, k: int, out: Longs) -> None:
    """Pairing, error, outcome as far as the headers tell, and action."""
    pairing = NO_REQUEST if asked < 0 else NO_RESPONSE
    if asked >= 0 and answered >= 0:
        pairing = PAIRED
    elif p.malformed == 1:
        pairing = MALFORMED
    elif p.kind in (ERR, RHE, CLO) or (p.kind == MSG and p.opaque == 1):
        pairing = LONE
    error, request, reply = int64(p.error), out[TYPE_ID, k], out[REPLY_TYPE_ID, k]
    if error == 0:
        error = int64(q.error)
    expected = wanted[request] if 0 <= request < len(wanted) else int64(-1)
    if error == 0 and expected >= 0 and reply >= 0 and reply not in (expected, SERVICE_FAULT):
        error = SERVICE_MISMATCH
    if error == 0 and duplicate and p.kind == MSG:
        error = DUPLICATE
    out[PAIRING, k], out[ERROR, k] = pairing, error if error > 0 else -1
    out[OUTCOME, k] = SUCCESS if answered >= 0 and pairing != MALFORMED and q.opaque == 0 else UNKNOWN
    if q.kind == ERR:
        out[OUTCOME, k] = FAILURE
    out[ACTION, k] = p.kind
    if pairing == MALFORMED:
        out[ACTION, k] = 0
    elif p.kind in (MSG, OPN, CLO) and out[SERVICE, k] >= 0:
        out[ACTION, k] = ACTION_KINDS + out[SERVICE, k]


@kernel
def _secure(p: Any, policy: int, none: int, k: int, out: Longs) -> None:
    """Policy of the channel, and the mode as policy and body show it."""
    if p.kind not in (OPN, MSG, CLO):
        policy = -1
    mode = _NONE_MODE if policy == none else _SIGN if policy >= 0 else -1
    if p.opaque == 1:
        mode = _ENCRYPT
    if p.kind == OPN and policy != none:
        mode = -1
    out[POLICY, k], out[MODE, k] = policy, mode
