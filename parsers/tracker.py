"""The state that outlives a batch: flow table, streams, reassembly slots; and what a batch turned into."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.ending import end_all
from parsers.flow import (
    CONVERSATIONS,
    ENDED,
    EPOCH,
    EVICTED,
    FLOW_RECORD,
    FREE,
    GAP_BYTES,
    GAPS,
    MESSAGES,
    NEWEST,
    NO_SLOT,
    OLDEST,
    OUT_OF_ORDER,
    OVERLAP_BYTES,
    SCALARS,
    SIDE_RECORD,
    SLOT_FREE,
    SPILL_FULL,
    SPILLED,
    STRAYS,
)
from parsers.message import CONVERSATION, MESSAGE, copy_messages
from parsers.slot import SLOT, SLOT_BYTES
from parsers.tracking import track_batch

_SHORTEST = 2  # bytes per message at worst: RTU frames of four, between them malformed ones of one

_COUNTERS = {
    "flows_evicted": EVICTED,
    "stream_slots_missing": NO_SLOT,
    "stream_gaps": GAPS,
    "stream_gap_bytes": GAP_BYTES,
    "stream_overlap_bytes": OVERLAP_BYTES,
    "stream_out_of_order": OUT_OF_ORDER,
    "stream_spill_full": SPILL_FULL,
    "stream_strays": STRAYS,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the tables; each has a counter that says how often it was hit."""

    flows: int = 65_536
    """Flows followed at once (a power of two); the longest silent is ended early when a new one needs its place."""
    slots: int = 256
    """TCP sides that may wait for missing bytes at once, 64 KiB each."""
    idle_s: int = 300
    """Silence in packet time after which a flow ends."""
    active_s: int = 1800
    """Packet time after which a flow that goes on is recorded and counted anew."""
    pending: int = 65_536
    """Requests that may wait for their reply at once."""
    reply_s: int = 30
    """Packet time a request waits for its reply."""
    fragments: int = 4_096
    """Fragmented datagrams that may wait for their rest at once."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """What a batch turned into; the arrays are reused by the next batch."""

    messages: Any
    """MESSAGE[n]."""
    conversations: Any
    """CONVERSATION[n]: what ``messages.conversation`` numbers."""
    ended_flows: Any
    """FLOW_RECORD[n]: flows that ended, or slices of long ones."""
    ended_sides: Any
    """SIDE_RECORD[2n]: their two sides."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Messages that wait for another batch, their conversations, and their bytes."""

    messages: Any
    """MESSAGE[n], their offsets into ``data``."""
    conversations: Any
    """CONVERSATION[m]."""
    data: NDArray[np.uint8]


def carry_over(waiting: Any, conversations: Any, data: NDArray[np.uint8], spill: NDArray[np.uint8]) -> Carried:
    """Copy out what must outlive the batch: the bytes of ``waiting`` messages and their conversations."""
    used, numbers = np.unique(waiting["conversation"], return_inverse=True)
    kept = np.empty(int(waiting["length"].sum()), dtype=np.uint8)
    copy_messages(data, spill, waiting, kept)
    waiting["conversation"] = numbers
    return Carried(waiting, conversations[used].copy(), kept)


