"""Intervals made of minutes hold what their minutes hold."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.rolled import _regroup
from correlation.rollup import MINUTE_NS, Value

MINUTES: st.SearchStrategy[dict[Value, int]] = st.dictionaries(
    st.integers(-(10**7), 10**7), st.integers(1, 10**6), max_size=20
)


@given(MINUTES, st.integers(1, 3_000))
def test_minutes_add_up(minutes: dict[Value, int], length: int) -> None:
    """Intervals begin at their multiples since 1970, before it too, and together hold every record."""
    step = length * MINUTE_NS
    found = _regroup(minutes, step)
    expected: Counter[int] = Counter()
    for minute, records in minutes.items():
        expected[int(minute) // length * length * MINUTE_NS] += records
    assert found == expected


@pytest.mark.parametrize("step", [1, MINUTE_NS - 1, MINUTE_NS + 1, 90 * 10**9])
def test_intervals_of_other_lengths_are_read(step: int) -> None:
    """Minutes cannot tell what lies in an interval that cuts one."""
    assert _regroup({0: 1}, step) is None
