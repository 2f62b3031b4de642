"""Frames to flows and messages: the loop that joins flow table, streams and framing (kernel).

In order, for every packet: age the table, find or make its flow, count it, and give its payload to whoever parses it:
in place when the side has nothing waiting, else through ``parsers.stream``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.datagram import parse_datagram
from parsers.ending import end_flow, end_slice
from parsers.flow import (
    ACK,
    COUNT,
    END_CLOSED,
    END_EVICTED,
    END_IDLE,
    FREE,
    GAP_BYTES,
    GAPS,
    NEWEST,
    NEXT_UID,
    OLDEST,
    RST,
    SYN,
    Buckets,
    Scalars,
    append_age,
    bucket_of,
    choose_client,
    clear_side,
    fill_flow,
    is_key_equal,
    is_swapped,
    unlink_age,
    update_state,
)
from parsers.framing import MALFORMED, NEED_MORE, find, is_served, measure, recognise
from parsers.gap import close_lost, make_room
from parsers.message import MALFORMED_BYTES, WHOLE, add_message, register_conversation
from parsers.packet import OK, TCP, UDP, Bytes, get_mac
from parsers.protocol import NOT_RECOGNISED, UNKNOWN
from parsers.recognition import settle_app
from parsers.sequence import acknowledge, difference, is_acked_beyond, is_reused, is_stray, skip_segment
from parsers.stream import accept_segment, accept_stray
from wanglou.kernel import int64, kernel

_MASK = 0xFFFFFFFF


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
