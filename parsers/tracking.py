"""Frames to flows and messages: the loop that joins flow table, streams and framing (kernel).

In order, for every packet: age the table, find or make its flow, count it, and give its payload to whoever parses it:
in place when the side has nothing waiting, else through ``parsers.stream``. The steps that every packet takes are
copied into the loop.
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
    END_CAPTURE,
    END_CLOSED,
    END_EVICTED,
    END_IDLE,
    FIN,
    FREE,
    MESSAGES,
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
from parsers.gap import close_lost, close_side
from parsers.packet import OK, TCP, UDP, Bytes, get_mac
from parsers.port import is_server_port
from parsers.protocol import SILENT
from parsers.segment import take_segment
from parsers.sequence import (
    acknowledge,
    is_acked_beyond,
    is_reused,
)
from parsers.slot import SLOT_BYTES
from wanglou.kernel import inlined_kernel, int64, kernel

ROOM = 8 * SLOT_BYTES
"""Messages for which there must be room before a packet is looked at: it may end two flows and a stream of a third,
take another's slot and fill its own, and a message has at least one byte."""

_MASK = 0xFFFFFFFF


@kernel
def track_batch(
    data: Bytes, frames: Any, ts_ns: NDArray[np.int64], first: int, start: int, flows: Any, sides: Any,
    buckets: Buckets, bucket_at: Buckets, slots: Any, pool: Bytes, present: Bytes, spill: Bytes, messages: Any,
    conversations: Any, ended_flows: Any, ended_sides: Any, scalars: Scalars, seed: int, idle_ns: int,
    active_ns: int, ending: bool,
) -> int:  # fmt: skip
    """Track the decoded frames of a batch from number ``start`` on; returns the number of the one it stopped before.

    It stops where ``messages`` has room for fewer than ``ROOM`` more: the caller makes room and goes on there.
    ``bucket_at[f]`` is flow ``f``'s hash bucket. ``messages``, ``conversations``, ``ended_*`` are filled up to the
    counts in ``scalars``. With ``ending`` every flow that is left ends after them, the oldest first: then the number
    is beyond that of the frames by one.
    """
    mask = len(buckets) - 1
    for i in range(start, len(frames)):
        fr = frames[i]
        if fr.status != OK:
            continue
        ts, packet = ts_ns[i], first + i
        oldest = scalars[OLDEST]
        while oldest >= 0 and ts - flows[oldest].last_ns > idle_ns:
            if len(messages) - scalars[MESSAGES] < ROOM:
                return i
            end_flow(
                oldest, int64(END_IDLE), flows, sides, buckets, bucket_at, slots, pool, present, spill, messages,
                conversations, ended_flows, ended_sides, scalars,
            )  # fmt: skip
            oldest = scalars[OLDEST]
        if len(messages) - scalars[MESSAGES] < ROOM:
            return i
        swapped = is_swapped(fr)
        side = 1 if swapped else 0
        tcp = fr.protocol == TCP
        f = _take_flow(
            fr, swapped, side, tcp, ts, packet, seed, mask, flows, sides, buckets, bucket_at, slots, pool, present,
            spill, messages, conversations, ended_flows, ended_sides, scalars,
        )  # fmt: skip
        flow, mine, other = flows[f], sides[2 * f + side], sides[2 * f + 1 - side]
        if ts - flow.slice_ns > active_ns:
            end_slice(
                flow, sides, f, ts, packet, conversations, ended_flows, ended_sides, scalars
            )  # fmt: skip
        _count_packet(data, fr, flow, mine, other, tcp, ts, packet)
        near, far = sides[2 * f], sides[2 * f + 1]
        buf = data if fr.spill == 0 else spill
        pos, count, wire = int64(fr.payload), int64(fr.payload_len), int64(fr.payload_wire)
        if not tcp:
            if fr.protocol == UDP and wire > 0 and flow.app < SILENT:
                parse_datagram(
                    buf, pos, pos + count, wire - count, flow, near, far, side, packet, ts, fr.spill, messages,
                    conversations, scalars,
                )  # fmt: skip
            continue
        seq, flags = int64(fr.seq), int64(fr.tcp_flags)
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
            continue  # what a reset carries is a diagnostic text (RFC 9293 §3.5.3)
        if wire > 0:
            if not mine.synced:
                mine.next_seq = seq
                mine.synced = 1
            take_segment(
                buf, pos, count, wire, seq, fr.spill, f, flow, near, far, mine, side, packet, ts, flows, sides, slots,
                pool, present, spill, messages, conversations, scalars,
            )  # fmt: skip
        if flags & FIN and mine.slot >= 0:
            close_side(
                flow, near, far, mine, side, (seq + wire) & _MASK, slots, pool, present, spill, messages,
                conversations, scalars,
            )  # fmt: skip
    while ending and scalars[OLDEST] >= 0:
        if len(messages) - scalars[MESSAGES] < ROOM:
            return len(frames)
        end_flow(
            scalars[OLDEST], int64(END_CAPTURE), flows, sides, buckets, bucket_at, slots, pool, present, spill,
            messages, conversations, ended_flows, ended_sides, scalars,
        )  # fmt: skip
    return len(frames) + ending


