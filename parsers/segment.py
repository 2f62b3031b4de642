"""A TCP segment to messages: parsed where it lies when it comes in order, else put in a slot (kernels).

These are steps that nearly every packet takes, so they are copied into the loop over packets.
"""

from __future__ import annotations

from typing import Any

from parsers.flow import GAP_BYTES, Scalars
from parsers.framing import KEPT, LONGEST, MALFORMED, NEED_MORE, TAIL, find, measure, recognise
from parsers.gap import make_room
from parsers.message import MALFORMED_BYTES, WHOLE, add_message, register_conversation
from parsers.packet import UDP, Bytes
from parsers.protocol import MODBUS, SILENT, UNKNOWN
from parsers.recognition import may_switch, settle_app, switch_app
from parsers.sequence import difference, is_stray, skip_bytes, skip_segment
from parsers.slot import release_slot
from parsers.stream import accept_segment, accept_stray
from wanglou.kernel import inlined_kernel, int64, kernel

_MASK = 0xFFFFFFFF


@inlined_kernel
def take_segment(
    buf: Bytes, pos: int, count: int, wire: int, seq: int, spilled: int, f: int, flow: Any, near: Any, far: Any,
    mine: Any, side: int, packet: int, ts: int, flows: Any, sides: Any, slots: Any, pool: Bytes, present: Bytes,
    spill: Bytes, messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Parse a segment where it lies if it comes in order and whole; what cannot be is put in a slot or left out."""
    ahead = difference(seq, mine.next_seq)
    if ahead + wire <= 0 and not is_stray(ahead, wire):
        _count_late(flow, mine, ahead, wire, scalars)
        return
    if flow.app >= SILENT:
        release_slot(slots, present, mine, scalars)  # what waited before the other side was recognised
        skip_segment(mine, seq, wire, ahead, scalars)
        return
    pdu, end = int64(0), pos + count
    if ahead == 0 and mine.slot < 0 and count == wire:
        begin = pos
        pos, pdu = _parse_in_place(
            buf, pos, end, spilled, flow, near, far, mine, side, packet, ts, messages, conversations, scalars
        )
        mine.next_seq = (seq + pos - begin) & _MASK
        if pos >= end:
            return
        seq, count = int64(mine.next_seq), end - pos
        wire = count
    make_room(flows, sides, mine, slots, pool, present, spill, messages, conversations, scalars)
    if ahead != 0 and is_stray(ahead, wire):
        accept_stray(
            buf, pos, count, wire, seq, flow, near, far, mine, side, packet, ts, spilled, slots, pool, present,
            spill, messages, conversations, scalars,
        )  # fmt: skip
    else:
        accept_segment(
            buf, pos, count, wire, seq, flow, near, far, mine, side, packet, ts, pdu, spilled, slots, pool, present,
            spill, messages, conversations, scalars,
        )  # fmt: skip
    if mine.slot >= 0:
        slots[mine.slot].owner = 2 * f + side


@kernel
def _count_late(flow: Any, mine: Any, ahead: int, wire: int, scalars: Scalars) -> None:
    """A segment of bytes that have all been seen or given up: a retransmission, or late where nobody parses."""
    if flow.app >= SILENT and mine.gap_bytes > 0:
        late = min(wire, int64(mine.gap_bytes))
        mine.gap_bytes -= late
        scalars[GAP_BYTES] -= late
    elif not (wire == 1 and ahead == -1):  # a keep-alive probe (RFC 9293 §3.8.4) is no retransmission
        mine.retransmissions += 1


@inlined_kernel
def _parse_in_place(
    buf: Bytes, pos: int, end: int, spilled: int, flow: Any, near: Any, far: Any, mine: Any, side: int, packet: int,
    ts: int, messages: Any, conversations: Any, scalars: Scalars,
) -> tuple[int, int]:  # fmt: skip
    """Parse messages that lie whole in a segment in order; how far that came, and how many messages there were."""
    pdu = int64(0)
    if mine.skip > 0:
        pos += skip_bytes(mine, end - pos, scalars)
    if flow.app == UNKNOWN and pos < end:
        app, role = recognise(buf, pos, end, int64(flow.a_port), int64(flow.b_port), flow.protocol == UDP)
        if app != UNKNOWN:
            settle_app(flow, app, role, side)
        if app >= SILENT:
            pos = end
    if mine.resync and flow.app != UNKNOWN and pos < end:
        found = find(flow.app, buf, pos, end, side == flow.client, pos)
        mine.resync = 0 if found < end else 1
        if mine.resync and flow.app != MODBUS:
            found = max(end - TAIL, pos)
        scalars[GAP_BYTES] += found - pos
        pos = found
        if mine.resync:
            return pos, pdu
    while pos < end and flow.app != UNKNOWN:
        size = measure(flow.app, buf, pos, end, side == flow.client)
        if size == NEED_MORE:
            break
        status, kept = WHOLE, size
        if size > end - pos:
            if size <= LONGEST or end - pos < KEPT:
                break
            kept = end - pos
            mine.skip = size - kept
        if size == MALFORMED:
            status = MALFORMED_BYTES
            size = kept = find(flow.app, buf, pos + 1, end, side == flow.client, int64(-1)) - pos
        conversation = register_conversation(flow, near, far, conversations, scalars)
        add_message(
            messages, scalars, flow, conversation, side, status, spilled, pos, kept, size, packet, packet, ts, ts, pdu
        )
        pos += kept
        pdu += 1
        if may_switch(flow.app) and status == WHOLE:
            switch_app(flow, mine, far if side == 0 else near, buf, pos - kept, pos, side == flow.client)
            if flow.app >= SILENT:
                return end, pdu
            pos += skip_bytes(mine, end - pos, scalars)
    return pos, pdu
