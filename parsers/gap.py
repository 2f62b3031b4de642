"""Holes in what waits in a slot, given up where they will not be filled; and the end of a side (kernels).

A hole that the receiver acknowledged, that has waited ``HOLE_NS``, or that grows past the slot is a gap: it is counted,
and parsing resumes at the next plausible message.
"""

from __future__ import annotations

from typing import Any

from parsers.draining import break_held, drain_slot, spill_message
from parsers.flow import NO_SLOT, SLOT_FREE, Scalars
from parsers.framing import (
    UNTIL_CLOSE,
    measure,
)
from parsers.message import WHOLE
from parsers.packet import Bytes
from parsers.recognition import is_read
from parsers.sequence import difference, is_acked_beyond, lose_bytes
from parsers.slot import (
    SLOT_BYTES,
    extend_held,
    find_oldest,
    locate,
    measure_hole,
    release_slot,
    shift_slot,
)
from wanglou.kernel import inlined_kernel, int64, kernel

HOLE_NS = 3_000_000_000

_MASK = 0xFFFFFFFF


@kernel
def close_gap(
    flow: Any, near: Any, far: Any, mine: Any, side: int, slots: Any, pool: Bytes, present: Bytes, spill: Bytes,
    messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Give up the hole before the bytes that are ahead: what was held is a broken message; go on beyond the hole."""
    slot = mine.slot
    s = slots[slot]
    break_held(flow, near, far, mine, side, slots, pool, spill, messages, conversations, scalars)
    lost = measure_hole(slots, slot, present)
    lose_bytes(mine, lost, scalars)
    shift_slot(slots, slot, s.held + lost, present)
    mine.next_seq = (mine.next_seq + lost + extend_held(slots, slot, present)) & _MASK
    mine.need = 0
    if s.held == 0 and s.ahead == 0:
        release_slot(slots, present, mine, scalars)
    else:
        drain_slot(flow, near, far, mine, side, slots, pool, present, spill, messages, conversations, scalars)


@inlined_kernel
def close_side(
    flow: Any, near: Any, far: Any, mine: Any, side: int, end: int, slots: Any, pool: Bytes, present: Bytes,
    spill: Bytes, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """A side ends at the number ``end`` (FIN): a message that only the end of its connection ends is whole there."""
    s = slots[mine.slot]
    held = int64(s.held)
    if s.ahead > 0 or held == 0 or mine.next_seq != end or mine.resync or not is_read(flow.app):
        return
    base = locate(slots, mine.slot)
    if measure(flow.app, pool, base, base + held, side == flow.client) < UNTIL_CLOSE:
        return
    spill_message(
        flow,
        near,
        far,
        side,
        slots,
        mine.slot,
        int64(0),
        held,
        held,
        int64(WHOLE),
        pool,
        spill,
        messages,
        conversations,
        scalars,
    )
    release_slot(slots, present, mine, scalars)


@inlined_kernel
def close_full(
    flow: Any, near: Any, far: Any, mine: Any, side: int, end: int, slots: Any, pool: Bytes, present: Bytes,
    spill: Bytes, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Where bytes up to the number ``end`` do not fit, close holes until they would leave half of the slot free.

    Half, so that what is left moves once in many segments and not with each of them.
    """
    room = SLOT_BYTES
    while mine.slot >= 0 and slots[mine.slot].ahead > 0:
        if slots[mine.slot].held + difference(end, mine.next_seq) <= room:
            return
        room = SLOT_BYTES // 2
        close_gap(flow, near, far, mine, side, slots, pool, present, spill, messages, conversations, scalars)


@inlined_kernel
def close_lost(
    flow: Any, near: Any, far: Any, mine: Any, side: int, ts: int, slots: Any, pool: Bytes, present: Bytes,
    spill: Bytes, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Close the holes whose bytes will not come: the receiver has acknowledged them, or they are overdue."""
    while is_acked_beyond(mine, slots) or _is_overdue(mine, slots, ts):
        close_gap(flow, near, far, mine, side, slots, pool, present, spill, messages, conversations, scalars)


@kernel
def _is_overdue(mine: Any, slots: Any, ts: int) -> bool:
    """True when the first bytes beyond the hole have waited too long."""
    if mine.slot < 0 or slots[mine.slot].ahead == 0:
        return False
    s = slots[mine.slot]
    beyond = s.marks - 1
    while beyond > 0 and s.mark_at[beyond - 1] > s.held:
        beyond -= 1
    return bool(ts - s.mark_ns[beyond] > HOLE_NS)


@inlined_kernel
def flush_side(
    flow: Any, near: Any, far: Any, mine: Any, side: int, slots: Any, pool: Bytes, present: Bytes, spill: Bytes,
    messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """End of a side: close its holes, and give what is left of a message as broken."""
    while mine.slot >= 0 and slots[mine.slot].ahead > 0:
        close_gap(flow, near, far, mine, side, slots, pool, present, spill, messages, conversations, scalars)
    if mine.slot >= 0 and is_read(flow.app):  # what was recognised on the other side only
        mine.need = 0
        drain_slot(flow, near, far, mine, side, slots, pool, present, spill, messages, conversations, scalars)
    if mine.slot < 0:
        return
    break_held(flow, near, far, mine, side, slots, pool, spill, messages, conversations, scalars)
    release_slot(slots, present, mine, scalars)


@inlined_kernel
def make_room(
    flows: Any, sides: Any, mine: Any, slots: Any, pool: Bytes, present: Bytes, spill: Bytes, messages: Any,
    conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Where the side needs a slot and none is free, take it from the side that has waited longest (counted)."""
    if mine.slot >= 0 or scalars[SLOT_FREE] >= 0:
        return
    owner = int64(slots[find_oldest(slots)].owner)
    f = owner // 2
    flush_side(
        flows[f], sides[2 * f], sides[2 * f + 1], sides[owner], owner % 2, slots, pool, present, spill, messages,
        conversations, scalars,
    )  # fmt: skip
    scalars[NO_SLOT] += 1
