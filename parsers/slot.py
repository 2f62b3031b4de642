"""A slot: bytes of one TCP side from the first not yet parsed, in order of their numbers, with holes (kernels).

A flag per byte says whether it has arrived, so holes fill in any order and the first arrival of a byte wins. Marks say
which packet brought which bytes, so that every message knows the packets it came from.

Layout; ``held``, ``top`` and the marks count from ``begin``::

    0     begin        held                      top        SLOT_BYTES
    |     |############|......|#######|..|#######|              # arrived   . hole
          |  contiguous       ahead (counted)    |
          ^ mark 0            ^ mark 1   ^ mark 2

Dropping bytes moves ``begin`` and nothing else; what is left moves to the front only where the end has no room.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.flow import NO_SLOT, OVERLAP_BYTES, SLOT_FREE, Scalars
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

SLOT_BYTES = 131_072
"""The longest message that is kept whole, and the largest segment behind it."""
MARKS = 32
"""Pieces a slot tells apart; where there are more, bytes of some are taken for those of the piece before."""

SLOT = np.dtype(
    [
        ("mark_packet", "i8", (MARKS,)),
        ("mark_ns", "i8", (MARKS,)),
        ("mark_at", "i4", (MARKS,)),  # where the piece begins; ascending
        ("mark_pdu", "i4", (MARKS,)),  # number of the next message that begins in that packet
        ("marks", "i4"),
        ("begin", "i4"),  # bytes dropped since the rest last moved to the front
        ("held", "i4"),  # contiguous bytes from begin on
        ("top", "i4"),  # one past the last byte that has arrived
        ("ahead", "i4"),  # bytes that have arrived beyond the hole
        ("next_free", "i4"),
        ("owner", "i4"),  # whose it is: 2 * flow + side
    ],
    align=True,
)


@kernel
def locate(slots: Any, slot: int) -> int:
    """Where the slot's first byte lies in the pool."""
    return int(slot * SLOT_BYTES + slots[slot].begin)


@kernel
def take_slot(slots: Any, scalars: Scalars) -> int:
    """A free slot's number, -1 when all are taken (counted)."""
    slot = scalars[SLOT_FREE]
    if slot < 0:
        scalars[NO_SLOT] += 1
        return -1
    s = slots[slot]
    scalars[SLOT_FREE] = s.next_free
    s.marks = 0
    s.begin = 0
    s.held = 0
    s.top = 0
    s.ahead = 0
    return int(slot)


@kernel
def release_slot(slots: Any, present: Bytes, side: Any, scalars: Scalars) -> None:
    """Give the side's slot back, clean."""
    slot = side.slot
    if slot < 0:
        return
    base = locate(slots, slot)
    for at in range(base, base + slots[slot].top):
        present[at] = 0
    slots[slot].top = 0
    slots[slot].next_free = scalars[SLOT_FREE]
    scalars[SLOT_FREE] = slot
    side.slot = -1
    side.need = 0


@kernel
def find_oldest(slots: Any) -> int:
    """The slot whose first bytes have waited longest, of slots that are all taken."""
    oldest = 0
    for slot in range(1, len(slots)):
        if slots[slot].mark_ns[0] < slots[oldest].mark_ns[0]:
            oldest = slot
    return oldest


@kernel
def store_bytes(
    buf: Bytes, pos: int, count: int, slots: Any, slot: int, at: int, packet: int, ts: int, pdu: int, pool: Bytes,
    present: Bytes, scalars: Scalars,
) -> int:  # fmt: skip
    """Put bytes at offset ``at`` of the slot where none arrived before; returns how many became contiguous.

    ``pdu`` is the number of the next message that begins in ``packet``; ``at + count`` is at most ``SLOT_BYTES``.
    """
    s = slots[slot]
    if s.begin + at + count > SLOT_BYTES:
        _move_to_front(slots, slot, pool, present)
    base = locate(slots, slot)
    fresh = True
    for k in range(count):
        if present[base + at + k]:
            scalars[OVERLAP_BYTES] += 1
            fresh = True
            continue
        if fresh:
            _add_mark(s, at + k, packet, ts, pdu)
            fresh = False
        present[base + at + k] = 1
        pool[base + at + k] = buf[pos + k]
        s.ahead += 1
    s.top = max(s.top, at + count)
    return extend_held(slots, slot, present)


