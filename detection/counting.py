"""The kernels of event_count: one pass over the records of a batch, all state in arrays.

``state`` int64[groups, 5] holds per group: entries kept, place of the newest, whether the condition held last time, the
group's block in the arena plus one (0 for none), and the level of the block. It is the same for ``values``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection.arena import give_block, take_block
from wanglou.kernel import kernel

LEAST_LEVEL = 3
"""Level of a group's first block: 8 times (event_count), or 2 values (value_count, 4 words each)."""
SPARE = 64
"""Times a ring keeps beyond those that its condition needs, so that late records find their place."""


@kernel
def grow_ring(
    words: NDArray[np.int64], free: NDArray[np.int64], used: NDArray[np.int64], state: NDArray[np.int64], group: int
) -> bool:
    """Double the ring of a group, oldest first; False when the arena is full."""
    level = int(state[group, 4]) + 1 if state[group, 3] > 0 else LEAST_LEVEL
    block = take_block(words, free, used, level)
    if block < 0:
        return False
    size, head = int(state[group, 0]), int(state[group, 1])
    if state[group, 3] > 0:
        old = int(state[group, 3]) - 1
        mask = (1 << (level - 1)) - 1
        for place in range(size):
            words[block + place] = words[old + ((head - size + 1 + place) & mask)]
        give_block(words, free, old, level - 1)
    state[group, 1] = size - 1
    state[group, 3], state[group, 4] = block + 1, level
    return True


@kernel
def find_ring_window(
    words: NDArray[np.int64], base: int, mask: int, head: int, size: int, late: int, need: int, span: int
) -> int:
    """Find a window of ``need`` records, within ``span``, that holds the record ``late`` places before the newest.

    Returns how many places before the newest the window ends, or -1.
    """
    if need <= 0:
        return late
    for end in range(max(0, late - need + 1), late + 1):
        oldest = end + need - 1
        if oldest < size and words[base + ((head - end) & mask)] - words[base + ((head - oldest) & mask)] <= span:
            return end
    return -1


@kernel
def place_event(
    words: NDArray[np.int64],
    free: NDArray[np.int64],
    used: NDArray[np.int64],
    state: NDArray[np.int64],
    group: int,
    now: int,
    span: int,
    room: int,
) -> int:
    """Put a time into the ring of a group; returns how many places before the newest it lies, or -1.

    A full ring grows while its oldest time lies within two timespans and it holds fewer than ``room``.
    """
    if state[group, 3] == 0 and not grow_ring(words, free, used, state, group):
        return -1
    base, mask = int(state[group, 3]) - 1, (1 << int(state[group, 4])) - 1
    size, head = int(state[group, 0]), int(state[group, 1])
    if size > mask and size < room and words[base + (head & mask)] - words[base + ((head + 1) & mask)] <= 2 * span:
        grow_ring(words, free, used, state, group)
        base, mask, head = int(state[group, 3]) - 1, (1 << int(state[group, 4])) - 1, int(state[group, 1])
    late = 0
    while late < size and words[base + ((head - late) & mask)] > now:
        late += 1
    if late == size and size > mask:
        return -1
    head = (head + 1) & mask
    for place in range(late):
        words[base + ((head - place) & mask)] = words[base + ((head - place - 1) & mask)]
    words[base + ((head - late) & mask)] = now
    state[group, 0], state[group, 1] = min(size + 1, mask + 1), head
    return late


@kernel
def count_events(
    kinds: NDArray[np.int32],
    times: NDArray[np.int64],
    pointers: NDArray[np.int64],
    start: NDArray[np.int64],
    slots: NDArray[np.int64],
    words: NDArray[np.int64],
    free: NDArray[np.int64],
    used: NDArray[np.int64],
    state: NDArray[np.int64],
    marks: NDArray[np.int64],
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

    A group's block is a ring of times in rising order; ``marks`` int64[groups, LEADS + 1] are the pointers of its last
    records, oldest first. Returns (hits, leads, records that could not be placed).
    """
    room = max(least, most, 1) + SPARE
    hits = found = dropped = 0
    for row in range(len(kinds)):
        kind = int(kinds[row])
        first_entry, last_entry = int(start[kind]), int(start[kind + 1])
        if first_entry == last_entry:
            continue
        now = int(times[row])
        for entry in range(first_entry, last_entry):
            group = int(slots[entry])
            if group < 0:
                continue
            late = place_event(words, free, used, state, group, now, span, room)
            if late < 0:
                dropped += 1
                continue
            last = marks.shape[1] - 1
            for place in range(last):
                marks[group, place] = marks[group, place + 1]
            marks[group, last] = pointers[row]
            size, head = int(state[group, 0]), int(state[group, 1])
            base, mask = int(state[group, 3]) - 1, (1 << int(state[group, 4])) - 1
            end = find_ring_window(words, base, mask, head, size, late, least, span)
            holds = end >= 0 and (most == 0 or find_ring_window(words, base, mask, head, size, late, most, span) < 0)
            if holds == negate:
                state[group, 2] = 0
                continue
            hit_rows[hits] = row
            oldest = end + least - 1 if end >= 0 and least > 0 else late
            hit_since[hits] = words[base + ((head - oldest) & mask)]
            hit_lead[hits] = -1
            if state[group, 2] == 0:
                hit_lead[hits] = found
                before = min(least, size) - 1
                for place in range(last):
                    leads[found, place] = marks[group, place] if last - place <= before else -1
                found += 1
            state[group, 2] = 1
            hits += 1
    return hits, found, dropped
