"""Distinct codes of many groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.distinct import find_distinct, keep_first

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=30)


@given(PAIRS, st.sampled_from([5, 1_000]))
def test_pairs_as_counted_one_by_one(pairs: list[tuple[int, int]], width: int) -> None:
    """Found in a table or by sorting, each pair is there once, with its first place, its count and its worst."""
    pairs = sorted(pairs, key=lambda pair: pair[0])
    of, code = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    found = find_distinct(of, code, 4, width)
    assert list(zip(found.of.tolist(), found.code.tolist(), strict=True)) == sorted(set(pairs))
    assert found.first.tolist() == [pairs.index(pair) for pair in sorted(set(pairs))]
    assert found.count().tolist() == [pairs.count(pair) for pair in sorted(set(pairs))]
    places = np.arange(len(pairs))
    assert [pairs[place] for place in found.find_worst(places).tolist()] == sorted(set(pairs))
    assert found.add_up(np.ones(len(pairs), dtype=np.int64)).tolist() == found.count().tolist()
    assert [found.of[low:high].tolist() for low, high in zip(found.bounds[:-1], found.bounds[1:], strict=True)] == [
        [group] * len({pair for pair in pairs if pair[0] == group}) for group in range(4)
    ]


@pytest.mark.parametrize("width", [4, 10_000])
def test_what_two_share(width: int) -> None:
    """A pair is shared where the other has it and marks it; nothing is shared with none."""
    of = np.array([0, 0, 1], dtype=np.int64)
    mine = find_distinct(of, np.array([1, 2, 1]), 2, width)
    other = find_distinct(of, np.array([2, 3, 1]), 2, width)
    assert mine.mark_shared(other, np.ones(3, dtype=np.bool_)).tolist() == [False, True, True]
    assert mine.mark_shared(other, other.mark(np.array([True, True, False]))).tolist() == [False, True, False]
    none = find_distinct(of[:0], of[:0], 2, width)
    assert mine.mark_shared(none, np.zeros(0, dtype=np.bool_)).tolist() == [False] * 3


def test_first_of_each_group() -> None:
    """So many of each group are kept."""
    of = np.array([0, 0, 0, 1, 2, 2])
    assert keep_first(of, np.array([0, 3, 4, 6]), 2).tolist() == [True, True, False, True, True, True]
