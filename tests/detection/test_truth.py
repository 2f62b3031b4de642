"""Facts about ``detection.truth``: many answers at once are those of each test."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from detection.matches import Affix, Compare, Equals, Match, Missing, Network, Pattern, matches_value
from detection.truth import NumberTests, TextTests

LETTERS = st.text("abABßİ\0 ", max_size=3)
ADDRESSES = st.sampled_from(["10.0.0.1", "10.0.1.1", "::1"])
HOWS = st.sampled_from(["eq", "gt", "gte", "lt", "lte"])
TEXT_TESTS: st.SearchStrategy[Match] = (
    st.builds(lambda text, cased: Equals(text if cased else text.casefold(), cased), LETTERS, st.booleans())
    | st.builds(
        lambda text, where, cased: Affix(text if cased else text.casefold(), where, cased),
        LETTERS,
        st.sampled_from(["start", "end", "inside"]),
        st.booleans(),
    )
    | st.builds(Pattern, st.sampled_from(["(?is)\\Aa.*b\\z", "b$", "(?i)ß"]))
    | st.builds(Network, st.sampled_from(["10.0.0.0/24", "10.0.0.0/8", "::/0"]))
    | st.builds(Missing, st.booleans())
)
WHOLE = st.integers(-3, 3) | st.sampled_from([2**62, 2**62 + 1, -(2**62), 2**63 - 1, -(2**63) + 1])
BOUNDS = WHOLE | st.floats(-3, 3) | st.sampled_from([2.5, 1e30, -1e30, 2.0**62, 2**70, float("inf")])
NUMBER_TESTS: st.SearchStrategy[Match] = st.builds(Compare, HOWS, BOUNDS) | st.builds(Missing, st.booleans())


@given(st.lists(TEXT_TESTS, max_size=5), st.lists(LETTERS | ADDRESSES, max_size=6))
def test_texts_are_tested_as_one_by_one(matches: list[Match], values: list[str]) -> None:
    """Any tests of any texts, also those whose folding needs more than ASCII."""
    expected = [[matches_value(match, value) for match in matches] for value in values]

    assert TextTests(matches).answer(pa.array(values, pa.string())).tolist() == expected


@given(st.lists(NUMBER_TESTS, max_size=5), st.lists(WHOLE, max_size=6))
def test_whole_numbers_are_compared_exactly(matches: list[Match], values: list[int]) -> None:
    """Numbers of 64 bits are told from their neighbours, also beside tests for others that are not whole."""
    tests = NumberTests(matches, is_double=False)
    places = np.searchsorted(tests.bounds, np.array(values, dtype=np.int64), side="right")

    assert tests.answer_intervals()[places].tolist() == [[matches_value(m, value) for m in matches] for value in values]


@given(st.lists(NUMBER_TESTS, max_size=5), st.lists(st.floats(-4, 4) | st.sampled_from([1e30, -1e300]), max_size=6))
def test_floating_point_is_compared_within_its_bounds(matches: list[Match], values: list[float]) -> None:
    """A number lies in the interval of those that all tests answer alike; what is no number matches nothing."""
    tests = NumberTests(matches, is_double=True)
    places = np.searchsorted(tests.bounds, np.array(values, dtype=np.float64), side="right")
    exact = [m if isinstance(m, Missing) else Compare(m.how, float(m.number)) for m in matches if hasattr(m, "test")]  # type: ignore[union-attr]

    assert tests.answer_intervals()[places].tolist() == [[matches_value(m, value) for m in exact] for value in values]
    assert tests.answer_intervals()[-1].tolist() == [matches_value(m, float("nan")) for m in exact]
