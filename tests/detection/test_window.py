"""Facts about ``detection.window``: thresholds and the state of groups."""

from __future__ import annotations

import numpy as np
import pytest

from detection.arena import Arena
from detection.rule import Operator
from detection.window import Entries, EventCount, Hits, Rows, ValueCount, make_threshold, resize_state
from tests.support.windows import HOLDS, OPERATORS, watch

SECOND = 1_000_000_000


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("limit", [0, 1, 3])
def test_thresholds_ask_the_same_as_the_operator(operator: Operator, limit: int) -> None:
    """Two questions of the form "at least n" answer each of the six operators."""
    threshold = make_threshold(operator, limit)

    for count in range(6):
        asked = (count >= threshold.least and (threshold.most == 0 or count < threshold.most)) != threshold.negate
        assert asked is HOLDS[operator](count, limit)


def test_a_window_slides() -> None:
    """Three records within ten seconds count even where fixed ten-second bins would part them."""
    events = [(second * SECOND, 0, 0) for second in (8, 9, 11, 25, 36)]

    assert watch(EventCount(make_threshold("gte", 3), 10 * SECOND, Arena()), events) == [(2, 8 * SECOND)]


def test_both_ends_of_the_timespan_belong_to_it() -> None:
    """A record exactly one timespan older still counts, one nanosecond more does not."""
    window = make_threshold("gte", 2)

    assert watch(EventCount(window, 10, Arena()), [(0, 0, 0), (10, 0, 0)]) == [(1, 0)]
    assert watch(EventCount(window, 10, Arena()), [(0, 0, 0), (11, 0, 0)]) == []


def test_a_hit_keeps_the_records_before_it_where_it_begins_to_hold() -> None:
    """The lead names the earlier records of the window once, oldest first."""
    window = ValueCount(make_threshold("gte", 3), 100, Arena())
    window.resize(1)
    rows = Rows(np.zeros(5, dtype=np.int32), np.arange(5, dtype=np.int64), np.arange(70, 75, dtype=np.int64))
    entries = Entries(np.array([0, 1]), np.array([0]), np.array([0]))
    hits = window.observe(rows, entries, np.array([1, 2, 2, 3, 4]), 5)

    assert hits.rows.tolist() == [3, 4]
    assert hits.lead.tolist() == [0, -1]
    assert [mark for mark in hits.leads[0].tolist() if mark >= 0] == [70, 72]


def test_state_grows_and_keeps_what_it_holds() -> None:
    """A larger array begins with the old one; a cleared group starts anew."""
    assert resize_state(resize_state(None, (1, 2)) + 7, (2, 2)).tolist() == [[7, 7], [0, 0]]
    window = EventCount(make_threshold("gte", 2), 10, Arena())
    watch(window, [(0, 0, 0)])
    window.resize(70)
    window.clear([0])

    assert (window.state[0].tolist(), window.slot_bytes > 0) == ([0] * 5, True)


def test_hits_are_cut_to_what_was_filled() -> None:
    """Room that no hit took is given back."""
    hits = Hits.empty(4).cut(1, 0)

    assert (len(hits.rows), len(hits.since), len(hits.lead), hits.leads.shape) == (1, 1, 1, (0, 9))
