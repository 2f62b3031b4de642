"""Facts about ``detection.values``: the ring and its hash table behave as a plain list, newest first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.arena import Arena
from detection.rule import Operator
from detection.values import AFTER, place_value, read_link
from detection.window import ValueCount, make_threshold
from tests.support.windows import watch

SPAN = 10
Entry = tuple[int, int]
"""Time and value."""
STEPS = st.lists(st.tuples(st.integers(-4, 6), st.integers(0, 9) | st.sampled_from([2**62, -(2**62)])), max_size=60)


def place(held: list[Entry], room: list[int], now: int, value: int, most: int) -> int:
    """Put a value into a list, newest first, whose room doubles as that of a group does; -1 when it has no place."""
    old = next((at for at, entry in enumerate(held) if entry[1] == value), None)
    if old is not None and held[old][0] > now:
        return old
    if old is None and len(held) == room[0] < most and held[0][0] - held[-1][0] <= 2 * SPAN:
        room[0] *= 2
    rank = next((at for at, entry in enumerate(held) if entry[0] <= now), len(held))
    if old is not None:
        del held[old]
    elif len(held) == min(room[0], most):
        if rank == len(held):
            return -1
        held.pop()
    held.insert(rank, (now, value))
    return rank


@given(STEPS, st.integers(1, 9))
def test_values_stand_as_in_a_list(steps: list[Entry], most: int) -> None:
    """In order or late, known or new, each value gets the rank that a list gives it, and the ring holds the list."""
    arena, state = Arena(4096), np.zeros((1, 5), dtype=np.int64)
    held: list[Entry] = []
    room, clock = [2], 0
    for gap, value in steps:
        clock += gap
        expected = place(held, room, clock, value, most)
        at, rank = place_value(arena.words, arena.free, arena.used, state, 0, value, clock, 7, SPAN, most)

        assert (at < 0) == (expected < 0)
        assert at < 0 or rank == expected
        base, part, found = int(state[0, 3]) - 1, 1 << (int(state[0, 4]) - 2), []
        walked = int(state[0, 1])
        for _ in range(int(state[0, 0])):
            found.append((int(arena.words[base + part + walked]), int(arena.words[base + walked])))
            walked = read_link(arena.words, base + 3 * part, walked, AFTER)
        assert (found, walked) == (held, int(state[0, 1]))


@pytest.mark.parametrize(("operator", "limit", "hits"), [("gte", 300, 201), ("eq", 300, 1), ("lt", 3, 2)])
def test_hundreds_of_values_are_counted(operator: Operator, limit: int, hits: int) -> None:
    """Each of five hundred different values counts once, and the oldest fall out of what is kept."""
    events = [(at, 0, 10_000 - at) for at in range(500)]

    assert len(watch(ValueCount(make_threshold(operator, limit), 10_000, Arena()), events, [100, 350])) == hits
