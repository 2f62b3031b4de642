"""Frames to flows and messages: the loop that joins flow table, streams and framing (kernels).

In order, for every packet: age the table, find or make its flow, count it, and give its payload to whoever parses it:
in place when the side has nothing waiting, else through ``parsers.stream``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.flow import (
    ACK,
    CLOSED,
    COUNT,
    END_ACTIVE,
    END_CAPTURE,
    END_CLOSED,
    END_EVICTED,
    END_IDLE,
    ENDED,
    EVICTED,
    FREE,
    GAP_BYTES,
    GAPS,
    NEWEST,
    NEXT_UID,
    NO_SLOT,
    OLDEST,
    REFUSED,
    RESET,
    RST,
    SLOT_FREE,
    SYN,
    Scalars,
    append_age,
    bucket_of,
    choose_client,
    clear_side,
    fill_flow,
    is_key_equal,
    is_swapped,
    unlink_age,
    unlink_bucket,
    update_state,
)
from parsers.framing import MALFORMED, NEED_MORE, NOT_RECOGNISED, UNKNOWN, find, is_served, measure, recognise
from parsers.message import MALFORMED_BYTES, WHOLE, add_message, register_conversation
from parsers.network import OK, TCP, UDP, Bytes, get_mac
from parsers.slot import SLOT_BYTES, find_oldest
from parsers.stream import (
    accept_segment,
    accept_stray,
    close_lost,
    difference,
    flush_side,
    is_acked_beyond,
    is_stray,
    settle_app,
)
from wanglou.kernel import int64, kernel

_MASK = 0xFFFFFFFF

Buckets = NDArray[np.int32]


@kernel
def track_batch(
    data: Bytes, frames: Any, ts_ns: NDArray[np.int64], first: int, flows: Any, sides: Any, buckets: Buckets,
    bucket_at: Buckets, slots: Any, pool: Bytes, present: Bytes, spill: Bytes, messages: Any, conversations: Any,
    ended_flows: Any, ended_sides: Any, scalars: Scalars, seed: int, idle_ns: int, active_ns: int,
) -> None:  # fmt: skip
    """Track every decoded frame of a batch.

    ``bucket_at[f]`` is flow ``f``'s hash bucket. ``messages``, ``conversations``, ``ended_*`` are filled up to the
    counts in ``scalars``; the caller made them large enough for any content of the batch.
    """
    mask = len(buckets) - 1
    for i in range(len(frames)):
        fr = frames[i]
        if fr.status != OK:
            continue
        ts, packet = ts_ns[i], first + i
        oldest = scalars[OLDEST]
        while oldest >= 0 and ts - flows[oldest].last_ns > idle_ns:
            end_flow(
                oldest, END_IDLE, flows, sides, buckets, bucket_at, slots, pool, present, spill, messages,
                conversations, ended_flows, ended_sides, scalars,
            )  # fmt: skip
            oldest = scalars[OLDEST]
        swapped = is_swapped(fr)
        bucket = bucket_of(fr, seed, mask)
        f = int64(buckets[bucket])
        while f >= 0 and not is_key_equal(flows[f], fr, swapped):
            f = int64(flows[f].bucket_next)
        side = 1 if swapped else 0
        tcp = fr.protocol == TCP
        if f >= 0 and tcp and fr.tcp_flags & SYN and is_reused(flows[f], sides[2 * f + side], fr):
            end_flow(
                f, END_CLOSED, flows, sides, buckets, bucket_at, slots, pool, present, spill, messages,
                conversations, ended_flows, ended_sides, scalars,
            )  # fmt: skip
            f = int64(-1)
        if f < 0:
            if scalars[FREE] < 0:
                end_flow(
                    scalars[OLDEST], END_EVICTED, flows, sides, buckets, bucket_at, slots, pool, present, spill,
                    messages, conversations, ended_flows, ended_sides, scalars,
                )  # fmt: skip
            f = scalars[FREE]
            scalars[FREE] = flows[f].bucket_next
            scalars[COUNT] += 1
            fill_flow(flows[f], fr, swapped, scalars[NEXT_UID], ts, packet)
            scalars[NEXT_UID] += 1
            clear_side(sides[2 * f])
            clear_side(sides[2 * f + 1])
            flows[f].state = 0
            choose_client(flows[f], fr, side, tcp, is_served(fr.sport), is_served(fr.dport))
            flows[f].bucket_next = buckets[bucket]
            buckets[bucket] = f
            bucket_at[f] = bucket
            append_age(flows, scalars, f)
        elif scalars[NEWEST] != f:
            unlink_age(flows, scalars, f)
            append_age(flows, scalars, f)
        flow, mine, other = flows[f], sides[2 * f + side], sides[2 * f + 1 - side]
        if ts - flow.slice_ns > active_ns:
            end_slice(
                flow, sides, f, ts, packet, conversations, ended_flows, ended_sides, scalars
            )  # fmt: skip
        flow.last_ns = max(ts, flow.last_ns)
        flow.last_packet = packet
        if mine.mac < 0 and fr.link >= 0:
            mine.mac = get_mac(data, int64(fr.link) + 6)
            if other.mac < 0:
                other.mac = get_mac(data, int64(fr.link))
        mine.packets += 1
        mine.bytes += fr.ip_bytes
        count, wire = int64(fr.payload_len), int64(fr.payload_wire)
        mine.payload_bytes += wire
        flags = int64(fr.tcp_flags)
        update_state(flow, mine, other, flags, tcp)
        mine.tcp_flags |= flags
        near, far = sides[2 * f], sides[2 * f + 1]
        buf = data if fr.spill == 0 else spill
        pos = int64(fr.payload)
        seq = int64(fr.seq)
        if tcp:
            if flags & SYN:
                mine.isn = seq
                seq = (seq + 1) & _MASK
                if not mine.synced:
                    mine.next_seq = seq
                    mine.synced = 1
            if flags & ACK:
                acknowledge(other, int64(fr.ack))
                if is_acked_beyond(other, slots):
                    close_lost(
                        flow, near, far, other, 1 - side, ts, slots, pool, present, spill, messages, conversations,
                        scalars,
                    )  # fmt: skip
            if flags & RST:
                wire = int64(0)  # what a reset carries is a diagnostic text (RFC 9293 §3.5.3)
        if wire <= 0:
            continue
        if not tcp:
            if fr.protocol == UDP and flow.app != NOT_RECOGNISED:
                if count < wire:  # what the sensor cut off
                    scalars[GAPS] += 1
                    scalars[GAP_BYTES] += wire - count
                    mine.gap_bytes += wire - count
                    continue
                parse_datagram(
                    buf, pos, pos + count, flow, near, far, side, packet, ts, fr.spill, messages, conversations, scalars
                )
            continue
        if not mine.synced:
            mine.next_seq = seq
            mine.synced = 1
        ahead = difference(seq, mine.next_seq)
        if ahead + wire <= 0 and not is_stray(ahead, wire):
            if flow.app == NOT_RECOGNISED and mine.gap_bytes > 0:
                late = min(wire, int64(mine.gap_bytes))
                mine.gap_bytes -= late
                scalars[GAP_BYTES] -= late
            elif not (wire == 1 and ahead == -1):  # a keep-alive probe (RFC 9293 §3.8.4) is no retransmission
                mine.retransmissions += 1
            continue
        if flow.app == NOT_RECOGNISED:
            skip_segment(mine, seq, wire, ahead, scalars)
            continue
        if ahead != 0 and is_stray(ahead, wire):
            make_room(flows, sides, mine, slots, pool, present, spill, messages, conversations, scalars)
            accept_stray(
                buf, pos, count, wire, seq, flow, near, far, mine, side, packet, ts, fr.spill, slots, pool, present,
                spill, messages, conversations, scalars,
            )  # fmt: skip
            if mine.slot >= 0:
                slots[mine.slot].owner = 2 * f + side
            continue
        if ahead != 0 or mine.slot >= 0 or count < wire:
            make_room(flows, sides, mine, slots, pool, present, spill, messages, conversations, scalars)
            accept_segment(
                buf, pos, count, wire, seq, flow, near, far, mine, side, packet, ts, 0, fr.spill, slots, pool,
                present, spill, messages, conversations, scalars,
            )  # fmt: skip
            if mine.slot >= 0:
                slots[mine.slot].owner = 2 * f + side
            continue
        pdu, end = int64(0), pos + count
        if flow.app == UNKNOWN:
            app, role = recognise(buf, pos, end, is_served(flow.a_port) or is_served(flow.b_port), False)
            if app != UNKNOWN:
                settle_app(flow, app, role, side)
            if app == NOT_RECOGNISED:
                mine.next_seq = (seq + wire) & _MASK
                continue
        if mine.resync and flow.app != UNKNOWN:
            found = find(flow.app, buf, pos, end, side == flow.client, pos)
            scalars[GAP_BYTES] += found - pos
            pos = found
            mine.resync = 0 if found < end else 1
        while pos < end and flow.app != UNKNOWN:
            size = measure(flow.app, buf, pos, end, side == flow.client)
            if size == NEED_MORE or size > end - pos:
                break
            status = WHOLE
            if size == MALFORMED:
                status = MALFORMED_BYTES
                size = find(flow.app, buf, pos + 1, end, side == flow.client, -1) - pos
            conversation = register_conversation(flow, near, far, conversations, scalars)
            add_message(
                messages, scalars, flow, conversation, side, status, fr.spill, pos, size, packet, packet, ts, ts, pdu
            )
            pos += size
            pdu += 1
        if pos >= end:
            mine.next_seq = (seq + wire) & _MASK
            continue
        mine.next_seq = (seq + pos - int64(fr.payload)) & _MASK
        make_room(flows, sides, mine, slots, pool, present, spill, messages, conversations, scalars)
        accept_segment(
            buf, pos, end - pos, end - pos, mine.next_seq, flow, near, far, mine, side, packet, ts, pdu, fr.spill,
            slots, pool, present, spill, messages, conversations, scalars,
        )  # fmt: skip
        if mine.slot >= 0:
            slots[mine.slot].owner = 2 * f + side


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


@kernel
def is_reused(flow: Any, mine: Any, fr: Any) -> bool:
    """True when a SYN opens a new connection on the ports of an old one: its number is not the one we know.

    A flow picked up midway knows none; there a SYN that lies shortly before what was seen is merely late.
    """
    if not fr.tcp_flags & ACK and flow.state in (CLOSED, RESET, REFUSED):
        return True
    if mine.isn >= 0:
        return bool(int64(fr.seq) != mine.isn)
    if not mine.synced:
        return False
    behind = difference(mine.next_seq, int64(fr.seq) + 1)
    return behind < 0 or behind > 65_536


@kernel
def acknowledge(side: Any, ack: int) -> None:
    """Keep the highest number the other side acknowledged; one far beyond what was sent would close every hole."""
    if side.synced and difference(ack, side.next_seq) > SLOT_BYTES:
        return
    if side.acked < 0 or difference(ack, side.acked) > 0:
        side.acked = ack


@kernel
def skip_segment(mine: Any, seq: int, wire: int, ahead: int, scalars: Scalars) -> None:
    """Follow the numbers of a side that nobody parses; the caller lets late segments give back what is lost here."""
    if ahead >= 0:
        mine.gap_bytes += ahead
        scalars[GAP_BYTES] += ahead
        mine.next_seq = (seq + wire) & _MASK
    elif ahead + wire > 0:
        mine.next_seq = (seq + wire) & _MASK


@kernel
def parse_datagram(
    buf: Bytes, pos: int, end: int, flow: Any, near: Any, far: Any, side: int, packet: int, ts: int, spill: int,
    messages: Any, conversations: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """Parse a datagram: whole messages only, and what is left over is malformed."""
    if flow.app == UNKNOWN:
        app, role = recognise(buf, pos, end, is_served(flow.a_port) or is_served(flow.b_port), True)
        settle_app(flow, app if app != UNKNOWN else NOT_RECOGNISED, role, side)
        if flow.app in (UNKNOWN, NOT_RECOGNISED):
            return
    pdu = int64(0)
    conversation = register_conversation(flow, near, far, conversations, scalars)
    while pos < end:
        size = measure(flow.app, buf, pos, end, side == flow.client)
        status = WHOLE
        if size <= 0 or size > end - pos:
            status = MALFORMED_BYTES
            size = end - pos
        add_message(messages, scalars, flow, conversation, side, status, spill, pos, size, packet, packet, ts, ts, pdu)
        pos += size
        pdu += 1


@kernel
def end_slice(
    flow: Any, sides: Any, f: int, ts: int, packet: int, conversations: Any, ended_flows: Any, ended_sides: Any,
    scalars: Scalars,
) -> None:  # fmt: skip
    """Record what a long flow did so far and count anew; its streams and its number go on."""
    register_conversation(flow, sides[2 * f], sides[2 * f + 1], conversations, scalars)
    flow.reason = END_ACTIVE
    copy_ended(flow, sides, f, ended_flows, ended_sides, scalars)
    flow.first_ns = flow.slice_ns = ts
    flow.first_packet = packet
    flow.messages = 0
    flow.malformed = 0
    for side in range(2):
        s = sides[2 * f + side]
        s.packets = 0
        s.bytes = 0
        s.payload_bytes = 0
        s.retransmissions = 0
        s.gap_bytes = 0


@kernel
def copy_ended(flow: Any, sides: Any, f: int, ended_flows: Any, ended_sides: Any, scalars: Scalars) -> None:
    """Copy flow and sides out for the flow table."""
    at = scalars[ENDED]
    scalars[ENDED] = at + 1
    ended_flows[at] = flow
    ended_sides[2 * at] = sides[2 * f]
    ended_sides[2 * at + 1] = sides[2 * f + 1]


@kernel
def end_flow(
    f: int, reason: int, flows: Any, sides: Any, buckets: Buckets, bucket_at: Buckets, slots: Any, pool: Bytes,
    present: Bytes, spill: Bytes, messages: Any, conversations: Any, ended_flows: Any, ended_sides: Any,
    scalars: Scalars,
) -> None:  # fmt: skip
    """Flush the streams of flow ``f``, copy it out, and free its row."""
    flow = flows[f]
    for side in range(2):
        flush_side(
            flow, sides[2 * f], sides[2 * f + 1], sides[2 * f + side], side, slots, pool, present, spill, messages,
            conversations, scalars,
        )  # fmt: skip
    if flow.state in (CLOSED, RESET, REFUSED):
        reason = END_CLOSED
    elif reason == END_EVICTED:
        scalars[EVICTED] += 1
    flow.reason = reason
    register_conversation(flow, sides[2 * f], sides[2 * f + 1], conversations, scalars)
    copy_ended(flow, sides, f, ended_flows, ended_sides, scalars)
    unlink_age(flows, scalars, f)
    unlink_bucket(flows, buckets, bucket_at[f], f)
    flow.used = 0
    flow.bucket_next = scalars[FREE]
    scalars[FREE] = f
    scalars[COUNT] -= 1


@kernel
def end_all(
    flows: Any, sides: Any, buckets: Buckets, bucket_at: Buckets, slots: Any, pool: Bytes, present: Bytes,
    spill: Bytes, messages: Any, conversations: Any, ended_flows: Any, ended_sides: Any, scalars: Scalars,
) -> None:  # fmt: skip
    """End every flow that is left, the oldest first."""
    while scalars[OLDEST] >= 0:
        end_flow(
            scalars[OLDEST], END_CAPTURE, flows, sides, buckets, bucket_at, slots, pool, present, spill, messages,
            conversations, ended_flows, ended_sides, scalars,
        )  # fmt: skip
