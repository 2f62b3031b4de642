"""Facts about ``detection.arena``."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detection.arena import Arena, clear_groups, give_block, take_block


@given(st.lists(st.integers(0, 5) | st.none(), max_size=60))
def test_blocks_never_overlap(steps: list[int | None]) -> None:
    """Blocks taken and given back in any order are disjoint, and one that was given back is taken again."""
    arena = Arena()
    held: list[tuple[int, int]] = []
    for level in steps:
        if level is not None:
            held.append((take_block(arena.words, arena.free, arena.used, level), level))
        elif held:
            block, size = held.pop(0)
            give_block(arena.words, arena.free, block, size)
            assert take_block(arena.words, arena.free, arena.used, size) == block
            give_block(arena.words, arena.free, block, size)
        taken = [word for first, of in held for word in range(first, first + (1 << of))]
        assert len(set(taken)) == len(taken)
        assert all(0 <= word < len(arena.words) for word in taken)


def test_past_the_limit_there_is_no_room() -> None:
    """A block that does not fit is none, which is no error; a smaller one may still fit."""
    arena = Arena(limit=10_000)

    assert take_block(arena.words, arena.free, arena.used, 14) == -1
    assert take_block(arena.words, arena.free, arena.used, 13) == 0
    assert take_block(arena.words, arena.free, arena.used, 11) == -1


def test_cleared_groups_give_their_blocks_back() -> None:
    """A cleared group is all zero; one without a block has nothing to give."""
    arena = Arena()
    block = take_block(arena.words, arena.free, arena.used, 3)
    state = np.array([[1, 2, 1, block + 1, 3], [0, 0, 0, 0, 0]], dtype=np.int64)
    clear_groups(state, np.array([0, 1], dtype=np.int64), arena.words, arena.free)

    assert state.tolist() == [[0] * 5] * 2
    assert take_block(arena.words, arena.free, arena.used, 3) == block
