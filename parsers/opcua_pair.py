"""Join OPC UA requests with their replies: by request id, hellos with acknowledges, encrypted openings in order.

Publish requests wait for what there is to tell, which takes longer than any other reply: they are paired apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.opcua_frame import ACK, ERR, HEL, MSG, OPN
from parsers.opcua_services import SERVICE_FAULT
from parsers.pairing import ALONE, ANSWERS, ASKS, Pairs, pair_rows

PUBLISH, PUBLISH_REPLY = 826, 829
PATIENCE = 10
"""How many times longer a Publish request waits than others."""

_BY_REQUEST, _BY_HELLO, _BY_OPENING = 0, 1, 2


def pair_messages(messages: Any, pdus: Any, *, timeout_ns: int, most: int, flush: bool) -> Pairs:
    """Pair messages given in packet order."""
    keys, roles = key_messages(messages, pdus)
    patient = find_patient(keys, roles, pdus["type_id"])
    if not patient.any():
        return _pair(messages, keys, roles, np.arange(len(keys)), timeout_ns, most, flush=flush)
    halves = [
        _pair(messages, keys, roles, np.flatnonzero(chosen), wait_ns, most, flush=flush)
        for chosen, wait_ns in ((patient, PATIENCE * timeout_ns), (~patient, timeout_ns))
    ]
    return _merge(*halves)


def key_messages(messages: Any, pdus: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """What pairing needs: int64[n] keys that are equal in request and reply, and roles."""
    kind, number = pdus["kind"], pdus["request"]
    opaque = pdus["opaque"] == 1
    by = np.full(len(messages), _BY_REQUEST, dtype=np.int64)
    by[(kind == HEL) | (kind == ACK) | (kind == ERR)] = _BY_HELLO
    by[(kind == OPN) & opaque] = _BY_OPENING
    numbers = np.where(by == _BY_REQUEST, number, 0)
    keys = (messages["flow_uid"] * 3 + by) * ((1 << 32) + 15) + numbers
    server = messages["from_server"] == 1
    roles = np.where(server, ANSWERS, ASKS).astype(np.uint8)
    paired = (kind == HEL) | (kind == ACK) | (kind == OPN) | ((kind == MSG) & ~opaque)
    paired |= (kind == ERR) & server
    roles[~paired | (pdus["malformed"] == 1)] = ALONE
    return keys, roles


def find_patient(keys: NDArray[np.int64], roles: NDArray[np.uint8], type_ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[n]: Publish requests and their replies, faults among them too."""
    asked = (type_ids == PUBLISH) & (roles == ASKS)
    patient: NDArray[np.bool_] = asked | ((type_ids == PUBLISH_REPLY) & (roles == ANSWERS))
    faults = (type_ids == SERVICE_FAULT) & (roles == ANSWERS)
    if asked.any() and faults.any():
        others = keys[(roles == ASKS) & ~asked]
        patient |= faults & np.isin(keys, keys[asked]) & ~np.isin(keys, others)
    return patient


def _pair(
    messages: Any, keys: NDArray[np.int64], roles: NDArray[np.uint8], chosen: NDArray[Any],
    timeout_ns: int, most: int, *, flush: bool,
) -> Pairs:  # fmt: skip
    """Pair some of the rows; the numbers returned are those of all."""
    details = np.zeros(len(keys), dtype=np.int64)
    found = pair_rows(
        keys[chosen], details[chosen], roles[chosen], messages["ts_ns"][chosen].astype(np.int64),
        messages["duplicate"][chosen], timeout_ns=timeout_ns, most=most, flush=flush,
    )  # fmt: skip
    own = np.append(chosen, -1).astype(np.int32)  # -1 stays -1
    return Pairs(
        own[found.request], own[found.reply], found.duplicate, own[found.waiting], found.waiting_duplicate,
        found.dropped,
    )  # fmt: skip


def _merge(one: Pairs, other: Pairs) -> Pairs:
    """Both, in the order in which their last messages came."""
    request, reply = np.r_[one.request, other.request], np.r_[one.reply, other.reply]
    order = np.argsort(np.maximum(request, reply), kind="stable")
    waiting = np.r_[one.waiting, other.waiting]
    queue = np.argsort(waiting, kind="stable")
    return Pairs(
        request[order],
        reply[order],
        np.r_[one.duplicate, other.duplicate][order],
        waiting[queue],
        np.r_[one.waiting_duplicate, other.waiting_duplicate][queue],
        one.dropped + other.dropped,
    )
