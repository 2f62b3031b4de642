"""What waits in a slot: parsed as far as it goes, and given up where a hole will not be filled (kernels).

A hole that the receiver acknowledged, that has waited ``HOLE_NS``, or that grows past the slot is a gap: it is counted,
and parsing resumes at the next plausible message.
"""

from __future__ import annotations

from typing import Any

from parsers.flow import GAP_BYTES, GAPS, NO_SLOT, SLOT_FREE, SPILL_FULL, SPILLED, Scalars
from parsers.framing import MALFORMED, NEED_MORE, find, is_served, measure, recognise
from parsers.message import BROKEN_BY_GAP, MALFORMED_BYTES, WHOLE, add_message, register_conversation
from parsers.packet import Bytes
from parsers.protocol import NOT_RECOGNISED, UNKNOWN
from parsers.recognition import settle_app
from parsers.sequence import difference, is_acked_beyond
from parsers.slot import (
    SLOT_BYTES,
    extend_held,
    find_mark,
    find_newest,
    find_oldest,
    find_piece,
    locate,
    measure_hole,
    release_slot,
    shift_slot,
)
from wanglou.kernel import int64, kernel

HOLE_NS = 3_000_000_000

_MASK = 0xFFFFFFFF
_KEEP = 7  # bytes kept while looking for a header of eight


@kernel
def _spill_message(
    flow: Any, near: Any, far: Any, side: int, slots: Any, slot: int, at: int, count: int, status: int, pool: Bytes,
    spill: Bytes, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Copy a message out of the slot, whose bytes are about to move, and append it."""
    start = scalars[SPILLED]
    if start + count > len(spill):
        scalars[SPILL_FULL] += 1
        return
    base = locate(slots, slot)
    for k in range(count):
        spill[start + k] = pool[base + at + k]
    scalars[SPILLED] = start + count
    conversation = register_conversation(flow, near, far, conversations, scalars)
    s = slots[slot]
    first, last = find_mark(s, at), find_newest(s, at, at + count)
    add_message(
        messages, scalars, flow, conversation, side, status, 1, start, count, s.mark_packet[first],
        s.mark_packet[last], s.mark_ns[first], s.mark_ns[last], s.mark_pdu[first],
    )  # fmt: skip
    s.mark_pdu[first] += 1


@kernel
def drain_slot(
    flow: Any, near: Any, far: Any, mine: Any, side: int, slots: Any, pool: Bytes, present: Bytes, spill: Bytes,
    messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Parse what is contiguous in the slot."""
    slot = mine.slot
    s = slots[slot]
    base = locate(slots, slot)
    at = 0
    while at < s.held:
        if flow.app == UNKNOWN:
            served = is_served(flow.a_port) or is_served(flow.b_port)
            app, role = recognise(pool, base + at, base + s.held, served, False)
            if app == UNKNOWN:
                break
            settle_app(flow, app, role, side)
            if app == NOT_RECOGNISED:
                at = s.held
                break
        if mine.resync:
            segment = base + find_piece(s, at)
            found = find(flow.app, pool, base + at, base + s.held, side == flow.client, segment) - base
            if found >= s.held:
                skipped = max(s.held - at - _KEEP, 0)
                scalars[GAP_BYTES] += skipped
                at += skipped
                break
            scalars[GAP_BYTES] += found - at
            at = found
            mine.resync = 0
        size = measure(flow.app, pool, base + at, base + s.held, side == flow.client)
        if size == NEED_MORE or size > s.held - at:
            break
        status = WHOLE
        if size == MALFORMED:
            status = MALFORMED_BYTES
            segment = base + find_piece(s, at + 1)
            size = find(flow.app, pool, base + at + 1, base + s.held, side == flow.client, segment) - base - at
        _spill_message(
            flow, near, far, side, slots, slot, at, size, status, pool, spill, messages, conversations, scalars
        )
        at += size
    if at > 0:
        shift_slot(slots, slot, at, present)
    if flow.app == NOT_RECOGNISED or (s.held == 0 and s.ahead == 0):
        release_slot(slots, present, mine, scalars)


@kernel
def break_held(
    flow: Any, near: Any, far: Any, mine: Any, side: int, slots: Any, pool: Bytes, spill: Bytes, messages: Any,
    conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """What is held of a message whose rest will not come is a broken message."""
    s = slots[mine.slot]
    if s.held > 0 and flow.app not in (UNKNOWN, NOT_RECOGNISED) and not mine.resync:
        _spill_message(
            flow, near, far, side, slots, mine.slot, 0, s.held, BROKEN_BY_GAP, pool, spill, messages, conversations,
            scalars,
        )  # fmt: skip


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
    scalars[GAPS] += 1
    scalars[GAP_BYTES] += lost
    mine.gap_bytes += lost
    shift_slot(slots, slot, s.held + lost, present)
    mine.next_seq = (mine.next_seq + lost + extend_held(slots, slot, present)) & _MASK
    mine.resync = 1
    if s.held == 0 and s.ahead == 0:
        release_slot(slots, present, mine, scalars)
    else:
        drain_slot(flow, near, far, mine, side, slots, pool, present, spill, messages, conversations, scalars)


@kernel
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


@kernel
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


@kernel
def flush_side(
    flow: Any, near: Any, far: Any, mine: Any, side: int, slots: Any, pool: Bytes, present: Bytes, spill: Bytes,
    messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """End of a side: close its holes, and give what is left of a message as broken."""
    while mine.slot >= 0 and slots[mine.slot].ahead > 0:
        close_gap(flow, near, far, mine, side, slots, pool, present, spill, messages, conversations, scalars)
    if mine.slot < 0:
        return
    break_held(flow, near, far, mine, side, slots, pool, spill, messages, conversations, scalars)
    release_slot(slots, present, mine, scalars)


@kernel
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
    sides[owner].resync = 1
    scalars[NO_SLOT] += 1
