"""Handle messages that came over UDP in fragments, put together again (kernels).

Every fragment has an envelope of its own, with the same request id and the length of the whole message; fragment i
holds its bytes from 492 i on (RFC 3652 §2.3, and what implementations make of it). The first arrival of a fragment
wins; one that differs from it is noted. Fragments that wait stay messages: they are the only state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.handle_frame import ENVELOPE, FRAGMENT_BYTES, MOST_FRAGMENTS, is_fragment
from parsers.handle_pdu import FRAGMENT_CONFLICT, FRAGMENT_MISSING, FRAGMENT_NUMBER, NO_ERROR
from parsers.message import MALFORMED_BYTES, WHOLE
from parsers.packet import Bytes, get32
from wanglou.kernel import int64, kernel

WAIT_NS = 10_000_000_000
"""Packet time in which the fragments of a message must come: clients give up after three seconds."""

Numbers = NDArray[np.int64]

SET = np.dtype(
    [("first", "i8"), ("count", "i8"), ("total", "i8"), ("last", "i8"), ("fault", "i4"), ("state", "i4")], align=True
)
"""Fragments of one message: ``count`` entries of the flat list from ``first`` on; ``last`` is the row of the latest."""

OPEN, COMPLETE, CLOSED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Sets:
    """What the fragments of a batch make up."""

    sets: Any
    """SET[n], in the order of their last fragments."""
    members: NDArray[np.int64]
    """Rows of their messages, in the order of the fragments' numbers."""
    doubled: int
    """Fragments that had come before."""


@kernel
def mark_fragments(data: Bytes, spill: Bytes, messages: Any, marks: NDArray[np.bool_]) -> None:
    """Set ``marks`` where a message is a datagram's worth of a longer one."""
    for i in range(len(messages)):
        m = messages[i]
        marks[i] = False
        if m.status in (MALFORMED_BYTES, WHOLE):
            start = int64(m.offset)
            marks[i] = is_fragment(data if m.spill == 0 else spill, start, start + int64(m.length))


def collect_fragments(
    data: Bytes, spill: Bytes, messages: Any, rows: Numbers, *, now_ns: int, most: int, flush: bool
) -> Sets:
    """Sets that the fragments in ``rows`` of ``messages`` make up; at most ``most`` fragments go on waiting."""
    keys = np.empty(len(rows), dtype=np.int64)
    _key_fragments(data, spill, messages, rows, keys)
    order = rows[np.argsort(keys, kind="stable")]
    sets = np.recarray(len(rows), dtype=SET)
    members, slots = np.empty(len(rows), dtype=np.int64), np.full(MOST_FRAGMENTS, -1, dtype=np.int64)
    counts = np.zeros(3, dtype=np.int64)
    _collect(data, spill, messages, order, np.sort(keys), sets, members, slots, counts, now_ns, flush)
    found = sets[: counts[0]]
    found = found[np.argsort(found["last"], kind="stable")]
    waiting = np.flatnonzero(found["state"] == OPEN)
    beyond = np.cumsum(found["count"][waiting][::-1])[::-1] > most
    found["state"][waiting[beyond]], found["fault"][waiting[beyond]] = CLOSED, FRAGMENT_MISSING
    return Sets(found, members, int(counts[2]))


@kernel
def _key_fragments(data: Bytes, spill: Bytes, messages: Any, rows: Numbers, keys: Numbers) -> None:
    """Flow, direction and request id as one number."""
    for k in range(len(rows)):
        m = messages[rows[k]]
        buf = data if m.spill == 0 else spill
        side = (int64(m.flow_uid) & 0x3FFFFFFF) << 1 | int64(m.from_server)
        keys[k] = side << 32 | get32(buf, int64(m.offset) + 8)


