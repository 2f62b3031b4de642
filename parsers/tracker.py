"""The state that outlives a batch: flow table, streams, reassembly slots; and what a batch turned into."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    SKIPPED,
    SLOT_FREE,
    SPILL_FULL,
    SPILLED,
    SPOKEN,
    STRAYS,
)
from parsers.message import CONVERSATION, MESSAGE, copy_messages
from parsers.packet import FRAME
from parsers.slot import SLOT, SLOT_BYTES
from parsers.tracking import ROOM, track_batch

CARRIED_BYTES = 1 << 26
"""Bytes that may wait for another batch at once; beyond it the longest waiting messages are cut."""

_COUNTERS = {
    "flows_evicted": EVICTED,
    "stream_slots_missing": NO_SLOT,
    "stream_gaps": GAPS,
    "stream_gap_bytes": GAP_BYTES,
    "stream_overlap_bytes": OVERLAP_BYTES,
    "stream_out_of_order": OUT_OF_ORDER,
    "stream_spill_full": SPILL_FULL,
    "stream_strays": STRAYS,
    "stream_skipped_bytes": SKIPPED,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the tables; each has a counter that says how often it was hit."""

    flows: int = 65_536
    """Flows followed at once (a power of two); the longest silent is ended early when a new one needs its place."""
    slots: int = 256
    """TCP sides that may wait for missing bytes at once, 128 KiB each."""
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
    gathered: int = 16_384
    """Messages of a protocol that is seldom heard are gathered over a few batches up to so many; 0: never."""


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
    spoken: int
    """Bit n is set when there may be messages of protocol n."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Messages that wait for another batch, their conversations, and their bytes."""

    messages: Any
    """MESSAGE[n], their offsets into ``data``."""
    conversations: Any
    """CONVERSATION[m]."""
    data: NDArray[np.uint8]
    cut: int = 0
    """Messages of which less was kept than there was: their bytes would be too many."""


def carry_over(waiting: Any, conversations: Any, data: NDArray[np.uint8], spill: NDArray[np.uint8]) -> Carried:
    """Copy out what must outlive the batch: the bytes of ``waiting`` messages and their conversations."""
    used = np.flatnonzero(np.bincount(waiting["conversation"], minlength=len(conversations)))
    numbers = np.empty(len(conversations), dtype=np.int32)
    numbers[used] = np.arange(len(used))
    cut = _cut_longest(waiting["length"])
    kept = np.empty(int(waiting["length"].sum()), dtype=np.uint8)
    copy_messages(data, spill, waiting, kept)
    waiting["conversation"] = numbers[waiting["conversation"]]
    return Carried(waiting, conversations[used].copy(), kept, cut)


def _cut_longest(lengths: NDArray[np.int32]) -> int:
    """Cut ``lengths`` in place so that their sum is at most CARRIED_BYTES; returns how many became shorter."""
    if int(lengths.sum(dtype=np.int64)) <= CARRIED_BYTES:
        return 0
    most = CARRIED_BYTES // len(lengths)
    cut = int((lengths > most).sum())
    np.minimum(lengths, most, out=lengths)
    return cut


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
        return self._follow(data, frames, ts_ns, first, spill, self._begin(len(frames), spilled, carried), ending=False)

    def finish(self, spill: NDArray[np.uint8], spilled: int, carried: Carried) -> Tracked:
        """End all flows: the capture is over."""
        nothing, times = np.empty(0, dtype=np.uint8), np.empty(0, dtype=np.int64)
        out = self._begin(0, spilled, carried)
        return self._follow(nothing, np.recarray(0, dtype=FRAME), times, 0, spill, out, ending=True)

    def _follow(
        self, data: NDArray[np.uint8], frames: Any, ts_ns: NDArray[np.int64], first: int, spill: NDArray[np.uint8],
        out: _Workspace, *, ending: bool,
    ) -> Tracked:  # fmt: skip
        """Run the kernel as often as messages need more room."""
        done = 0
        while done < len(frames) + ending:
            out.grow(int(self._scalars[MESSAGES]))
            done = track_batch(
                data, frames, ts_ns, first, done, self._flows, self._sides, self._buckets, self._bucket_at,
                self._slots, self._pool, self._present, spill, out.messages, out.conversations, out.ended_flows,
                out.ended_sides, self._scalars, self._seed, self._limits.idle_s * 1_000_000_000,
                self._limits.active_s * 1_000_000_000, ending,
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

    def _begin(self, packets: int, spilled: int, carried: Carried) -> _Workspace:
        """Start a batch with what is carried."""
        messages, conversations = len(carried.messages), len(carried.conversations)
        self._scalars[[CONVERSATIONS, ENDED, MESSAGES]] = conversations, 0, messages
        self._scalars[SPILLED] = spilled
        self._scalars[EPOCH] += 1
        self._scalars[SPOKEN] = sum(1 << app for app in np.unique(carried.messages["app"]).tolist())
        self._workspace.reserve(packets * 2 + messages, packets * 2 + self._limits.flows, packets, conversations)
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
            int(self._scalars[SPOKEN]),
        )


class _Workspace:
    """Arrays that every batch fills anew, kept so that their pages are not asked for again and again."""

    def __init__(self) -> None:
        """Start empty."""
        self.messages: Any = np.recarray(0, dtype=MESSAGE)
        self.conversations: Any = np.recarray(0, dtype=CONVERSATION)
        self.ended_flows: Any = np.recarray(0, dtype=FLOW_RECORD)
        self.ended_sides: Any = np.recarray(0, dtype=SIDE_RECORD)

    def reserve(self, messages: int, ends: int, packets: int, conversations: int) -> None:
        """Make room for ``messages`` messages at first and ``ends`` ended flows.

        A flow is a new conversation when it ends, or when a packet makes its protocol known or another one.
        """
        if len(self.messages) < messages + ROOM:
            self.messages = np.recarray(messages * 5 // 4 + ROOM, dtype=MESSAGE)
        if len(self.ended_flows) < ends:
            self.ended_flows = np.recarray(ends * 5 // 4, dtype=FLOW_RECORD)
            self.ended_sides = np.recarray(ends * 5 // 4 * 2, dtype=SIDE_RECORD)
        if len(self.conversations) < ends + 2 * packets + conversations:
            self.conversations = np.recarray((ends + 2 * packets + conversations) * 5 // 4, dtype=CONVERSATION)

    def grow(self, used: int) -> None:
        """Make room for at least ROOM messages beside the ``used`` ones, which stay."""
        if len(self.messages) - used < ROOM:
            larger: Any = np.recarray(2 * len(self.messages) + ROOM, dtype=MESSAGE)
            larger[:used] = self.messages[:used]
            self.messages = larger


def _chain(count: int) -> NDArray[np.int32]:
    """A free list over ``count`` rows: each names the next, the last names -1."""
    following = np.arange(1, count + 1, dtype=np.int32)
    following[-1] = -1
    return following
