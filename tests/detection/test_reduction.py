"""Facts about ``detection.reduction``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.reduction import Codes, Reduction, code_locally, pack_columns, reduce_rows

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


def reduce_batch(batch: pa.RecordBatch, names: list[str]) -> Reduction:
    """Reduce a batch by some of its columns."""
    return reduce_rows([codes for name in names for codes in code_locally(batch.column(name))], len(batch))


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
        pa.array([5, 5, 5], pa.int64()),
        pa.array([0.5, 0.5, 0.5]),
        pa.array(["a", "a", "a"]).dictionary_encode(),
        pa.array(["a", "a", "a"]),
    ],
)
def test_column_that_is_the_same_in_every_row_tells_nothing(array: pa.Array) -> None:
    """A column of one value, or of none, is left out of the comparison."""
    assert code_locally(array) == []


def test_value_and_missing_value_are_told_apart() -> None:
    """A dictionary of one text with a missing value in between still varies."""
    words = pack_columns(code_locally(pa.array(["a", None, "a"]).dictionary_encode()), 3)

    assert words.shape == (1, 3)
    assert words[0, 0] == words[0, 2] != words[0, 1]


_NUMBERS = st.lists(st.one_of(st.none(), st.integers(-(2**63) + 1, 2**63 - 1), st.integers(-3, 3)), max_size=12)


@given(_NUMBERS)
def test_wide_numbers_are_told_apart(values: list[int | None]) -> None:
    """Numbers of any size and missing ones share codes exactly when they are equal."""
    reduced = reduce_batch(pa.RecordBatch.from_arrays([pa.array(values, pa.int64())], names=["number"]), ["number"])

    assert reduced.numbers.tolist() == [list(dict.fromkeys(values)).index(value) for value in values]


@given(st.lists(st.integers(1, 64), max_size=12), st.data())
def test_packed_columns_hold_every_bit(widths: list[int], data: st.DataObject) -> None:
    """Rows of packed words are equal exactly when the rows of codes are, however the columns fall into words."""
    rows = data.draw(st.lists(st.tuples(*(st.integers(0, 2 ** min(bits, 63) - 1) for bits in widths)), max_size=8))
    columns = [Codes(np.array([row[at] for row in rows], dtype=np.int64), bits) for at, bits in enumerate(widths)]
    words = pack_columns(columns, len(rows))

    packed = [tuple(row) for row in words.T.tolist()]
    assert [[a == b for b in packed] for a in packed] == [[a == b for b in rows] for a in rows]


@given(_ROWS, st.integers(0, 5))
def test_a_slice_is_reduced_by_its_own_rows(rows: list[tuple[Any, ...]], start: int) -> None:
    """A batch that is a slice of a larger one is read from its own offset."""
    names = ["dictionary", "number", "list", "text"]
    part = reduce_batch(make_batch(rows).slice(start), names)

    assert part.numbers.tolist() == reduce_batch(make_batch(rows[start:]), names).numbers.tolist()


def test_codes_may_stand_in_a_table() -> None:
    """Codes that rows point at are packed and read like those of the rows themselves."""
    column = Codes(np.array([2, 0, 2], dtype=np.int32), 3, np.array([5, 6, 7], dtype=np.int32))

    assert (pack_columns([Codes(np.ones(3, dtype=np.uint8), 1), column], 3).tolist()) == [[15, 11, 15]]
    assert column.at(np.array([1, 2])).tolist() == [5, 7]