@kernel
def _collect(
    data: Bytes, spill: Bytes, messages: Any, order: Numbers, keys: Numbers, sets: Any, members: Numbers,
    slots: Numbers, counts: Numbers, now_ns: int, flush: bool,
) -> None:  # fmt: skip
    """Walk the fragments key by key; ``slots`` holds the rows of the set that is being filled, by number."""
    total, held, last, fault, started = int64(-1), int64(0), int64(-1), int64(NO_ERROR), int64(0)
    for k in range(len(order)):
        row = order[k]
        m = messages[row]
        buf, start = data if m.spill == 0 else spill, int64(m.offset)
        number, length = get32(buf, start + 12), get32(buf, start + 16)
        if held > 0 and (keys[k] != keys[k - 1] or length != total or m.ts_ns - started > WAIT_NS):
            keeps = keys[k] != keys[k - 1] and not flush and now_ns - started <= WAIT_NS
            _put(sets, members, slots, counts, total, held, last, fault, OPEN if keeps else CLOSED)
            held = int64(0)
        if not _fits(number, length, int64(m.length) - ENVELOPE):
            _put_alone(sets, members, counts, row, length)
            continue
        if held == 0:
            total, fault, started = length, int64(NO_ERROR), int64(m.ts_ns)
        if slots[number] >= 0:
            counts[2] += 1
            if not _is_same(data, spill, messages[slots[number]], m):
                fault = int64(FRAGMENT_CONFLICT)
            continue
        slots[number] = row
        held += 1
        last = max(row, last) if held > 1 else row
        if held == (total + FRAGMENT_BYTES - 1) // FRAGMENT_BYTES:
            _put(sets, members, slots, counts, total, held, last, fault, COMPLETE)
            held = int64(0)
    if held > 0:
        keeps = not flush and now_ns - started <= WAIT_NS
        _put(sets, members, slots, counts, total, held, last, fault, OPEN if keeps else CLOSED)


@kernel
def _fits(number: int, total: int, there: int) -> bool:
    """True when a fragment of ``there`` bytes can be the one of that number in a message of ``total`` bytes."""
    most = (total + FRAGMENT_BYTES - 1) // FRAGMENT_BYTES
    if most > MOST_FRAGMENTS or number >= most:
        return False
    return there == (FRAGMENT_BYTES if number < most - 1 else total - FRAGMENT_BYTES * (most - 1))


@kernel
def _is_same(data: Bytes, spill: Bytes, m: Any, n: Any) -> bool:
    """True when two fragments hold the same bytes."""
    near, far = data if m.spill == 0 else spill, data if n.spill == 0 else spill
    at, bt = int64(m.offset), int64(n.offset)
    for k in range(int64(m.length)):  # noqa: SIM110 - kernels know no generators
        if near[at + k] != far[bt + k]:
            return False
    return True


@kernel
def _put(
    sets: Any, members: Numbers, slots: Numbers, counts: Numbers, total: int, held: int, last: int, fault: int,
    state: int,
) -> None:  # fmt: skip
    """Write a set down, its fragments in the order of their numbers, and empty ``slots``."""
    s = sets[counts[0]]
    s.first, s.count, s.total, s.last, s.state = counts[1], held, total, last, state
    s.fault = FRAGMENT_MISSING if state == CLOSED else fault
    for number in range(MOST_FRAGMENTS):
        if held == 0:
            break
        if slots[number] >= 0:
            members[counts[1]] = slots[number]
            counts[1] += 1
            held -= 1
            slots[number] = -1
    counts[0] += 1


@kernel
def _put_alone(sets: Any, members: Numbers, counts: Numbers, row: int, total: int) -> None:
    """Write down a fragment whose number or length is impossible."""
    s = sets[counts[0]]
    s.first, s.count, s.total, s.last, s.state, s.fault = counts[1], 1, total, row, CLOSED, FRAGMENT_NUMBER
    members[counts[1]] = row
    counts[1] += 1
    counts[0] += 1


@kernel
def join_fragments(
    data: Bytes, spill: Bytes, messages: Any, sets: Any, members: Numbers, joined: Any, out: Bytes, at: int
) -> int:
    """Lay the bytes of complete sets into ``out`` from ``at`` on and fill their rows of ``joined``.

    A set that was closed keeps its first fragment as it is. Gives how far ``out`` is filled. The envelope is that of
    the last fragment, whose number then tells how many there were.
    """
    for i in range(len(sets)):
        s, j = sets[i], joined[i]
        start, count = at, int64(s.count)
        for k in range(count):
            m = messages[members[s.first + k]]
            buf, pos, length = data if m.spill == 0 else spill, int64(m.offset), int64(m.length)
            if s.state != COMPLETE and k > 0:
                break
            skipped = 0 if k == 0 else ENVELOPE
            for b in range(skipped, length):
                out[at + b - skipped] = buf[pos + b]
            for b in range(ENVELOPE):
                out[start + b] = buf[pos + b]
            at += length - skipped
        j.offset, j.length, j.wire, j.spill = start, at - start, at - start, 1
        j.status = WHOLE if s.state == COMPLETE else MALFORMED_BYTES
        for k in range(count):
            m = messages[members[s.first + k]]
            if m.packet < j.packet:
                j.packet, j.pdu, j.ts_ns = m.packet, m.pdu, m.ts_ns
            j.packet_end, j.end_ns = max(j.packet_end, m.packet_end), max(j.end_ns, m.end_ns)
            j.duplicate = max(j.duplicate, m.duplicate)
    return at
