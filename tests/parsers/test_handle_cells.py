"""Columns made of the numbers of rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from parsers.handle_cells import OP, PLACES, STEADY, Cells, repeat_list
from parsers.spans import SPAN


def make_cells(numbers: list[int]) -> Cells:
    """Rows that have the numbers as their OpCodes."""
    values = np.full((PLACES, len(numbers)), -1, dtype=np.int64)
    values[OP] = numbers
    nothing = np.recarray(len(numbers), dtype=SPAN)
    low, high = ([-1] * STEADY for _ in range(2))
    if numbers:
        low[OP], high[OP] = min(numbers), max(numbers)
    return Cells(values, low, high, nothing, nothing)


@pytest.mark.parametrize("numbers", [[], [-1, -1], [7, 7, 7], [1, -1, 0], [0, 1, 1], [3, 2]])
def test_columns(numbers: list[int]) -> None:
    """A column says the same whether its numbers are all equal, differ, or lack in some rows."""
    cells = make_cells(numbers)
    known = [number if number >= 0 else None for number in numbers]
    assert cells.make_numbers(OP, pa.uint8()).to_pylist() == known
    assert cells.make_booleans(OP).to_pylist() == [None if number is None else number == 1 for number in known]
    names = cells.make_names(OP, lambda number: f"n{number}" if number else "")
    assert names.to_pylist() == [f"n{number}" if number else None for number in known]
    lists = cells.make_lists(OP, lambda number: ["x"] * number)
    assert lists.to_pylist() == [["x"] * number if number else None for number in known]
    assert cells.rows(OP).tolist() == [row for row, number in enumerate(numbers) if number >= 0]
    assert cells.make_constant("é").to_pylist() == ["é"] * len(numbers)
    assert cells.make_constant("").null_count == len(numbers)


def test_repeated_lists() -> None:
    """The same list in each row, in any script; an empty one is null."""
    assert repeat_list(["a", "", "设b"], 2).to_pylist() == [["a", "", "设b"]] * 2
    assert repeat_list([], 2).to_pylist() == [None, None]
