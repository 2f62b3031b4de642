"""What MQTT packets belong together: requests with their answers, and the four packets of a QoS 2 handshake (kernels).

Standard: OASIS MQTT 5.0, §4.3 (quality of service), §2.2.1 (packet identifiers: each side has its own).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.flow import hash_words
from parsers.mqtt_frame import (
    CONNACK,
    CONNECT,
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
)
from parsers.pairing import ALONE, ANSWERS, ASKS, Pairs, pair_rows
from wanglou.kernel import int64, kernel

REFUSED = 0x80
"""First reason code that is an error (5.0 §2.4)."""

_SEED = secrets.randbits(31) | 1  # so that traffic cannot be made to collide


@dataclass(frozen=True, slots=True)
class Handshakes:
    """Pairs of packets, and what came between a PUBLISH of QoS 2 and its PUBCOMP."""

    pairs: Pairs
    received: NDArray[np.int32]
    """int32[n]: by PUBLISH, row of its PUBREC, -1: none."""
    released: NDArray[np.int32]
    """int32[n]: by PUBLISH, row of its PUBREL, -1: none."""


def pair_packets(
    messages: Any, packets: Any, *, timeout_ns: int, most: int, flush: bool, has_handshakes: bool
) -> Handshakes:
    """Pair the packets of a batch; rows of ``pairs`` are those of ``packets``.

    ``waiting`` holds the PUBREC and PUBREL of handshakes that go on, too; without ``has_handshakes`` there are none.
    """
    n = len(packets)
    keys, details, ts_ns = np.empty((3, n), dtype=np.int64)
    roles = np.empty(n, dtype=np.uint8)
    key_packets(messages, packets, keys, details, ts_ns, roles)
    links = np.full((2, n), -1, dtype=np.int32)
    marked = np.ascontiguousarray(messages["duplicate"])
    if not has_handshakes:
        return Handshakes(_pair(keys, details, roles, ts_ns, marked, timeout_ns, most, flush=flush), *links)
    slots = np.full(1 << (2 * n).bit_length(), -1, dtype=np.int32)
    between = np.zeros(n, dtype=np.bool_)
    link_handshakes(messages, packets, keys, slots, links[0], links[1], between, timeout_ns, _SEED)
    chosen = np.flatnonzero(~between).astype(np.int32)
    pairs = _pair(
        keys[chosen], details[chosen], roles[chosen], ts_ns[chosen], marked[chosen], timeout_ns, most, flush=flush
    )
    return Handshakes(_translate(pairs, chosen, links), *links)


def _pair(
    keys: Any, details: Any, roles: Any, ts_ns: Any, marked: Any, timeout_ns: int, most: int, *, flush: bool
) -> Pairs:  # fmt: skip
    return pair_rows(keys, details, roles, ts_ns, marked, timeout_ns=timeout_ns, most=most, flush=flush)


def _translate(pairs: Pairs, chosen: NDArray[np.int32], links: NDArray[np.int32]) -> Pairs:
    """Rows of the chosen packets as rows of all, what came between kept waiting beside its PUBLISH."""
    request = np.where(pairs.request >= 0, chosen[pairs.request], -1).astype(np.int32)
    reply = np.where(pairs.reply >= 0, chosen[pairs.reply], -1).astype(np.int32)
    waiting = chosen[pairs.waiting]
    marks = np.zeros(links.shape[1], dtype=np.uint8)
    marks[waiting] = pairs.waiting_duplicate
    held = links[:, waiting].ravel()
    together = np.sort(np.concatenate([waiting, held[held >= 0]]))
    return Pairs(request, reply, pairs.duplicate, together, marks[together], pairs.dropped)


@kernel
def key_packets(
    messages: Any, packets: Any, keys: NDArray[np.int64], details: NDArray[np.int64], ts_ns: NDArray[np.int64],
    roles: NDArray[np.uint8],
) -> None:  # fmt: skip
    """What pairing needs: connection, kind of exchange, whose identifier and which as one key; the answer awaited."""
    for i in range(len(packets)):
        m, p = messages[i], packets[i]
        kind, qos, server = int64(p.kind), int64(p.bits) >> 1 & 3, int64(m.from_server)
        role, exchange, detail = ALONE, int64(PUBLISH), int64(0)
        if kind == PUBLISH and qos > 0:
            role, detail = ASKS, int64(PUBACK if qos == 1 else PUBCOMP)
        elif kind == PUBREL:
            role, detail = ASKS, int64(PUBCOMP)
        elif kind in (PUBACK, PUBCOMP):
            role, detail, server = ANSWERS, kind, 1 - server
        elif kind == PUBREC:
            role, detail, server = ANSWERS if p.reason >= REFUSED else ALONE, int64(PUBCOMP), 1 - server
        elif kind in (CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ):
            role, exchange, server = ASKS, kind, int64(0)
        elif kind in (CONNACK, SUBACK, UNSUBACK, PINGRESP):
            role, exchange, server = ANSWERS, kind - 1, int64(0)
        keys[i] = m.flow_uid << 21 | exchange << 17 | server << 16 | (int64(p.packet_id) & 0xFFFF)
        if kind in (CONNECT, CONNACK, PINGREQ, PINGRESP):
            keys[i] = m.flow_uid << 21 | exchange << 17
        details[i] = detail
        ts_ns[i] = m.ts_ns
        roles[i] = ALONE if p.malformed else role


@kernel
def link_handshakes(
    messages: Any, packets: Any, keys: NDArray[np.int64], slots: NDArray[np.int32], received: NDArray[np.int32],
    released: NDArray[np.int32], between: NDArray[np.bool_], timeout_ns: int, seed: int,
) -> None:  # fmt: skip
    """Note PUBREC and PUBREL beside the PUBLISH of QoS 2 they belong to, in which case they pair with nothing else.

    ``slots`` is an empty hash table (-1) of a power of two above 2n.
    """
    for i in range(len(packets)):
        p = packets[i]
        kind = p.kind
        if p.malformed or not (kind in (PUBREC, PUBREL, PUBCOMP) or (kind == PUBLISH and p.bits & 0x04)):
            continue
        place = _find_place(keys, slots, keys[i], seed)
        at = int64(slots[place])
        live = at >= 0 and packets[at].kind == PUBLISH and messages[i].ts_ns - messages[at].ts_ns <= timeout_ns
        if kind == PUBLISH:
            if not live:  # one that is sent again leaves its first in place, which is answered first
                slots[place] = i
        elif live and kind == PUBREC and p.reason < REFUSED and received[at] < 0:
            received[at] = i
            between[i] = True
        elif live and kind == PUBREL and released[at] < 0:
            released[at] = i
            between[i] = True
        elif live and (kind == PUBCOMP or (kind == PUBREC and p.reason >= REFUSED)):
            slots[place] = i  # the handshake is over: what comes under this identifier belongs to no PUBLISH


@kernel
def _find_place(keys: NDArray[np.int64], slots: NDArray[np.int32], key: int, seed: int) -> int:
    """Where the last PUBLISH of a key stands, or may stand."""
    mask = len(slots) - 1
    place = hash_words(seed, key & 0xFFFFFFFF, key >> 32, 0, 0) & mask
    while slots[place] >= 0 and keys[slots[place]] != key:
        place = (place + 1) & mask
    return int64(place)
