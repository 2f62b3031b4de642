"""Facts about ``detection.reduction``."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.reduction import code_locally, reduce_batch

_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        st.sampled_from([0, 7, 65_535, None]),
        st.sampled_from([[1, 2], [2], [], None]),
        st.sampled_from(["x", None]),
    ),
    max_size=30,
)


def make_batch(rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    """A batch of a dictionary, a number, a list and a text column."""
    kinds = (pa.dictionary(pa.int32(), pa.string()), pa.uint16(), pa.list_(pa.uint16()), pa.string())
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    arrays = [
        pa.array(column, pa.string()).dictionary_encode() if pa.types.is_dictionary(kind) else pa.array(column, kind)
        for column, kind in zip(columns, kinds, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=["dictionary", "number", "list", "text"])


@given(_ROWS)
def test_rows_share_a_number_exactly_when_they_are_equal(rows: list[tuple[Any, ...]]) -> None:
    """Tuples are numbered by first appearance, with their first row and how many rows hold them."""
    reduced = reduce_batch(make_batch(rows), ["dictionary", "number", "list", "text"])
    order: dict[str, int] = {}
    numbers = [order.setdefault(repr(row), len(order)) for row in rows]

    assert reduced.numbers.tolist() == numbers
    assert reduced.firsts.tolist() == [numbers.index(number) for number in range(len(order))]
    assert reduced.counts.tolist() == [numbers.count(number) for number in range(len(order))]


@pytest.mark.parametrize(
    "array",
    [
        pa.nulls(3, pa.uint16()),
        pa.array([5, 5, 5], pa.uint16()),
        pa.array(["a", "a", "a"]).dictionary_encode(),
    ],
)
def test_column_that_is_the_same_in_every_row_tells_nothing(array: pa.Array) -> None:
    """A column of one value, or of none, is left out of the comparison."""
    assert code_locally(array) is None


def test_value_and_missing_value_are_told_apart() -> None:
    """A dictionary of one text with a missing value in between still varies."""
    codes = code_locally(pa.array(["a", None, "a"]).dictionary_encode())

    assert codes is not None
    assert codes[0] == codes[2] != codes[1]