@inlined_kernel
def _take_flow(
    fr: Any, swapped: bool, side: int, tcp: bool, ts: int, packet: int, seed: int, mask: int, flows: Any, sides: Any,
    buckets: Buckets, bucket_at: Buckets, slots: Any, pool: Bytes, present: Bytes, spill: Bytes, messages: Any,
    conversations: Any, ended_flows: Any, ended_sides: Any, scalars: Scalars,
) -> int:  # fmt: skip
    """Find the packet's flow or make it, and put it at the young end of the list by age; returns its number."""
    bucket = bucket_of(fr, seed, mask)
    f = int64(buckets[bucket])
    while f >= 0 and not is_key_equal(flows[f], fr, swapped):
        f = int64(flows[f].bucket_next)
    if f >= 0 and tcp and fr.tcp_flags & SYN and is_reused(flows[f], sides[2 * f + side], fr):
        end_flow(
            f, int64(END_CLOSED), flows, sides, buckets, bucket_at, slots, pool, present, spill, messages,
            conversations, ended_flows, ended_sides, scalars,
        )  # fmt: skip
        f = int64(-1)
    if f < 0:
        if scalars[FREE] < 0:
            end_flow(
                scalars[OLDEST], int64(END_EVICTED), flows, sides, buckets, bucket_at, slots, pool, present, spill,
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
        choose_client(flows[f], fr, side, tcp, is_server_port(int64(fr.sport)), is_server_port(int64(fr.dport)))
        flows[f].bucket_next = buckets[bucket]
        buckets[bucket] = f
        bucket_at[f] = bucket
        append_age(flows, scalars, f)
    elif scalars[NEWEST] != f:
        unlink_age(flows, scalars, f)
        append_age(flows, scalars, f)
    return f


@inlined_kernel
def _count_packet(data: Bytes, fr: Any, flow: Any, mine: Any, other: Any, tcp: bool, ts: int, packet: int) -> None:
    """Count the packet for its flow and side, and move the flow's state on."""
    flow.last_ns = max(ts, flow.last_ns)
    flow.last_packet = packet
    if mine.mac < 0 and fr.link >= 0:
        mine.mac = get_mac(data, int64(fr.link) + 6)
        if other.mac < 0:
            other.mac = get_mac(data, int64(fr.link))
    mine.packets += 1
    mine.bytes += fr.ip_bytes
    mine.payload_bytes += int64(fr.payload_wire)
    flags = int64(fr.tcp_flags)
    update_state(flow, mine, other, flags, tcp)
    mine.tcp_flags |= flags
