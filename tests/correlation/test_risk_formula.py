"""The arithmetic of risk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.risk_formula import (
    DAY_NS,
    FULL,
    add_up,
    combine,
    fade,
    from_scores,
    group_rows,
    share_out,
    to_scores,
    to_strength,
    weigh_ranks,
)

scores = st.lists(st.integers(0, FULL), max_size=30).map(lambda found: np.array(sorted(found, reverse=True), np.int64))


def integers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """An array of whole numbers."""
    return np.array(values, np.int64)


@given(st.integers(0, 95))
def test_one_thing_alone_gives_its_points(points: int) -> None:
    """Strength and score undo each other."""
    assert to_scores(integers(to_strength(points)))[0] == points * 100


@given(st.integers(0, FULL - 1))
def test_scores_become_strengths_and_back(score: int) -> None:
    """To the hundredth, where the score is not full."""
    assert to_scores(from_scores(integers(score)))[0] == score


def test_very_strong_things_end_at_100() -> None:
    """The curve has an end."""
    assert to_scores(integers(10**15)).tolist() == [FULL]


@given(st.integers(0, FULL), st.lists(st.integers(0, 10**9), max_size=40))
def test_shares_add_up(total: int, strengths: list[int]) -> None:
    """Shares are whole, fall as strengths do, and are the total together."""
    shares = share_out(total, strengths)
    assert sum(shares) == (total if sum(strengths) else 0)
    for strength, share in zip(strengths, shares, strict=True):
        assert abs(share - total * strength / max(sum(strengths), 1)) < 1


@given(scores, st.floats(0, 0.9))
def test_a_whole_is_at_least_its_worst(found: np.ndarray[tuple[int], np.dtype[np.int64]], ratio: float) -> None:
    """It lies between the worst and 100, and its shares add up to it."""
    total, shares = combine(found, ratio)
    assert max(found.tolist(), default=0) <= total <= FULL
    assert sum(shares) == total


def test_fading() -> None:
    """Half after the half-life, nothing lost of what lies ahead."""
    assert fade(integers(0, 7 * DAY_NS, 14 * DAY_NS, -DAY_NS), 7).tolist() == [1, 0.5, 0.25, 1]


def test_ranks_count_less_and_less() -> None:
    """Each counts a ratio of the one before it; with 0 only the first."""
    ranks, values = integers(0, 1, 2), integers(1000, 1000, 1000)
    assert weigh_ranks(ranks, values, 0.5).tolist() == [1000, 500, 250]
    assert weigh_ranks(ranks, values, 0).tolist() == [1000, 0, 0]


def test_groups_by_two_keys() -> None:
    """Repeats count less within a group, further groups less beside the strongest, and rows of no value not at all."""
    first, second = integers(1, 0, 0, 0, 0), integers(5, 7, 7, 3, 2)
    values, tie = integers(80, 40, 100, 60, 0), integers(0, 1, 2, 3, 4)
    groups = group_rows(first, second, values, tie, repeat=0.25, further=0.5)
    assert list(zip(groups.first.tolist(), groups.second.tolist(), strict=True)) == [(0, 3), (0, 7), (1, 5)]
    assert groups.alone.tolist() == [60, 110, 80]
    assert groups.strength.tolist() == [30, 110, 80]
    assert groups.rows.tolist() == [3, 2, 1, 0]
    assert (groups.start.tolist(), groups.count.tolist()) == ([0, 1, 3], [1, 2, 1])


def test_no_rows_make_no_groups() -> None:
    """Nothing in, nothing out."""
    none = integers()
    assert len(group_rows(none, none, none, none, repeat=0.5, further=0.5).first) == 0


def test_sums_are_exact() -> None:
    """Whole numbers beyond what a float holds add up."""
    assert add_up(integers(1, 1), integers(2**53, 1), 3).tolist() == [0, 2**53 + 1, 0]


@pytest.mark.parametrize("strengths", [[], [0, 0]])
def test_nothing_shares_nothing(strengths: list[int]) -> None:
    """Without strengths there is nothing to share out."""
    assert share_out(0, strengths) == [0] * len(strengths)
