"""Bytes of a TCP side in order: what cannot be parsed in place waits in a bounded slot (kernels).

Most segments arrive in order and hold whole messages; ``parsers.tracking`` parses those where they lie. The others
come here: a slot holds the bytes from the first one not yet parsed, a mark per byte that has arrived, and so fills
holes in any order; the first arrival of a byte wins. A hole that the receiver acknowledged, that has waited
``HOLE_NS``, or that grows past the slot is a gap: it is counted, and parsing resumes at the next plausible message.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.flow import (
    GAP_BYTES,
    GAPS,
    NO_SLOT,
    OUT_OF_ORDER,
    OVERLAP_BYTES,
    SLOT_FREE,
    SPILL_FULL,
    SPILLED,
    Scalars,
)
from parsers.framing import (
    MALFORMED,
    NEED_MORE,
    NOT_RECOGNISED,
    UNKNOWN,
    find,
    is_served,
    measure,
    recognise,
)
from parsers.message import (
    BROKEN_BY_GAP,
    MALFORMED_BYTES,
    WHOLE,
    add_message,
    register_conversation,
)
from parsers.modbus_frame import REPLY, REQUEST
from parsers.network import Bytes
from wanglou.kernel import kernel

SLOT_BYTES = 65_536
HOLE_NS = 3_000_000_000
TRIES = 4
"""Segments looked at before a flow is given up as none of ours."""

SLOT = np.dtype(
    [
        ("first_packet", "i8"),  # where the held bytes begin
        ("first_ns", "i8"),
        ("ahead_packet", "i8"),  # the first packet beyond the hole
        ("ahead_ns", "i8"),
        ("held", "i4"),  # contiguous bytes from the start of the slot
        ("top", "i4"),  # one past the last byte that has arrived
        ("ahead", "i4"),  # bytes that have arrived beyond the hole
        ("pdu", "i4"),  # number of the message the held bytes begin, in its packet
        ("ahead_pdu", "i4"),  # the same for the packet beyond the hole
        ("next_free", "i4"),
    ],
    align=True,
)

_MASK = 0xFFFFFFFF
_KEEP = 7  # bytes kept while looking for a header of eight


@kernel
def difference(a: int, b: int) -> int:
    """``a - b`` of sequence numbers, between -2**31 and 2**31 (RFC 9293 §3.4)."""
    d = (a - b) & _MASK
    return d - 0x100000000 if d >= 0x80000000 else d


@kernel
def take_slot(slots: Any, scalars: Scalars) -> int:
    """A free slot's number, -1 when all are taken (counted)."""
    slot = scalars[SLOT_FREE]
    if slot < 0:
        scalars[NO_SLOT] += 1
        return -1
    scalars[SLOT_FREE] = slots[slot].next_free
    slots[slot].held = 0
    slots[slot].top = 0
    slots[slot].ahead = 0
    slots[slot].pdu = 0
    slots[slot].ahead_pdu = 0
    slots[slot].ahead_packet = -1
    return int(slot)


@kernel
def release_slot(slots: Any, present: Bytes, side: Any, scalars: Scalars) -> None:
    """Give the side's slot back, clean."""
    slot = side.slot
    if slot < 0:
        return
    base = slot * SLOT_BYTES
    for at in range(base, base + slots[slot].top):
        present[at] = 0
    slots[slot].next_free = scalars[SLOT_FREE]
    scalars[SLOT_FREE] = slot
    side.slot = -1


@kernel
def _store_bytes(
    buf: Bytes, pos: int, count: int, slots: Any, slot: int, at: int, pool: Bytes, present: Bytes, scalars: Scalars
) -> int:
    """Put bytes at offset ``at`` of the slot where none arrived before; returns how many became contiguous."""
    base = slot * SLOT_BYTES
    s = slots[slot]
    for k in range(count):
        if present[base + at + k]:
            scalars[OVERLAP_BYTES] += 1
        else:
            present[base + at + k] = 1
            pool[base + at + k] = buf[pos + k]
            s.ahead += 1
    s.top = max(s.top, at + count)
    before = s.held
    while s.held < s.top and present[base + s.held]:
        s.held += 1
    s.ahead -= s.held - before
    return int(s.held - before)


@kernel
def _shift_slot(slots: Any, slot: int, count: int, pool: Bytes, present: Bytes) -> None:
    """Drop the first ``count`` bytes of the slot."""
    base = slot * SLOT_BYTES
    s = slots[slot]
    for k in range(s.top - count):
        pool[base + k] = pool[base + count + k]
        present[base + k] = present[base + count + k]
    for k in range(max(s.top - count, 0), s.top):
        present[base + k] = 0
    s.top -= count
    s.held = max(s.held - count, 0)


