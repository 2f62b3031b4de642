"""What the messages of an OPC UA row say together: pairing, service, security, status, outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_distinct, make_keywords, make_numbers
from parsers.opcua import DUPLICATE, SERVICE_MISMATCH
from parsers.opcua_buffers import Buffers
from parsers.opcua_chunk import Joined
from parsers.opcua_frame import ACK, CLO, ERR, HEL, MSG, OPN, RHE, TYPES
from parsers.opcua_names import REPLY_IDS, SERVICE_SETS, name_number, name_service, name_status
from parsers.opcua_number import code_numbers
from parsers.opcua_program import TAGS
from parsers.opcua_rows import Sorted
from parsers.opcua_services import SERVICE_FAULT
from parsers.pairing import Pairs

PAIRINGS = ("paired", "no_response", "no_request", "alone", "malformed")
PAIRED, NO_RESPONSE, NO_REQUEST, LONE, MALFORMED = range(5)
OUTCOMES = ("unknown", "success", "failure")
_ACTIONS = {HEL: "hello", ACK: "acknowledge", ERR: "error", RHE: "reverse_hello", OPN: "open_secure_channel",
            CLO: "close_secure_channel", MSG: "encrypted"}  # fmt: skip

Longs = NDArray[np.int64]
_KINDS = 1 << 40


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
    first: NDArray[np.int32]
    """The request, or the reply where there is no request."""
    last: NDArray[np.int32]
    duplicate: NDArray[np.bool_]


def choose_rows(batch: Batch, pairs: Pairs) -> Rows:
    """A message without a partner stands as request or reply by its side."""
    request, reply = pairs.request.copy(), pairs.reply.copy()
    lone = (request >= 0) & (reply < 0)
    lone[lone] = batch.messages["from_server"][request[lone]] == 1
    reply[lone], request[lone] = request[lone], -1
    first, last = np.where(request >= 0, request, reply), np.where(reply >= 0, reply, request)
    return Rows(request, reply, first, last, pairs.duplicate)


def _pick(values: NDArray[Any], which: NDArray[np.int32]) -> Longs:
    """Value of each row's message, -1 where there is none."""
    if not len(values):
        return np.full(len(which), -1, dtype=np.int64)
    if len(which) and which.min() >= 0:
        return values[which].astype(np.int64)
    return np.where(which >= 0, values[which].astype(np.int64), -1)


def make_headers(batch: Batch, rows: Rows) -> dict[str, pa.Array]:
    """What stands before the bodies."""
    p, long = batch.pdus, pa.int64()
    wire = batch.joined.wire if batch.joined else batch.messages["wire"]
    token, reply_token = _pick(p["token"], rows.request), _pick(p["token"], rows.reply)
    granted = _pick(p["channel"], rows.reply)  # the first OPN request has 0
    channel = np.where(granted > 0, granted, _pick(p["channel"], rows.first))
    cut = (p["cut"][rows.first] | p["cut"][rows.last]) == 1
    opaque = p["opaque"][rows.first] == 1
    return {
        "opcua.message.type": make_keywords(p["kind"][rows.first].astype(np.int32), TYPES),
        "opcua.request.length": make_numbers(_pick(wire, rows.request), long),
        "opcua.response.length": make_numbers(_pick(wire, rows.reply), long),
        "opcua.request.chunks": make_numbers(_pick(p["chunks"], rows.request), long),
        "opcua.response.chunks": make_numbers(_pick(p["chunks"], rows.reply), long),
        "opcua.cut": pa.array(cut, mask=~cut),
        "opcua.opaque": pa.array(opaque, mask=~opaque),
        "opcua.channel.id": make_numbers(channel, long),
        "opcua.token.id": make_numbers(np.where(rows.request >= 0, token, reply_token), long),
        "opcua.response.token.id": make_numbers(
            np.where((rows.request >= 0) & (token != reply_token), reply_token, -1), long
        ),
        "opcua.request.id": make_numbers(_pick(p["request"], rows.first), long),
        "opcua.request.sequence_number": make_numbers(_pick(p["sequence"], rows.request), long),
        "opcua.response.sequence_number": make_numbers(_pick(p["sequence"], rows.reply), long),
        "opcua.request.type_id": make_numbers(_pick(p["type_id"], rows.request), long),
        "opcua.response.type_id": make_numbers(_pick(p["type_id"], rows.reply), long),
    }


def find_services(batch: Batch, rows: Rows) -> Longs:
    """NodeId that names the service: the request's, else the reply's; -1 where there is none."""
    asked, answered = _pick(batch.pdus["type_id"], rows.request), _pick(batch.pdus["type_id"], rows.reply)
    return np.where(asked >= 0, asked, answered)


def make_services(batch: Batch, rows: Rows) -> dict[str, pa.Array]:
    """Names of services and of their sets."""
    services = find_services(batch, rows)
    return {
        "opcua.service.name": name_each(services, name_service),
        "opcua.service.set": name_each(services, lambda type_id: SERVICE_SETS.get(name_service(type_id), "")),
    }


