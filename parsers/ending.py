"""The end of a flow, or of a slice of a long one: streams flushed, flow and sides copied out (kernels)."""

from __future__ import annotations

from typing import Any

from parsers.flow import (
    CLOSED,
    COUNT,
    END_ACTIVE,
    END_CLOSED,
    END_EVICTED,
    ENDED,
    EVICTED,
    FREE,
    REFUSED,
    RESET,
    Buckets,
    Scalars,
    unlink_age,
    unlink_bucket,
)
from parsers.gap import flush_side
from parsers.message import register_conversation
from parsers.packet import Bytes
from wanglou.kernel import kernel


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
def copy_ended(flow: Any, sides: Any, f: int, ended_flows: Any, ended_sides: Any, scalars: Scalars) -> None:
    """Copy flow and sides out for the flow table."""
    at = scalars[ENDED]
    scalars[ENDED] = at + 1
    ended_flows[at] = flow
    ended_sides[2 * at] = sides[2 * f]
    ended_sides[2 * at + 1] = sides[2 * f + 1]