@kernel
def _spill_message(
    flow: Any, near: Any, far: Any, side: int, slots: Any, slot: int, at: int, count: int, status: int,
    packet: int, ts: int, pdu: int, pool: Bytes, spill: Bytes, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Copy a message out of the slot, whose bytes are about to move, and append it."""
    start = scalars[SPILLED]
    if start + count > len(spill):
        scalars[SPILL_FULL] += 1
        return
    base = slot * SLOT_BYTES
    for k in range(count):
        spill[start + k] = pool[base + at + k]
    scalars[SPILLED] = start + count
    conversation = register_conversation(flow, near, far, conversations, scalars)
    first, first_ns = packet, ts
    if at == 0 and slots[slot].first_packet >= 0:
        first, first_ns = slots[slot].first_packet, slots[slot].first_ns
    add_message(
        messages, scalars, flow, conversation, side, status, 1, start, count, first, packet, first_ns, ts, pdu
    )  # fmt: skip


@kernel
def drain_slot(
    flow: Any, near: Any, far: Any, mine: Any, side: int, packet: int, ts: int, slots: Any, pool: Bytes,
    present: Bytes, spill: Bytes, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Parse what is contiguous in the slot; ``packet`` is the one that completed it."""
    slot = mine.slot
    s = slots[slot]
    base = slot * SLOT_BYTES
    at, pdu, fresh = 0, 0, 0
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
            found = find(flow.app, pool, base + at, base + s.held, side == flow.client) - base
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
            size = find(flow.app, pool, base + at + 1, base + s.held, side == flow.client) - base - at
        number = s.pdu if at == 0 and s.first_packet >= 0 else pdu
        _spill_message(
            flow, near, far, side, slots, slot, at, size, status, packet, ts, number, pool, spill, messages,
            conversations, scalars,
        )  # fmt: skip
        if at > 0 or s.first_packet < 0 or s.first_packet == packet:
            pdu = number + 1
        at += size
        fresh = 1
    if at > 0:
        _shift_slot(slots, slot, at, pool, present)
    if fresh or at > 0 or s.first_packet < 0:
        s.first_packet, s.first_ns, s.pdu = packet, ts, pdu
    if flow.app == NOT_RECOGNISED or (s.held == 0 and s.ahead == 0):
        release_slot(slots, present, mine, scalars)


@kernel
def settle_app(flow: Any, app: int, role: int, side: int) -> None:
    """Remember the protocol; turn the flow round when the bytes show that the other side asks."""
    if app == NOT_RECOGNISED:
        flow.tries += 1
        if flow.tries >= TRIES:
            flow.app = NOT_RECOGNISED
        return
    flow.app = app
    if not flow.client_known and ((role == REQUEST and side != flow.client) or (role == REPLY and side == flow.client)):
        flow.client = 1 - flow.client


@kernel
def close_gap(
    flow: Any, near: Any, far: Any, mine: Any, side: int, packet: int, ts: int, slots: Any, pool: Bytes,
    present: Bytes, spill: Bytes, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Give up the hole before the bytes that are ahead: what was held is a broken message; go on beyond the hole."""
    slot = mine.slot
    s = slots[slot]
    base = slot * SLOT_BYTES
    if s.held > 0 and flow.app not in (UNKNOWN, NOT_RECOGNISED) and not mine.resync:
        _spill_message(
            flow, near, far, side, slots, slot, 0, s.held, BROKEN_BY_GAP, s.first_packet, s.first_ns, s.pdu, pool,
            spill, messages, conversations, scalars,
        )  # fmt: skip
    found = int(s.held)
    while found < s.top and not present[base + found]:
        found += 1
    lost = found - s.held
    scalars[GAPS] += 1
    scalars[GAP_BYTES] += lost
    mine.gap_bytes += lost
    _shift_slot(slots, slot, found, pool, present)
    s.held = 0
    while s.held < s.top and present[base + s.held]:
        s.held += 1
    s.ahead -= s.held
    if s.ahead_packet < 0:
        s.ahead_packet, s.ahead_ns = packet, ts
    s.first_packet, s.first_ns, s.pdu = s.ahead_packet, s.ahead_ns, s.ahead_pdu
    mine.next_seq = (mine.next_seq + lost + s.held) & _MASK
    mine.resync = 1
    if s.held == 0 and s.ahead == 0:
        release_slot(slots, present, mine, scalars)
    else:
        drain_slot(
            flow, near, far, mine, side, s.ahead_packet, s.ahead_ns, slots, pool, present, spill, messages,
            conversations, scalars,
        )  # fmt: skip
        s.ahead_pdu = s.pdu


@kernel
def accept_segment(
    buf: Bytes, pos: int, count: int, wire: int, seq: int, flow: Any, near: Any, far: Any, mine: Any, side: int,
    packet: int, ts: int, pdu: int, slots: Any, pool: Bytes, present: Bytes, spill: Bytes, messages: Any,
    conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Take a segment that could not be parsed in place: ``count`` captured bytes of ``wire`` sent, from ``seq``."""
    ahead = difference(seq, mine.next_seq)
    if ahead < 0:  # its head has been seen before
        scalars[OVERLAP_BYTES] += min(-ahead, count)
        pos, count, wire, seq, ahead = pos - ahead, count + ahead, wire + ahead, mine.next_seq, 0
        if count <= 0:
            return
    while mine.slot >= 0 and slots[mine.slot].held + ahead + count > SLOT_BYTES and slots[mine.slot].ahead > 0:
        close_gap(
            flow, near, far, mine, side, packet, ts, slots, pool, present, spill, messages, conversations, scalars
        )
        ahead = difference(seq, mine.next_seq)
        if ahead < 0:
            return
    held = slots[mine.slot].held if mine.slot >= 0 else 0
    if mine.slot < 0 and not (ahead + count > SLOT_BYTES):
        mine.slot = take_slot(slots, scalars)
        if mine.slot >= 0:
            slots[mine.slot].first_packet, slots[mine.slot].first_ns = packet, ts
            slots[mine.slot].pdu = pdu
    if mine.slot < 0 or held + ahead + count > SLOT_BYTES:
        _jump(mine, slots, present, (seq + wire) & _MASK, ahead + wire, scalars)
        return
    s = slots[mine.slot]
    if ahead > 0:
        scalars[OUT_OF_ORDER] += 1
        if s.ahead == 0:
            s.ahead_packet, s.ahead_ns, s.ahead_pdu = packet, ts, 0
        if s.held == 0:
            s.first_packet = -1
    elif s.held == 0:
        s.first_packet, s.first_ns, s.pdu = packet, ts, pdu
    contiguous = _store_bytes(buf, pos, count, slots, mine.slot, s.held + ahead, pool, present, scalars)
    mine.next_seq = (mine.next_seq + contiguous) & _MASK
    if contiguous > 0:
        drain_slot(
            flow, near, far, mine, side, packet, ts, slots, pool, present, spill, messages, conversations, scalars
        )
    if wire > count and ahead == 0 and difference((seq + wire) & _MASK, mine.next_seq) > 0:
        _jump(mine, slots, present, (seq + wire) & _MASK, wire - count, scalars)
        return
    if mine.slot >= 0 and slots[mine.slot].ahead > 0:
        known = mine.acked >= 0 and difference(mine.acked, mine.next_seq) > 0
        if known or ts - slots[mine.slot].ahead_ns > HOLE_NS:
            close_gap(
                flow, near, far, mine, side, packet, ts, slots, pool, present, spill, messages, conversations, scalars
            )


@kernel
def _jump(mine: Any, slots: Any, present: Bytes, next_seq: int, lost: int, scalars: Scalars) -> None:
    """Lose what cannot be kept and go on at ``next_seq``."""
    release_slot(slots, present, mine, scalars)
    mine.next_seq = next_seq
    mine.resync = 1
    mine.gap_bytes += lost
    scalars[GAPS] += 1
    scalars[GAP_BYTES] += lost


@kernel
def flush_side(
    flow: Any, near: Any, far: Any, mine: Any, side: int, slots: Any, pool: Bytes, present: Bytes, spill: Bytes,
    messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """End of a side: close its holes, and give what is left of a message as broken."""
    while mine.slot >= 0 and slots[mine.slot].ahead > 0:
        close_gap(
            flow, near, far, mine, side, slots[mine.slot].ahead_packet, slots[mine.slot].ahead_ns, slots, pool,
            present, spill, messages, conversations, scalars,
        )  # fmt: skip
    if mine.slot < 0:
        return
    s = slots[mine.slot]
    if s.held > 0 and flow.app not in (UNKNOWN, NOT_RECOGNISED) and not mine.resync:
        _spill_message(
            flow, near, far, side, slots, mine.slot, 0, s.held, BROKEN_BY_GAP, s.first_packet, s.first_ns, s.pdu,
            pool, spill, messages, conversations, scalars,
        )  # fmt: skip
    release_slot(slots, present, mine, scalars)


@kernel
def is_acked_beyond(mine: Any, slots: Any) -> bool:
    """True when the receiver has acknowledged bytes in a hole, so they will never come again."""
    return mine.slot >= 0 and slots[mine.slot].ahead > 0 and difference(mine.acked, mine.next_seq) > 0