def name_each(numbers: Longs, name: Callable[[int], str]) -> pa.Array:
    """Column of the numbers' names; negative numbers and empty names are null."""
    distinct, codes = code_numbers(numbers)
    own, texts = make_distinct([name(number) if number >= 0 else "" for number in distinct])
    return make_keywords(own[codes] if len(own) else codes, texts)


def make_security(batch: Batch, rows: Rows, told: Sorted) -> dict[str, pa.Array]:
    """Policy of the channel, and the mode: as OPN asks for, else as policy and bodies show."""
    p = batch.pdus
    kind = p["kind"][rows.first]
    secured = _is_one(kind, OPN, MSG, CLO)
    policy = np.where(secured, batch.policies[rows.last], -1)
    none = batch.policy_texts.index("None") if "None" in batch.policy_texts else -2
    opaque = p["opaque"][rows.first] == 1
    mode = np.where(policy == none, 1, np.where(policy >= 0, 2, -1))
    mode = np.where(opaque, 3, mode)
    mode = np.where((kind == OPN) & (policy != none), -1, mode)
    asked = told.take(TAGS["security.mode"])
    mode[asked.row] = asked.value
    return {
        "opcua.security.policy": make_keywords(policy, batch.policy_texts),
        "opcua.security.mode": name_each(mode, lambda number: name_number("security.mode", number)),
    }


def make_status(told: Sorted, count: int) -> tuple[dict[str, pa.Array], Longs]:
    """Service result or error of each row, and its number; -1 where none came."""
    codes = np.full(count, -1, dtype=np.int64)
    events = told.take(TAGS["status.code"])
    codes[events.row] = events.value
    severity = np.where(codes >= 0, codes >> 30, -1)
    return {
        "opcua.status.code": make_numbers(codes, pa.int64()),
        "opcua.status.name": name_each(codes, name_status),
        "opcua.status.severity": make_keywords(severity.astype(np.int32), ("good", "uncertain", "bad", "bad")),
    }, codes


def judge_pairing(batch: Batch, rows: Rows) -> Longs:
    """How each row's messages found each other."""
    p, kind = batch.pdus, batch.pdus["kind"][rows.first]
    pairing = np.where(rows.request < 0, NO_REQUEST, NO_RESPONSE)
    pairing = np.where((rows.request >= 0) & (rows.reply >= 0), PAIRED, pairing)
    alone = _is_one(kind, ERR, RHE, CLO) | ((kind == MSG) & (p["opaque"][rows.first] == 1))
    pairing = np.where(alone & (pairing != PAIRED), LONE, pairing)
    return np.where((p["malformed"][rows.first] == 1) & (pairing != PAIRED), MALFORMED, pairing)


def judge_errors(batch: Batch, rows: Rows) -> Longs:
    """What is wrong with the bytes or the exchange."""
    p = batch.pdus
    error = p["error"][rows.first].astype(np.int64)
    error = np.where(error == 0, p["error"][rows.last], error)
    asked, answered = _pick(p["type_id"], rows.request), _pick(p["type_id"], rows.reply)
    wanted = _expect_replies(asked)
    wrong = (wanted >= 0) & (answered >= 0) & (answered != wanted) & (answered != SERVICE_FAULT)
    error = np.where((error == 0) & wrong, SERVICE_MISMATCH, error)
    return np.where((error == 0) & rows.duplicate & (p["kind"][rows.first] == MSG), DUPLICATE, error)


def _expect_replies(asked: Longs) -> Longs:
    """NodeId of the reply to each request, -1 where it is not known."""
    distinct, codes = code_numbers(asked)
    return np.array([REPLY_IDS.get(type_id, -1) for type_id in distinct], dtype=np.int64)[codes]


def name_actions(batch: Batch, rows: Rows, pairing: Longs) -> pa.Array:
    """The service, or what the message is."""
    services = find_services(batch, rows)
    kinds = batch.pdus["kind"][rows.first].astype(np.int64)
    numbers = np.where(_is_one(kinds, MSG, OPN, CLO) & (services >= 0), services, _KINDS + kinds)
    numbers = np.where(pairing == MALFORMED, _KINDS, numbers)
    return name_each(numbers, _name_action)


def _name_action(number: int) -> str:
    return _ACTIONS.get(number - _KINDS, "malformed") if number >= _KINDS else name_service(number)


def tell_outcomes(batch: Batch, rows: Rows, pairing: Longs, status: Longs) -> Longs:
    """Success or failure by the reply's status; an error message is a failure."""
    answered = (rows.reply >= 0) & (pairing != MALFORMED) & (batch.pdus["opaque"][rows.last] == 0)
    outcome = np.where(answered, 1, 0)
    outcome = np.where((status >= 0) & (status >> 30 >= 2), 2, outcome)
    return np.where(batch.pdus["kind"][rows.last] == ERR, 2, outcome)


def _is_one(kinds: NDArray[Any], *wanted: int) -> NDArray[np.bool_]:
    """Which kinds are one of those wanted: a table of 256 entries is faster than a search in a few."""
    table: NDArray[np.bool_] = np.zeros(256, dtype=np.bool_)
    table[list(wanted)] = True
    found: NDArray[np.bool_] = table[kinds]
    return found
