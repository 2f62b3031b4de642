"""The kernels of event_count and value_count: one pass over the records of a batch, all state in arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection.coding import NULL
from wanglou.kernel import kernel


@kernel
def find_ring_window(
    times: NDArray[np.int64], group: int, head: int, size: int, late: int, need: int, span: int
) -> int:
    """Find a window of ``need`` records, within ``span``, that holds the record ``late`` places before the newest.

    Returns how many places before the newest the window ends, or -1.
    """
    if need <= 0:
        return late
    mask = times.shape[1] - 1
    for end in range(max(0, late - need + 1), late + 1):
        oldest = end + need - 1
        if oldest < size and times[group, (head - end) & mask] - times[group, (head - oldest) & mask] <= span:
            return end
    return -1


@kernel
def count_events(
    kinds: NDArray[np.int32],
    times: NDArray[np.int64],
    pointers: NDArray[np.int64],
    start: NDArray[np.int64],
    slots: NDArray[np.int64],
    ring: NDArray[np.int64],
    marks: NDArray[np.int64],
    state: NDArray[np.int64],
    span: int,
    least: int,
    most: int,
    negate: bool,
    hit_rows: NDArray[np.int64],
    hit_since: NDArray[np.int64],
    hit_lead: NDArray[np.int64],
    leads: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Count the records of each group and note where the condition holds.

    ``ring`` and ``marks`` int64[groups, power of two]: times in rising order around ``head``, and their pointers;
    ``state`` int64[groups, 3]: records kept, place of the newest, whether the condition held last time.
    Returns (hits, leads, records too late to be placed).
    """
    mask = ring.shape[1] - 1
    hits = found = dropped = 0
    for row in range(len(kinds)):
        kind = int(kinds[row])
        for entry in range(start[kind], start[kind + 1]):
            group = int(slots[entry])
            now = int(times[row])
            size, head = int(state[group, 0]), int(state[group, 1])
            late = 0
            while late < size and ring[group, (head - late) & mask] > now:
                late += 1
            if late == size and size == mask + 1:
                dropped += 1
                continue
            head = (head + 1) & mask
            for place in range(late):
                ring[group, (head - place) & mask] = ring[group, (head - place - 1) & mask]
                marks[group, (head - place) & mask] = marks[group, (head - place - 1) & mask]
            ring[group, (head - late) & mask] = now
            marks[group, (head - late) & mask] = pointers[row]
            size = min(size + 1, mask + 1)
            state[group, 0], state[group, 1] = size, head
            end = find_ring_window(ring, group, head, size, late, least, span)
            holds = end >= 0 and (most == 0 or find_ring_window(ring, group, head, size, late, most, span) < 0)
            if holds == negate:
                state[group, 2] = 0
                continue
            hit_rows[hits] = row
            oldest = end + least - 1 if end >= 0 and least > 0 else late
            hit_since[hits] = ring[group, (head - oldest) & mask]
            hit_lead[hits] = -1
            if state[group, 2] == 0:
                hit_lead[hits] = found
                kept = 0
                for place in range(oldest, max(end, 0) - 1, -1):
                    if place != late and kept < leads.shape[1]:
                        leads[found, kept] = marks[group, (head - place) & mask]
                        kept += 1
                for place in range(kept, leads.shape[1]):
                    leads[found, place] = -1
                found += 1
            state[group, 2] = 1
            hits += 1
    return hits, found, dropped


@kernel
def find_value_window(times: NDArray[np.int64], group: int, size: int, place: int, need: int, span: int) -> int:
    """Find ``need`` values with last times within ``span`` that hold the value at ``place``; newest first.

    Returns the place of the newest of them, or -1.
    """
    if need <= 0:
        return place
    for first in range(max(0, place - need + 1), place + 1):
        if first + need <= size and times[group, first] - times[group, first + need - 1] <= span:
            return first
    return -1


@kernel
def place_value(
    values: NDArray[np.int64],
    times: NDArray[np.int64],
    marks: NDArray[np.int64],
    group: int,
    size: int,
    value: int,
    now: int,
    pointer: int,
) -> tuple[int, int]:
    """Put a value in the list of a group, newest first; returns (values kept, its place or -1 when it is too old)."""
    old = 0
    while old < size and values[group, old] != value:
        old += 1
    if old < size and times[group, old] > now:
        return size, old
    place = 0
    while place < old and times[group, place] > now:
        place += 1
    if old == size:
        if size == values.shape[1]:
            if place == size:
                return size, -1
            old = size - 1
        else:
            size += 1
    for at in range(old, place, -1):
        values[group, at], times[group, at], marks[group, at] = (
            values[group, at - 1],
            times[group, at - 1],
            marks[group, at - 1],
        )
    values[group, place], times[group, place], marks[group, place] = value, now, pointer
    return size, place


@kernel
def count_values(
    kinds: NDArray[np.int32],
    times: NDArray[np.int64],
    pointers: NDArray[np.int64],
    counted: NDArray[np.int64],
    start: NDArray[np.int64],
    slots: NDArray[np.int64],
    values: NDArray[np.int64],
    lasts: NDArray[np.int64],
    marks: NDArray[np.int64],
    state: NDArray[np.int64],
    span: int,
    least: int,
    most: int,
    negate: bool,
    hit_rows: NDArray[np.int64],
    hit_since: NDArray[np.int64],
    hit_lead: NDArray[np.int64],
    leads: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Count the distinct values of each group and note where the condition holds.

    ``values``, ``lasts``, ``marks`` int64[groups, room]: values, last times and pointers, newest first;
    ``state`` int64[groups, 2]: values kept, whether the condition held last time.
    Returns (hits, leads, records too late to be placed).
    """
    hits = found = dropped = 0
    for row in range(len(kinds)):
        kind = int(kinds[row])
        value = int(counted[row])
        if value == NULL:
            continue
        for entry in range(start[kind], start[kind + 1]):
            group = int(slots[entry])
            now = int(times[row])
            size, place = place_value(values, lasts, marks, group, int(state[group, 0]), value, now, int(pointers[row]))
            state[group, 0] = size
            if place < 0:
                dropped += 1
                continue
            first = find_value_window(lasts, group, size, place, least, span)
            holds = first >= 0 and (most == 0 or find_value_window(lasts, group, size, place, most, span) < 0)
            if holds == negate:
                state[group, 1] = 0
                continue
            hit_rows[hits] = row
            oldest = first + least - 1 if first >= 0 and least > 0 else place
            hit_since[hits] = lasts[group, oldest]
            hit_lead[hits] = -1
            if state[group, 1] == 0:
                hit_lead[hits] = found
                kept = 0
                for at in range(oldest, max(first, 0) - 1, -1):
                    if at != place and kept < leads.shape[1]:
                        leads[found, kept] = marks[group, at]
                        kept += 1
                for at in range(kept, leads.shape[1]):
                    leads[found, at] = -1
                found += 1
            state[group, 1] = 1
            hits += 1
    return hits, found, dropped
