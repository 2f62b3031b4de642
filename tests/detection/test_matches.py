"""Facts about ``detection.matches``."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.matches import Affix, Compare, Equals, Match, Missing, Network, Pattern, SameAs, matches_value


@pytest.mark.parametrize(
    ("match", "value", "expected"),
    [
        (Equals("straße".casefold()), "STRASSE", True),
        (Equals("Ab", cased=True), "ab", False),
        (Affix("ab", "start"), "ABc", True),
        (Affix("ab", "end"), "cAB", True),
        (Affix("ab", "inside"), "xABx", True),
        (Affix("ab", "inside", cased=True), "xABx", False),
        (Pattern("b+"), "abbc", True),
        (Pattern("(?i)^B"), "abbc", False),
        (Network("10.0.0.0/8"), "10.255.0.1", True),
        (Network("10.0.0.0/8"), "plc-1", False),
        (Network("fd00::/8"), "fd00::1", True),
        (Compare("gte", 2.5), 3, True),
        (Compare("eq", 1), True, True),
        (Missing(missing=True), None, True),
        (Missing(missing=False), None, False),
        (Missing(missing=False), "", True),
        (Equals(""), None, False),
        (Compare("lt", 9), None, False),
        (Compare("gt", 2), (1, 2, 3), True),
        (Compare("gt", 2), (), False),
        (Equals("a"), ("b", None, "A"), True),
    ],
)
def test_values(match: Match, value: Any, expected: bool) -> None:
    """Case, wildcards, numbers, ranges, missing values and lists are tested as specified."""
    assert matches_value(match, value) is expected


@pytest.mark.parametrize(
    ("match", "left", "right", "expected"),
    [
        (SameAs("f"), "A", "a", True),
        (SameAs("f"), 1, 2, False),
        (SameAs("f"), None, None, False),
        (SameAs("f", "start"), "abc", "AB", True),
        (SameAs("f", "end"), "abc", "bc", True),
        (SameAs("f", "inside"), "abc", "b", True),
        (SameAs("f"), (1, 2), (2, 3), True),
    ],
)
def test_pairs(match: SameAs, left: Any, right: Any, expected: bool) -> None:
    """Two fields are compared without case; missing values are never the same; lists match by any pair."""
    assert match.test_pair(left, right) is expected


@given(st.text(max_size=60))
def test_regular_expressions_take_any_text(text: str) -> None:
    """An expression that would make a backtracking engine hang answers for any text."""
    assert matches_value(Pattern("^(a+)+$"), text) is (text != "" and set(text) == {"a"})
