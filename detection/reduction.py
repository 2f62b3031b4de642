"""Reduces a batch to one row of each distinct tuple, before any value is looked up.

Within a batch a dictionary's indices already tell its values apart, and a column that is the same in every row tells
nothing apart: so only what varies is compared, and only the rows that are left are coded for the whole replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.coding import NULL, code_lists, encode_numbers
from detection.distinct import Kinds


@dataclass(frozen=True, slots=True)
class Reduction:
    """Rows of a batch by the tuple that they hold."""

    firsts: NDArray[np.int64]
    """int64[k]: the first row of each tuple, ascending."""
    numbers: NDArray[np.int32]
    """int32[n]: which tuple each row holds."""
    counts: NDArray[np.int64]
    """int64[k]: rows of each tuple."""


def reduce_batch(batch: pa.RecordBatch, names: Sequence[str]) -> Reduction:
    """Find the distinct tuples of the columns ``names``; two that are equal may be kept apart, never the reverse."""
    rows = len(batch)
    found = [codes for codes in (code_locally(batch.column(name)) for name in names) if codes is not None]
    if not found or not rows:
        return Reduction(np.zeros(min(rows, 1), np.int64), np.zeros(rows, np.int32), np.full(min(rows, 1), rows))
    kinds = Kinds(len(found))
    numbers, present = kinds.assign(np.stack(found))
    firsts = np.empty(len(present), dtype=np.int64)
    firsts[numbers[::-1]] = np.arange(rows - 1, -1, -1)
    return Reduction(firsts, numbers, kinds.count[: len(present)])


def code_locally(array: pa.Array) -> NDArray[np.int64] | None:
    """Codes that tell the values of this batch apart: int64[n]; None when all rows are alike."""
    if array.null_count == len(array):
        return None
    if pa.types.is_dictionary(array.type):
        if array.null_count == 0 and len(array.dictionary) == 1:
            return None
        return encode_numbers(array.indices)
    if pa.types.is_list(array.type):
        return _code_lists(array)
    if pa.types.is_string(array.type):
        return encode_numbers(array.dictionary_encode().indices)
    codes = encode_numbers(array)
    return None if array.null_count == 0 and (codes == codes[0]).all() else codes


def _code_lists(array: pa.ListArray) -> NDArray[np.int64]:
    """Lists by content."""
    if pa.types.is_integer(array.type.value_type):
        codes: NDArray[np.int64] = np.where(array.is_valid().to_numpy(zero_copy_only=False), code_lists(array)[2], NULL)
        return codes
    numbers: dict[object, int] = {}
    values = (None if value is None else tuple(value) for value in array.to_pylist())
    return np.array([NULL if value is None else numbers.setdefault(value, len(numbers)) for value in values], np.int64)
