"""event_count and value_count over true sliding windows of packet time, exact and bounded.

A record is counted with those of its group that lie at most the timespan before it. Records may come slightly out of
order: a late one is put in its place, and the condition is asked of the windows that hold it. Only as many of the
newest records (event_count) or values (value_count) as can matter are kept, and none older than two timespans when
room is short; a record that is later than all of them, or finds no room, is passed over and counted. A value keeps its
last time only, so a late value can be missed but never counted falsely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.arena import Arena, clear_groups
from detection.counting import count_events
from detection.rule import Operator
from detection.values import count_values

LEADS = 9
"""Records before the triggering one whose evidence a match keeps."""
EARLIEST, LATEST = -(1 << 61), 1 << 61
"""Times are clipped to this range (1896 to 2043), so that no difference overflows."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A count condition as two questions: at least ``least``, and (when not 0) not at least ``most``."""

    least: int
    most: int
    negate: bool

    @property
    def need(self) -> int:
        """How many records or values must be kept."""
        return max(self.least, self.most, 1)


def make_threshold(operator: Operator, count: int) -> Threshold:
    """Turn a Sigma count condition into a threshold."""
    return {
        "gte": Threshold(count, 0, negate=False),
        "gt": Threshold(count + 1, 0, negate=False),
        "lt": Threshold(count, 0, negate=True),
        "lte": Threshold(count + 1, 0, negate=True),
        "eq": Threshold(count, count + 1, negate=False),
        "neq": Threshold(count, count + 1, negate=True),
    }[operator]


@dataclass(frozen=True, slots=True)
class Rows:
    """The records of a batch as the windows see them; ``n`` of them in the order of the table."""

    kinds: NDArray[np.int32]
    """int32[n]: kind of each record."""
    times: NDArray[np.int64]
    """int64[n]: nanoseconds."""
    pointers: NDArray[np.int64]
    """int64[n]: evidence pointer, packed."""

    def pick(self, places: NDArray[np.int64]) -> Rows:
        """Give some of the records, by place, rising."""
        return Rows(self.kinds[places], self.times[places], self.pointers[places])


@dataclass(frozen=True, slots=True)
class Entries:
    """Which records concern a correlation: per kind, the steps it matches and the group it falls into."""

    start: NDArray[np.int64]
    """int64[kinds + 1]: entries of kind k are start[k]..start[k + 1]."""
    slots: NDArray[np.int64]
    """int64[entries]: slot of the group, -1 for none; entries of one kind and slot follow by falling step."""
    steps: NDArray[np.int64]
    """int64[entries]: position of the base rule."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Where the condition of a correlation held."""

    rows: NDArray[np.int64]
    """int64[m]: row of the record that made it hold, rising."""
    since: NDArray[np.int64]
    """int64[m]: time of the oldest record it took."""
    lead: NDArray[np.int64]
    """int64[m]: row of ``leads`` where it began to hold, else -1."""
    leads: NDArray[np.int64]
    """int64[k, LEADS]: pointers of the records before the triggering one, oldest first; -1 where none."""

    @classmethod
    def empty(cls, size: int) -> Hits:
        """Make room for ``size`` hits."""
        rows, since, lead = (np.empty(size, dtype=np.int64) for _ in range(3))
        return cls(rows, since, lead, np.empty((size, LEADS), dtype=np.int64))

    def cut(self, hits: int, leads: int) -> Hits:
        """Keep what was filled."""
        return Hits(
            self.rows[:hits].copy(), self.since[:hits].copy(), self.lead[:hits].copy(), self.leads[:leads].copy()
        )


class EventCount:
    """State of an event_count rule: per group the times within the timespan, sorted."""

    def __init__(self, threshold: Threshold, span_ns: int, arena: Arena) -> None:
        """Count records within ``span_ns``; times are kept in ``arena``."""
        self.threshold, self.span, self.arena = threshold, span_ns, arena
        self.late = 0
        self.state = resize_state(None, (0, 5))
        self.marks = resize_state(None, (0, LEADS + 1))

    slot_bytes = 8 * (5 + LEADS + 1)
    """Bytes of state a group takes, beside its block in the arena."""

    def resize(self, groups: int) -> None:
        """Make room for ``groups`` groups, keeping what there is."""
        self.state = resize_state(self.state, (groups, 5))
        self.marks = resize_state(self.marks, (groups, LEADS + 1))

    def clear(self, slots: list[int]) -> None:
        """Forget the groups in these slots."""
        clear_groups(self.state, np.array(slots, dtype=np.int64), self.arena.words, self.arena.free)

    def observe(self, rows: Rows, entries: Entries, _values: NDArray[np.int64] | None, size: int) -> Hits:
        """Count records; at most ``size`` of them concern the rule."""
        hits, threshold, arena = Hits.empty(size), self.threshold, self.arena
        found, leads, late = count_events(
            rows.kinds, rows.times, rows.pointers, entries.start, entries.slots, arena.words, arena.free, arena.used,
            self.state, self.marks, self.span, threshold.least, threshold.most, threshold.negate,
            hits.rows, hits.since, hits.lead, hits.leads,
        )  # fmt: skip
        self.late += late
        return hits.cut(found, leads)


class ValueCount:
    """State of a value_count rule: per group the most recent distinct values with their last times."""

    def __init__(self, threshold: Threshold, span_ns: int, arena: Arena) -> None:
        """Count distinct values within ``span_ns``; values are kept in ``arena``."""
        self.threshold, self.span, self.arena = threshold, span_ns, arena
        self.late = 0
        self.state = resize_state(None, (0, 5))

    slot_bytes = 8 * 5
    """Bytes of state a group takes, beside its block in the arena."""

    def resize(self, groups: int) -> None:
        """Make room for ``groups`` groups, keeping what there is."""
        self.state = resize_state(self.state, (groups, 5))

    def clear(self, slots: list[int]) -> None:
        """Forget the groups in these slots."""
        clear_groups(self.state, np.array(slots, dtype=np.int64), self.arena.words, self.arena.free)

    def observe(self, rows: Rows, entries: Entries, values: NDArray[np.int64] | None, size: int) -> Hits:
        """Count values int64[n], one per record; a missing value is not counted."""
        if values is None:
            raise TypeError("value_count needs values")
        hits, threshold, arena = Hits.empty(size), self.threshold, self.arena
        found, leads, late = count_values(
            rows.kinds, rows.times, rows.pointers, values, entries.start, entries.slots, arena.words, arena.free,
            arena.used, self.state, self.span, threshold.least, threshold.most, threshold.negate,
            hits.rows, hits.since, hits.lead, hits.leads,
        )  # fmt: skip
        self.late += late
        return hits.cut(found, leads)


def resize_state(old: NDArray[np.int64] | None, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Give a larger state array of zeros that begins with the old one."""
    new = np.zeros(shape, dtype=np.int64)
    if old is not None:
        new[: len(old)] = old
    return new
