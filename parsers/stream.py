"""Bytes of a TCP side in order: what cannot be parsed in place waits in a bounded slot (kernels).

Most segments arrive in order and hold whole messages; ``parsers.tracking`` parses those where they lie. The others
come here, into a slot (``parsers.slot``). A hole that the receiver acknowledged, that has waited
``HOLE_NS``, or that grows past the slot is a gap: it is counted, and parsing resumes at the next plausible message.
"""

from __future__ import annotations

from typing import Any

from parsers.flow import (
    GAP_BYTES,
    GAPS,
    OUT_OF_ORDER,
    OVERLAP_BYTES,
    RECORDED,
    SPILL_FULL,
    SPILLED,
    STRAYS,
    SYN_TOLD,
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
    STRAY,
    WHOLE,
    add_message,
    register_conversation,
)
from parsers.modbus_frame import REPLY, REQUEST
from parsers.network import Bytes
from parsers.slot import (
    SLOT_BYTES,
    extend_held,
    find_mark,
    find_newest,
    find_piece,
    measure_hole,
    release_slot,
    shift_slot,
    store_bytes,
    take_slot,
)
from wanglou.kernel import kernel

HOLE_NS = 3_000_000_000
BEHIND = 1 << 20
"""Bytes a segment may lie behind and still be a late copy; the buffers of field devices are far smaller."""
TRIES = 4
"""Segments looked at before a flow is given up as none of ours."""

_MASK = 0xFFFFFFFF
_KEEP = 7  # bytes kept while looking for a header of eight


@kernel
def difference(a: int, b: int) -> int:
    """``a - b`` of sequence numbers, between -2**31 and 2**31 (RFC 9293 §3.4)."""
    d = (a - b) & _MASK
    return d - 0x100000000 if d >= 0x80000000 else d


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
    base = slot * SLOT_BYTES
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
    base = slot * SLOT_BYTES
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
        shift_slot(slots, slot, at, pool, present)
    if flow.app == NOT_RECOGNISED or (s.held == 0 and s.ahead == 0):
        release_slot(slots, present, mine, scalars)


@kernel
def settle_app(flow: Any, app: int, role: int, side: int) -> None:
    """Remember the protocol; turn the flow round when the bytes show that the other side asks.

    Against the SYN's word only where its sender cannot have arranged it: the other side asks first, as one does that
    is called by its devices; or a side that answers first does so from the served port.
    """
    if app == NOT_RECOGNISED:
        flow.tries += 1
        if flow.tries >= TRIES:
            flow.app = NOT_RECOGNISED
        return
    flow.app = app
    if flow.client_known == RECORDED or role not in (REQUEST, REPLY) or (role == REQUEST) == (side == flow.client):
        return
    own, other = (flow.a_port, flow.b_port) if side == 0 else (flow.b_port, flow.a_port)
    if flow.client_known != SYN_TOLD or role == REQUEST or (is_served(own) and not is_served(other)):
        flow.client = 1 - flow.client


