"""Small numbers are counted as numpy counts them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanglou.tally import tally, tally_spans

SIZES = (200, 5_000)
"""With several counters a number, and with one."""


@pytest.mark.parametrize("size", SIZES)
@given(numbers=st.lists(st.integers(0, 199), max_size=50))
def test_numbers_are_counted(size: int, numbers: list[int]) -> None:
    """Each number is counted as often as it is there."""
    for kind in (np.uint8, np.uint16, np.int32):
        assert tally(np.array(numbers, kind), size).tolist() == np.bincount(numbers, minlength=size).tolist()


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=50), st.integers(0, 20))
def test_rows_without_a_value_are_left_out(rows: list[tuple[int, bool]], begin: int) -> None:
    """Where a bitmap says which rows count, the others do not, wherever in the bitmap they begin."""
    numbers = np.array([number for number, _ in rows], np.int32)
    flags = np.array([False] * begin + [is_valid for _, is_valid in rows], np.bool_)
    bits = np.packbits(flags, bitorder="little")
    found = tally(numbers, 10, bits, begin) if len(bits) else tally(numbers, 10)
    expected = Counter(number for number, is_valid in rows if is_valid)
    assert found.tolist() == [expected[number] for number in range(10)]


@pytest.mark.parametrize("number", [-1, 10])
def test_other_numbers_are_refused(number: int) -> None:
    """A number beyond the size is an error."""
    with pytest.raises(IndexError):
        tally(np.array([1, number], np.int32), 10)


@given(st.lists(st.integers(-500, 499), max_size=50), st.integers(1, 60))
def test_spans_are_counted(numbers: list[int], span: int) -> None:
    """Numbers are counted by the span they are in, negative ones too, in any order."""
    first = -500 // span
    found = tally_spans(np.array(numbers, np.int64), span, first, 1_000)
    expected = Counter(number // span - first for number in numbers)
    assert {place: int(found[place]) for place in np.flatnonzero(found).tolist()} == expected


def test_other_spans_are_refused() -> None:
    """A number of a span beyond the size is an error."""
    with pytest.raises(IndexError):
        tally_spans(np.array([100], np.int64), 10, 0, 10)
