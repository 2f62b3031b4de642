"""Feeds records to the windows of correlations, and says by brute force what they must answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detection.correlator import Window
from detection.rule import Operator
from detection.window import Entries, Rows

Event = tuple[int, int, int]
"""Time, group (0-1) and step or value (0-3) of a record."""
OPERATORS: tuple[Operator, ...] = ("gt", "gte", "lt", "lte", "eq", "neq")
HOLDS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda count, limit: count > limit,
    "gte": lambda count, limit: count >= limit,
    "lt": lambda count, limit: count < limit,
    "lte": lambda count, limit: count <= limit,
    "eq": lambda count, limit: count == limit,
    "neq": lambda count, limit: count != limit,
}
GROUPS = 2


def in_order(steps: Sequence[Event]) -> list[Event]:
    """Turn gaps between records into rising times."""
    events, now = [], 0
    for gap, group, value in steps:
        now += gap
        events.append((now, group, value))
    return events


def watch(
    window: Window, events: Sequence[Event], places: Sequence[int] = (), *, by_step: bool = False
) -> list[tuple[int, int]]:
    """Feed events, cut at ``places``, and give the hits as (position of the event, earliest time).

    With ``by_step`` the third number is a base rule, else the value that is counted.
    """
    window.resize(GROUPS)
    window.clear(list(range(GROUPS)))
    edges = [0, *sorted(min(place, len(events)) for place in places), len(events)]
    found = []
    for first, last in pairwise(edges):
        hits = window.observe(*_batch(events[first:last], first, by_step=by_step), last - first)
        found += [(first + row, since) for row, since in zip(hits.rows.tolist(), hits.since.tolist(), strict=True)]
    return found


def _batch(events: Sequence[Event], first: int, *, by_step: bool) -> tuple[Rows, Entries, NDArray[np.int64]]:
    """Write events as rows whose kind is their group and step."""
    array = np.array(events, dtype=np.int64).reshape(len(events), 3)
    kinds = (array[:, 1] * 4 + array[:, 2] if by_step else array[:, 1]).astype(np.int32)
    count = GROUPS * 4 if by_step else GROUPS
    slots = np.arange(count, dtype=np.int64) // (4 if by_step else 1)
    steps = np.arange(count, dtype=np.int64) % 4 if by_step else np.zeros(count, dtype=np.int64)
    rows = Rows(kinds, np.ascontiguousarray(array[:, 0]), np.arange(first, first + len(events), dtype=np.int64))
    return rows, Entries(np.arange(count + 1, dtype=np.int64), slots, steps), np.ascontiguousarray(array[:, 2])