@kernel
def _break_held(
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
    _break_held(flow, near, far, mine, side, slots, pool, spill, messages, conversations, scalars)
    lost = measure_hole(slots, slot, present)
    scalars[GAPS] += 1
    scalars[GAP_BYTES] += lost
    mine.gap_bytes += lost
    shift_slot(slots, slot, s.held + lost, pool, present)
    mine.next_seq = (mine.next_seq + lost + extend_held(slots, slot, present)) & _MASK
    mine.resync = 1
    if s.held == 0 and s.ahead == 0:
        release_slot(slots, present, mine, scalars)
    else:
        drain_slot(flow, near, far, mine, side, slots, pool, present, spill, messages, conversations, scalars)


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
def accept_segment(
    buf: Bytes, pos: int, count: int, wire: int, seq: int, flow: Any, near: Any, far: Any, mine: Any, side: int,
    packet: int, ts: int, pdu: int, spilled: int, slots: Any, pool: Bytes, present: Bytes, spill: Bytes,
    messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Take a segment that could not be parsed in place: ``count`` captured bytes of ``wire`` sent, from ``seq``.

    ``spilled`` is 1 where ``buf`` is the spill buffer.
    """
    ahead = difference(seq, mine.next_seq)
    if ahead < 0:  # its head has been seen before
        scalars[OVERLAP_BYTES] += min(-ahead, count)
        pos, count, wire, seq, ahead = pos - ahead, count + ahead, wire + ahead, mine.next_seq, 0
        if count <= 0:
            return
    while mine.slot >= 0 and slots[mine.slot].held + ahead + count > SLOT_BYTES and slots[mine.slot].ahead > 0:
        close_gap(flow, near, far, mine, side, slots, pool, present, spill, messages, conversations, scalars)
        ahead = difference(seq, mine.next_seq)
        if ahead < 0:
            return
    held = slots[mine.slot].held if mine.slot >= 0 else 0
    if mine.slot < 0 and not (ahead + count > SLOT_BYTES):
        mine.slot = take_slot(slots, scalars)
    if mine.slot < 0 or held + ahead + count > SLOT_BYTES:
        _jump(flow, near, far, mine, side, slots, present, pool, spill, messages, conversations, scalars, seq, ahead)
        _parse_alone(
            buf, pos, pos + count, WHOLE, flow, near, far, side, packet, ts, spilled, messages, conversations,
            scalars,
        )  # fmt: skip
        mine.next_seq = (seq + wire) & _MASK
        return
    s = slots[mine.slot]
    if ahead > 0:
        scalars[OUT_OF_ORDER] += 1
    contiguous = store_bytes(buf, pos, count, slots, mine.slot, s.held + ahead, packet, ts, pdu, pool, present, scalars)
    mine.next_seq = (mine.next_seq + contiguous) & _MASK
    if contiguous > 0:
        drain_slot(flow, near, far, mine, side, slots, pool, present, spill, messages, conversations, scalars)
    if wire > count and ahead == 0 and difference((seq + wire) & _MASK, mine.next_seq) > 0:
        _jump(
            flow, near, far, mine, side, slots, present, pool, spill, messages, conversations, scalars,
            (seq + wire) & _MASK, wire - count,
        )  # fmt: skip
        return
    close_lost(flow, near, far, mine, side, ts, slots, pool, present, spill, messages, conversations, scalars)


@kernel
def _jump(
    flow: Any, near: Any, far: Any, mine: Any, side: int, slots: Any, present: Bytes, pool: Bytes, spill: Bytes,
    messages: Any, conversations: Any, scalars: Scalars, next_seq: int, lost: int,
) -> None:  # fmt: skip
    """Lose what cannot be kept and go on at ``next_seq``."""
    if mine.slot >= 0:
        _break_held(flow, near, far, mine, side, slots, pool, spill, messages, conversations, scalars)
    release_slot(slots, present, mine, scalars)
    mine.next_seq = next_seq
    mine.resync = 1
    mine.gap_bytes += lost
    scalars[GAPS] += 1
    scalars[GAP_BYTES] += lost


@kernel
def _parse_alone(
    buf: Bytes, pos: int, end: int, status: int, flow: Any, near: Any, far: Any, side: int, packet: int, ts: int,
    spilled: int, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Parse the whole messages of a segment for which nothing before it vouches; the rest of it is lost."""
    if flow.app == UNKNOWN:
        app, role = recognise(buf, pos, end, is_served(flow.a_port) or is_served(flow.b_port), False)
        if app not in (UNKNOWN, NOT_RECOGNISED):
            settle_app(flow, app, role, side)
    if flow.app in (UNKNOWN, NOT_RECOGNISED):
        return
    at, pdu = find(flow.app, buf, pos, end, side == flow.client, pos), 0
    while at < end:
        size = measure(flow.app, buf, at, end, side == flow.client)
        if size <= 0 or size > end - at:
            break
        conversation = register_conversation(flow, near, far, conversations, scalars)
        add_message(messages, scalars, flow, conversation, side, status, spilled, at, size, packet, packet, ts, ts, pdu)
        at += size
        pdu += 1


@kernel
def is_stray(ahead: int, wire: int) -> bool:
    """True for a segment ``ahead`` of what is wanted, or so far behind, that no sender could have it in flight."""
    return ahead > SLOT_BYTES or ahead + wire < -BEHIND


@kernel
def accept_stray(
    buf: Bytes, pos: int, count: int, wire: int, seq: int, flow: Any, near: Any, far: Any, mine: Any, side: int,
    packet: int, ts: int, spilled: int, slots: Any, pool: Bytes, present: Bytes, spill: Bytes, messages: Any,
    conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Take a segment far outside the stream: its whole messages count, but the stream stays where it is.

    One forged number must not make the rest of a connection look old. A second segment that goes on where this one
    ended shows that the sensor missed much: then the stream goes on there.
    """
    scalars[STRAYS] += 1
    onward = difference(seq, mine.stray_seq)
    if mine.stray_seq >= 0 and onward >= 0 and onward <= SLOT_BYTES:
        lost = max(difference(seq, mine.next_seq), 0)
        mine.stray_seq = mine.acked = -1
        _jump(flow, near, far, mine, side, slots, present, pool, spill, messages, conversations, scalars, seq, lost)
        accept_segment(
            buf, pos, count, wire, seq, flow, near, far, mine, side, packet, ts, 0, spilled, slots, pool, present,
            spill, messages, conversations, scalars,
        )  # fmt: skip
        return
    mine.stray_seq = (seq + wire) & _MASK
    _parse_alone(
        buf, pos, pos + count, STRAY, flow, near, far, side, packet, ts, spilled, messages, conversations,
        scalars,
    )  # fmt: skip


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
    _break_held(flow, near, far, mine, side, slots, pool, spill, messages, conversations, scalars)
    release_slot(slots, present, mine, scalars)


@kernel
def is_acked_beyond(mine: Any, slots: Any) -> bool:
    """True when the receiver has acknowledged bytes in a hole, so they will never come again."""
    if mine.slot < 0 or slots[mine.slot].ahead == 0 or mine.acked < 0:
        return False
    return difference(mine.acked, mine.next_seq) > 0