@kernel
def extend_held(slots: Any, slot: int, present: Bytes) -> int:
    """Count as held what has become contiguous; returns how many bytes that is."""
    base = locate(slots, slot)
    s = slots[slot]
    before = s.held
    while s.held < s.top and present[base + s.held]:
        s.held += 1
    s.ahead -= s.held - before
    return int(s.held - before)


@kernel
def measure_hole(slots: Any, slot: int, present: Bytes) -> int:
    """Bytes missing between what is held and what is ahead."""
    base = locate(slots, slot)
    s = slots[slot]
    at = int(s.held)
    while at < s.top and not present[base + at]:
        at += 1
    return int(at - s.held)


@kernel
def shift_slot(slots: Any, slot: int, count: int, present: Bytes) -> None:
    """Drop the first ``count`` bytes of the slot (at most ``top``), with the marks of pieces wholly in them."""
    base = locate(slots, slot)
    s = slots[slot]
    for k in range(count):
        present[base + k] = 0
    first = find_mark(s, count)
    for k in range(s.marks - first):
        s.mark_packet[k], s.mark_ns[k] = s.mark_packet[first + k], s.mark_ns[first + k]
        s.mark_at[k], s.mark_pdu[k] = max(s.mark_at[first + k] - count, 0), s.mark_pdu[first + k]
    s.marks -= first
    s.begin += count
    s.top -= count
    s.held = max(s.held - count, 0)


@kernel
def _move_to_front(slots: Any, slot: int, pool: Bytes, present: Bytes) -> None:
    """Give the room of dropped bytes back to the end."""
    base = slot * SLOT_BYTES
    s = slots[slot]
    begin, top = int64(s.begin), int64(s.top)
    for k in range(top):
        pool[base + k] = pool[base + begin + k]
        present[base + k] = present[base + begin + k]
    for k in range(max(begin, top), begin + top):
        present[base + k] = 0
    s.begin = 0


@kernel
def _add_mark(s: Any, at: int, packet: int, ts: int, pdu: int) -> None:
    """Remember that the bytes from ``at`` on came in ``packet``."""
    if s.marks == MARKS:
        _thin_marks(s)
    k = s.marks
    while k > 0 and s.mark_at[k - 1] > at:
        s.mark_packet[k], s.mark_ns[k] = s.mark_packet[k - 1], s.mark_ns[k - 1]
        s.mark_at[k], s.mark_pdu[k] = s.mark_at[k - 1], s.mark_pdu[k - 1]
        k -= 1
    s.mark_packet[k], s.mark_ns[k], s.mark_at[k], s.mark_pdu[k] = packet, ts, at, pdu
    s.marks += 1


@kernel
def _thin_marks(s: Any) -> None:
    """Forget every second mark but the last, so that the first and the newest pieces keep theirs."""
    kept = 0
    for k in range(MARKS):
        if k % 2 == 0 or k == MARKS - 1:
            s.mark_packet[kept], s.mark_ns[kept] = s.mark_packet[k], s.mark_ns[k]
            s.mark_at[kept], s.mark_pdu[kept] = s.mark_at[k], s.mark_pdu[k]
            kept += 1
    s.marks = kept


@kernel
def find_mark(s: Any, at: int) -> int:
    """Number of the mark whose piece holds the byte at ``at``; 0 when it lies before all of them."""
    k = s.marks - 1
    while k > 0 and s.mark_at[k] > at:
        k -= 1
    return max(int(k), 0)


@kernel
def find_piece(s: Any, at: int) -> int:
    """Where the first piece that begins at or after ``at`` does so, -1 when none does."""
    for k in range(s.marks):
        if s.mark_at[k] >= at:
            return int(s.mark_at[k])
    return -1


@kernel
def find_newest(s: Any, at: int, end: int) -> int:
    """Number of the mark with the last packet among the pieces that hold bytes from ``at`` to before ``end``."""
    newest = find_mark(s, at)
    for k in range(newest + 1, s.marks):
        if s.mark_at[k] < end and s.mark_packet[k] > s.mark_packet[newest]:
            newest = k
    return int(newest)