class Tracker:
    """Follows flows from batch to batch."""

    def __init__(self, limits: Limits) -> None:
        """Allocate the tables; memory is touched only as far as traffic fills them."""
        self._limits = limits
        self._flows = np.recarray(limits.flows, dtype=FLOW_RECORD)
        self._sides = np.recarray(limits.flows * 2, dtype=SIDE_RECORD)
        self._buckets = np.full(limits.flows * 2, -1, dtype=np.int32)
        self._bucket_at = np.zeros(limits.flows, dtype=np.int32)
        self._slots = np.recarray(limits.slots, dtype=SLOT)
        self._pool = np.zeros(limits.slots * SLOT_BYTES, dtype=np.uint8)
        self._present = np.zeros(limits.slots * SLOT_BYTES, dtype=np.uint8)
        self._flows["bucket_next"] = _chain(limits.flows)
        self._slots["next_free"] = _chain(limits.slots)
        self._scalars = np.zeros(SCALARS, dtype=np.int64)
        self._scalars[[OLDEST, NEWEST]] = -1
        self._scalars[[FREE, SLOT_FREE]] = 0
        self._seed = secrets.randbits(31)
        self._workspace = _Workspace()

    def track(
        self, data: NDArray[np.uint8], frames: Any, ts_ns: NDArray[np.int64], first: int, spill: NDArray[np.uint8],
        spilled: int, carried: Carried,
    ) -> Tracked:  # fmt: skip
        """Follow a batch; messages that could not stay in ``data`` are copied to ``spill`` from ``spilled`` on."""
        out = self._begin(len(data) + spilled + self._limits.slots * SLOT_BYTES, len(frames), spilled, carried)
        track_batch(
            data, frames, ts_ns, first, self._flows, self._sides, self._buckets, self._bucket_at, self._slots,
            self._pool, self._present, spill, out.messages, out.conversations, out.ended_flows, out.ended_sides,
            self._scalars, self._seed, self._limits.idle_s * 1_000_000_000, self._limits.active_s * 1_000_000_000,
        )  # fmt: skip
        return self._end(out)

    def finish(self, spill: NDArray[np.uint8], spilled: int, carried: Carried) -> Tracked:
        """End all flows: the capture is over."""
        out = self._begin(self._limits.slots * SLOT_BYTES, 0, spilled, carried)
        end_all(
            self._flows, self._sides, self._buckets, self._bucket_at, self._slots, self._pool, self._present, spill,
            out.messages, out.conversations, out.ended_flows, out.ended_sides, self._scalars,
        )  # fmt: skip
        return self._end(out)

    @property
    def spilled(self) -> int:
        """Bytes of the spill buffer in use."""
        return int(self._scalars[SPILLED])

    @property
    def counters(self) -> dict[str, int]:
        """How often each bound was hit and what was lost, since the start."""
        return {name: int(self._scalars[index]) for name, index in _COUNTERS.items()}

    def _begin(self, byte_count: int, packets: int, spilled: int, carried: Carried) -> _Workspace:
        """Start a batch with what is carried, and with room for as many messages as its bytes can hold."""
        messages, conversations = len(carried.messages), len(carried.conversations)
        self._scalars[[CONVERSATIONS, ENDED, MESSAGES]] = conversations, 0, messages
        self._scalars[SPILLED] = spilled
        self._scalars[EPOCH] += 1
        ends = packets * 2 + self._limits.flows + conversations
        self._workspace.reserve(byte_count // _SHORTEST + 1 + messages, ends)
        self._workspace.messages[:messages] = carried.messages
        self._workspace.conversations[:conversations] = carried.conversations
        return self._workspace

    def _end(self, out: _Workspace) -> Tracked:
        """Cut the workspace to what was filled."""
        ended = int(self._scalars[ENDED])
        return Tracked(
            out.messages[: self._scalars[MESSAGES]],
            out.conversations[: self._scalars[CONVERSATIONS]],
            out.ended_flows[:ended],
            out.ended_sides[: 2 * ended],
        )


class _Workspace:
    """Arrays that every batch fills anew, kept so that their pages are not asked for again and again."""

    def __init__(self) -> None:
        """Start empty."""
        self.messages: Any = np.recarray(0, dtype=MESSAGE)
        self.conversations: Any = np.recarray(0, dtype=CONVERSATION)
        self.ended_flows: Any = np.recarray(0, dtype=FLOW_RECORD)
        self.ended_sides: Any = np.recarray(0, dtype=SIDE_RECORD)

    def reserve(self, messages: int, ends: int) -> None:
        """Make room for ``messages`` messages and ``ends`` ended flows."""
        if len(self.messages) < messages:
            self.messages = np.recarray(messages, dtype=MESSAGE)
        if len(self.ended_flows) < ends:
            self.ended_flows = np.recarray(ends, dtype=FLOW_RECORD)
            self.ended_sides = np.recarray(ends * 2, dtype=SIDE_RECORD)
            self.conversations = np.recarray(ends, dtype=CONVERSATION)


def _chain(count: int) -> NDArray[np.int32]:
    """A free list over ``count`` rows: each names the next, the last names -1."""
    following = np.arange(1, count + 1, dtype=np.int32)
    following[-1] = -1
    return following
