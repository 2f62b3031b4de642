"""Join OPC UA requests with their replies: by request id, hellos with acknowledges, encrypted openings in order.

Publish requests wait for what there is to tell, which takes longer than any other reply: they are paired apart.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.opcua_frame import ACK, ERR, HEL, MSG, OPN
from parsers.opcua_services import SERVICE_FAULT
from parsers.pairing import ALONE, ANSWERS, ASKS, Pairs, pair_rows
from wanglou.kernel import int64, kernel

PUBLISH, PUBLISH_REPLY = 826, 829
PATIENCE = 10
"""How many times longer a Publish request waits than others."""

_BY_REQUEST, _BY_HELLO, _BY_OPENING = 0, 1, 2
_ASKED, _ANSWERED, _FAULT = 1, 2, 3


class Keyed(NamedTuple):
    """What pairing needs of messages; arrays are numbered alike."""

    keys: NDArray[np.int64]
    """Equal in request and reply."""
    roles: NDArray[np.uint8]
    """ASKS, ANSWERS or ALONE."""
    publishes: NDArray[np.uint8]
    """_ASKED, _ANSWERED or _FAULT, 0: has nothing to do with Publish."""
    ts_ns: NDArray[np.int64]
    marked: NDArray[np.uint8]
    """1: another request waited under its key when it came."""

    def pick(self, which: NDArray[Any]) -> Keyed:
        """Some of the messages."""
        members: Any = [member[which] for member in self]
        return Keyed(*members)


def pair_messages(messages: Any, pdus: Any, *, timeout_ns: int, most: int, flush: bool) -> Pairs:
    """Pair messages given in packet order."""
    keyed, found = key_messages(messages, pdus)
    if not found:
        return _pair(keyed, timeout_ns, most, flush=flush)
    patient = find_patient(keyed)
    return _merge(
        *[
            _renumber(_pair(keyed.pick(chosen), wait_ns, most, flush=flush), chosen)
            for chosen, wait_ns in (
                (np.flatnonzero(patient), PATIENCE * timeout_ns),
                (np.flatnonzero(~patient), timeout_ns),
            )
        ]
    )


def key_messages(messages: Any, pdus: Any) -> tuple[Keyed, bool]:
    """What pairing needs, and whether there are Publish requests or replies."""
    count = len(messages)
    roles, publishes, marked = np.empty((3, count), dtype=np.uint8)
    keys, ts_ns = np.empty((2, count), dtype=np.int64)
    found = _key(messages, pdus, keys, roles, publishes, ts_ns, marked)
    return Keyed(keys, roles, publishes, ts_ns, marked), found > 0


@kernel
def _key(
    messages: Any, pdus: Any, keys: NDArray[np.int64], roles: NDArray[np.uint8], publishes: NDArray[np.uint8],
    ts_ns: NDArray[np.int64], marked: NDArray[np.uint8],
) -> int:  # fmt: skip
    """Fill the arrays; returns how many Publish requests and replies there are."""
    found = 0
    for i in range(len(messages)):
        m, p = messages[i], pdus[i]
        by, number = _BY_REQUEST, int64(p.request)
        if p.kind in (HEL, ACK, ERR):
            by, number = _BY_HELLO, int64(0)
        elif p.kind == OPN and p.opaque == 1:
            by, number = _BY_OPENING, int64(0)
        keys[i] = (int64(m.flow_uid) * 3 + by) * ((1 << 32) + 15) + number
        role = ANSWERS if m.from_server == 1 else ASKS
        alone = p.malformed == 1 or (p.kind == MSG and p.opaque == 1) or (p.kind == ERR and m.from_server != 1)
        if alone or p.kind not in (HEL, ACK, OPN, MSG, ERR):
            role = ALONE
        kind = 0
        if role == ASKS and p.type_id == PUBLISH:
            kind = _ASKED
        elif role == ANSWERS and p.type_id == PUBLISH_REPLY:
            kind = _ANSWERED
        elif role == ANSWERS and p.type_id == SERVICE_FAULT:
            kind = _FAULT
        found += kind in (_ASKED, _ANSWERED)
        roles[i], publishes[i], ts_ns[i], marked[i] = role, kind, m.ts_ns, m.duplicate
    return found


def find_patient(keyed: Keyed) -> NDArray[np.bool_]:
    """bool[n]: Publish requests and their replies, faults among them too."""
    asked, faults = keyed.publishes == _ASKED, keyed.publishes == _FAULT
    patient: NDArray[np.bool_] = asked | (keyed.publishes == _ANSWERED)
    if asked.any() and faults.any():
        others = keyed.keys[(keyed.roles == ASKS) & ~asked]
        patient |= faults & np.isin(keyed.keys, keyed.keys[asked]) & ~np.isin(keyed.keys, others)
    return patient


def _pair(keyed: Keyed, timeout_ns: int, most: int, *, flush: bool) -> Pairs:
    """Pair messages that wait equally long."""
    details = np.zeros(len(keyed.keys), dtype=np.int64)
    return pair_rows(
        keyed.keys, details, keyed.roles, keyed.ts_ns, keyed.marked, timeout_ns=timeout_ns, most=most, flush=flush
    )


def _renumber(found: Pairs, chosen: NDArray[Any]) -> Pairs:
    """Pairs of the chosen messages, by their numbers among all."""
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
