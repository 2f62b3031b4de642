"""Bytes of a TCP side in order: what cannot be parsed in place waits in a bounded slot (kernels).

Most segments arrive in order and hold whole messages; ``parsers.tracking`` parses those where they lie. The others
come here, into a slot (``parsers.slot``), whose holes ``parsers.gap`` closes.
"""

from __future__ import annotations

from typing import Any

from parsers.draining import break_held, drain_slot
from parsers.flow import OUT_OF_ORDER, OVERLAP_BYTES, STRAYS, Scalars
from parsers.framing import find, measure, recognise
from parsers.gap import close_full, close_lost
from parsers.message import STRAY, WHOLE, add_message, register_conversation
from parsers.packet import UDP, Bytes
from parsers.protocol import NOT_RECOGNISED, UNKNOWN
from parsers.recognition import is_read, settle_app
from parsers.sequence import difference, lose_bytes, skip_bytes
from parsers.slot import SLOT_BYTES, release_slot, store_bytes, take_slot
from wanglou.kernel import inlined_kernel, int64, kernel

_MASK = 0xFFFFFFFF


@kernel
def accept_segment(
    buf: Bytes, pos: int, count: int, wire: int, seq: int, flow: Any, near: Any, far: Any, mine: Any, side: int,
    packet: int, ts: int, pdu: int, spilled: int, slots: Any, pool: Bytes, present: Bytes, spill: Bytes,
    messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Take a segment that could not be parsed in place: ``count`` captured bytes of ``wire`` sent, from ``seq``.

    ``spilled`` is 1 where ``buf`` is the spill buffer.
    """
    close_full(
        flow, near, far, mine, side, (seq + count) & _MASK, slots, pool, present, spill, messages, conversations,
        scalars,
    )  # fmt: skip
    ahead = difference(seq, mine.next_seq)
    if ahead < 0:  # its head has been seen before, or given up
        scalars[OVERLAP_BYTES] += min(-ahead, count)
        pos, count, wire, seq, ahead = pos - ahead, count + ahead, wire + ahead, mine.next_seq, 0
        if count <= 0:
            return
    held = slots[mine.slot].held if mine.slot >= 0 else 0
    if mine.slot < 0 and not (ahead + count > SLOT_BYTES):
        mine.slot = take_slot(slots, scalars)
    if mine.slot < 0 or held + ahead + count > SLOT_BYTES:
        _jump(flow, near, far, mine, side, slots, present, pool, spill, messages, conversations, scalars, seq, ahead)
        skipped = skip_bytes(mine, count, scalars)
        reached = _parse_alone(
            buf, pos + skipped, pos + count, int64(WHOLE), flow, near, far, side, packet, ts, spilled, messages,
            conversations, scalars,
        )  # fmt: skip
        if reached < pos + count:
            mine.resync = 1
        if wire > count:
            lose_bytes(mine, wire - count, scalars)
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


@inlined_kernel
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
        if lost == 0:  # it goes on before what was last seen
            mine.skip = 0
            mine.resync = 1
        accept_segment(
            buf, pos, count, wire, seq, flow, near, far, mine, side, packet, ts, int64(0), spilled, slots, pool,
            present, spill, messages, conversations, scalars,
        )  # fmt: skip
        return
    mine.stray_seq = (seq + wire) & _MASK
    ahead = difference(seq, mine.next_seq)
    if ahead >= 0 and ahead + wire <= mine.skip:
        return
    _parse_alone(
        buf, pos, pos + count, int64(STRAY), flow, near, far, side, packet, ts, spilled, messages, conversations,
        scalars,
    )  # fmt: skip


@kernel
def _jump(
    flow: Any, near: Any, far: Any, mine: Any, side: int, slots: Any, present: Bytes, pool: Bytes, spill: Bytes,
    messages: Any, conversations: Any, scalars: Scalars, next_seq: int, lost: int,
) -> None:  # fmt: skip
    """Lose what cannot be kept and go on at ``next_seq``."""
    if mine.slot >= 0:
        break_held(flow, near, far, mine, side, slots, pool, spill, messages, conversations, scalars)
    release_slot(slots, present, mine, scalars)
    mine.next_seq = next_seq
    lose_bytes(mine, lost, scalars)


@kernel
def _parse_alone(
    buf: Bytes, pos: int, end: int, status: int, flow: Any, near: Any, far: Any, side: int, packet: int, ts: int,
    spilled: int, messages: Any, conversations: Any, scalars: Scalars,
) -> int:  # fmt: skip
    """Parse the whole messages of a segment for which nothing before it vouches; returns how far it came."""
    if flow.app == UNKNOWN and pos < end:
        app, role = recognise(buf, pos, end, int64(flow.a_port), int64(flow.b_port), flow.protocol == UDP)
        if app not in (UNKNOWN, NOT_RECOGNISED):
            settle_app(flow, app, role, side)
    if not is_read(flow.app):
        return pos
    at, pdu = find(flow.app, buf, pos, end, side == flow.client, pos), 0
    while at < end:
        size = measure(flow.app, buf, at, end, side == flow.client)
        if size <= 0 or size > end - at:
            break
        conversation = register_conversation(flow, near, far, conversations, scalars)
        add_message(
            messages, scalars, flow, conversation, side, status, spilled, at, size, size, packet, packet, ts, ts, pdu
        )
        at += size
        pdu += 1
    return at
