"""Small numbers of a column by what they are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parsers.numbering import number_values


@given(st.lists(st.integers(-2, 9)))
def test_codes_lead_to_the_numbers(values: list[int]) -> None:
    """Each number's code is its place among the distinct ones, which come in their order; a negative one has none."""
    codes, distinct = number_values(np.array(values, dtype=np.int32), 10)
    assert distinct.tolist() == list(dict.fromkeys(value for value in values if value >= 0))
    assert codes.tolist() == [distinct.tolist().index(value) if value >= 0 else -1 for value in values]
