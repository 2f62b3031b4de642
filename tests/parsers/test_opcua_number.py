"""Distinct numbers and repeated texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.opcua_number import code_numbers, repeat_text, take_texts

_LONGS = st.lists(st.one_of(st.integers(-5, 5), st.integers(-(1 << 62), 1 << 62)))


@given(_LONGS)
def test_values_come_back_from_their_codes(values: list[int]) -> None:
    """Codes are places in the ascending distinct values, whatever their span."""
    distinct, codes = code_numbers(np.array(values, dtype=np.int64))
    assert distinct == sorted(set(values))
    assert [distinct[code] for code in codes.tolist()] == values


@pytest.mark.parametrize("codes", [[], [-1, -1], [1, 1], [0, -1, 1], [2, 2]])
def test_texts_are_taken_by_code(codes: list[int]) -> None:
    """A negative code and a missing text are null."""
    texts = ["a", "bé", None]
    found = take_texts(texts, np.array(codes, dtype=np.int32))
    assert found.to_pylist() == [texts[code] if code >= 0 else None for code in codes]
    found.validate(full=True)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_text_is_repeated(count: int) -> None:
    """One text may stand any number of times."""
    found = repeat_text("工", count)
    found.validate(full=True)
    assert found.to_pylist() == ["工"] * count
