"""The kernels of value_count: one pass over the records of a batch, all state in arrays.

``state`` int64[groups, 5] is that of ``counting``. A group's block holds the values, their last times, the pointers of
their last records and their links, a quarter of the block each. Values stand in a ring from the newest, whose place is
in ``state``, to the oldest, and are found by a hash table of chains: 15 bits of a word each hold the place before, the
place after, the next of the chain, and where the chain of this place's hash begins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection.arena import give_block, take_block
from detection.coding import NULL
from detection.counting import LEAST_LEVEL
from wanglou.kernel import int64, kernel

NONE = 0x7FFF
"""Place that is none. A block holds 1,024 values at most (``MAX_COUNT`` of ``correlations``)."""
BEFORE, AFTER, CHAIN, BUCKET = 0, 15, 30, 45
"""Where the parts of a link begin."""


@kernel
def read_link(words: NDArray[np.int64], links: int, place: int, part: int) -> int:
    """Read a part of the link of a place."""
    return (int64(words[links + place]) >> part) & NONE


@kernel
def set_link(words: NDArray[np.int64], links: int, place: int, part: int, to: int) -> None:
    """Write a part of the link of a place."""
    words[links + place] = (int64(words[links + place]) & ~(NONE << part)) | (to << part)


@kernel
def find_bucket(value: int, size: int) -> int:
    """Place of a table of ``size`` where the chain of a value begins."""
    mixed = ((value ^ (value >> 32)) & 0xFFFFFFFF) * 0x2C1B3C6D
    return (mixed >> 16) & (size - 1)


@kernel
def find_value(words: NDArray[np.int64], base: int, part: int, value: int) -> int:
    """Find the place of a value, or ``NONE``."""
    links = base + 3 * part
    place = read_link(words, links, find_bucket(value, part), BUCKET)
    while place != NONE and words[base + place] != value:
        place = read_link(words, links, place, CHAIN)
    return place


@kernel
def chain_value(words: NDArray[np.int64], base: int, part: int, place: int, value: int) -> None:
    """Put a value at a place and into the chain of its hash."""
    links, bucket = base + 3 * part, find_bucket(value, part)
    words[base + place] = value
    set_link(words, links, place, CHAIN, read_link(words, links, bucket, BUCKET))
    set_link(words, links, bucket, BUCKET, place)


@kernel
def unchain_value(words: NDArray[np.int64], base: int, part: int, place: int) -> None:
    """Take the value at a place out of the chain of its hash."""
    links, bucket = base + 3 * part, find_bucket(int64(words[base + place]), part)
    follower = read_link(words, links, place, CHAIN)
    at = read_link(words, links, bucket, BUCKET)
    if at == place:
        set_link(words, links, bucket, BUCKET, follower)
        return
    while read_link(words, links, at, CHAIN) != place:
        at = read_link(words, links, at, CHAIN)
    set_link(words, links, at, CHAIN, follower)


@kernel
def join_places(words: NDArray[np.int64], links: int, before: int, after: int) -> None:
    """Let one place follow another in the ring."""
    set_link(words, links, before, AFTER, after)
    set_link(words, links, after, BEFORE, before)


@kernel
def put_before(words: NDArray[np.int64], links: int, place: int, after: int) -> None:
    """Put a place that is in no ring before one that is; alone when that is ``NONE``."""
    if after == NONE:
        join_places(words, links, place, place)
        return
    join_places(words, links, read_link(words, links, after, BEFORE), place)
    join_places(words, links, place, after)


@kernel
def grow_values(
    words: NDArray[np.int64], free: NDArray[np.int64], used: NDArray[np.int64], state: NDArray[np.int64], group: int
) -> bool:
    """Double the room for the values of a group; False when the arena is full."""
    level = int64(state[group, 4]) + 1 if state[group, 3] > 0 else LEAST_LEVEL
    block = take_block(words, free, used, level)
    if block < 0:
        return False
    part = 1 << (level - 2)
    for place in range(part):
        words[block + 3 * part + place] = NONE << BUCKET
    if state[group, 3] > 0:
        old, old_part, at = int64(state[group, 3]) - 1, part >> 1, int64(state[group, 1])
        for place in range(int64(state[group, 0])):
            chain_value(words, block, part, place, int64(words[old + at]))
            words[block + part + place] = words[old + old_part + at]
            words[block + 2 * part + place] = words[old + 2 * old_part + at]
            put_before(words, block + 3 * part, place, 0 if place else NONE)
            at = read_link(words, old + 3 * old_part, at, AFTER)
        give_block(words, free, old, level - 1)
    state[group, 1] = 0
    state[group, 3], state[group, 4] = block + 1, level
    return True


@kernel
def see_newest(words: NDArray[np.int64], state: NDArray[np.int64], group: int, value: int, now: int, mark: int) -> int:
    """Note that the newest value of a group came again; returns its place, -1 when it is another or came later."""
    if state[group, 3] == 0:
        return -1
    base, part, newest = int64(state[group, 3]) - 1, 1 << (int64(state[group, 4]) - 2), int64(state[group, 1])
    if words[base + newest] != value or words[base + part + newest] > now:
        return -1
    words[base + part + newest], words[base + 2 * part + newest] = now, mark
    return newest


@kernel
def place_value(
    words: NDArray[np.int64],
    free: NDArray[np.int64],
    used: NDArray[np.int64],
    state: NDArray[np.int64],
    group: int,
    value: int,
    now: int,
    pointer: int,
    span: int,
    room: int,
) -> tuple[int, int]:
    """Put a value among those of a group; returns its place and how many are newer, or (-1, 0) when it has no place.

    Full room grows while the oldest value lies within two timespans and there are fewer than ``room``.
    """
    if state[group, 3] == 0 and not grow_values(words, free, used, state, group):
        return -1, 0
    base, part, size = int64(state[group, 3]) - 1, 1 << (int64(state[group, 4]) - 2), int64(state[group, 0])
    links, newest = base + 3 * part, int64(state[group, 1])
    place = find_value(words, base, part, value) if size > 0 else NONE
    if place != NONE and words[base + part + place] > now:
        rank, at = 0, newest
        while at != place:
            rank, at = rank + 1, read_link(words, links, at, AFTER)
        return place, rank
    if place == NONE and size == part and size < room:
        oldest = read_link(words, links, newest, BEFORE)
        if words[base + part + newest] - words[base + part + oldest] <= 2 * span:
            grow_values(words, free, used, state, group)
            base, part = int64(state[group, 3]) - 1, 1 << (int64(state[group, 4]) - 2)
            links, newest = base + 3 * part, int64(state[group, 1])
    rank, after = 0, newest
    while rank < size and words[base + part + after] > now:
        rank, after = rank + 1, read_link(words, links, after, AFTER)
    if place == NONE:
        if size < min(part, room):
            place = size
            state[group, 0] = size + 1
        elif rank == size:
            return -1, 0
        else:
            place = read_link(words, links, newest, BEFORE)
            unchain_value(words, base, part, place)
        chain_value(words, base, part, place, value)
    words[base + part + place], words[base + 2 * part + place] = now, pointer
    if place < size:
        if rank == 0 and place == read_link(words, links, newest, BEFORE):
            state[group, 1] = place
            return place, rank
        if after == place:
            return place, rank
        join_places(words, links, read_link(words, links, place, BEFORE), read_link(words, links, place, AFTER))
    put_before(words, links, place, after if size > 0 else NONE)
    if rank == 0:
        state[group, 1] = place
    return place, rank


@kernel
def walk_values(words: NDArray[np.int64], links: int, newest: int, size: int, rank: int) -> int:
    """Find the place of the value that ``rank`` others are newer than, from the end that is nearer."""
    place = newest
    if 2 * rank <= size:
        for _ in range(rank):
            place = read_link(words, links, place, AFTER)
    else:
        for _ in range(size - rank):
            place = read_link(words, links, place, BEFORE)
    return place


@kernel
def find_value_window(
    words: NDArray[np.int64], base: int, part: int, newest: int, size: int, rank: int, need: int, span: int
) -> int:
    """Find ``need`` values with last times within ``span`` that hold the one at ``rank``; newest first.

    Returns how many values are newer than the newest of them, or -1.
    """
    if need <= 0:
        return rank
    first = max(0, rank - need + 1)
    if first + need > size:
        return -1
    lasts, links = base + part, base + 3 * part
    begin = walk_values(words, links, newest, size, first)
    end = walk_values(words, links, newest, size, first + need - 1)
    while words[lasts + begin] - words[lasts + end] > span:
        first += 1
        if first > rank or first + need > size:
            return -1
        begin, end = read_link(words, links, begin, AFTER), read_link(words, links, end, AFTER)
    return first


@kernel
def fill_leads(
    words: NDArray[np.int64],
    base: int,
    part: int,
    place: int,
    oldest: int,
    count: int,
    leads: NDArray[np.int64],
    row: int,
) -> None:
    """Fill a row of ``leads`` with the pointers of ``count`` values from ``oldest`` on but that at ``place``."""
    kept, at = 0, oldest
    for _ in range(count):
        if at != place and kept < leads.shape[1]:
            leads[row, kept] = words[base + 2 * part + at]
            kept += 1
        at = read_link(words, base + 3 * part, at, BEFORE)
    for rest in range(kept, leads.shape[1]):
        leads[row, rest] = -1


@kernel
def count_values(
    kinds: NDArray[np.int32],
    times: NDArray[np.int64],
    pointers: NDArray[np.int64],
    counted: NDArray[np.int64],
    start: NDArray[np.int64],
    slots: NDArray[np.int64],
    words: NDArray[np.int64],
    free: NDArray[np.int64],
    used: NDArray[np.int64],
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

    Returns (hits, leads, records that could not be placed).
    """
    room = max(least, most, 1)
    hits = found = dropped = 0
    for row in range(len(kinds)):
        kind = int64(kinds[row])
        first_entry, last_entry = int64(start[kind]), int64(start[kind + 1])
        if first_entry == last_entry or counted[row] == NULL:
            continue
        value, now, pointer = int64(counted[row]), int64(times[row]), int64(pointers[row])
        for entry in range(first_entry, last_entry):
            group = int64(slots[entry])
            if group < 0:
                continue
            place, rank = see_newest(words, state, group, value, now, pointer), 0
            if place < 0:
                place, rank = place_value(words, free, used, state, group, value, now, pointer, span, room)
            if place < 0:
                dropped += 1
                continue
            size = int64(state[group, 0])
            if size < least and not negate:
                state[group, 2] = 0
                continue
            base, part, newest = int64(state[group, 3]) - 1, 1 << (int64(state[group, 4]) - 2), int64(state[group, 1])
            first = find_value_window(words, base, part, newest, size, rank, least, span)
            holds = first >= 0 and (
                most == 0 or find_value_window(words, base, part, newest, size, rank, most, span) < 0
            )
            if holds == negate:
                state[group, 2] = 0
                continue
            last = first + least - 1 if first >= 0 and least > 0 else rank
            oldest = walk_values(words, base + 3 * part, newest, size, last)
            hit_rows[hits], hit_since[hits], hit_lead[hits] = row, words[base + part + oldest], -1
            if state[group, 2] == 0:
                hit_lead[hits] = found
                fill_leads(words, base, part, place, oldest, last - max(first, 0) + 1, leads, found)
                found += 1
            state[group, 2] = 1
            hits += 1
    return hits, found, dropped
