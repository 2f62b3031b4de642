"""Reduces a batch to one row of each distinct tuple, before any value is looked up.

Within a batch a dictionary's indices already tell its values apart, and a column that is the same in every row tells
nothing apart: so only what varies is compared, narrow columns side by side in one word, and only the rows that are
left are coded for the whole replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.coding import NULL, code_lists, encode_numbers
from detection.distinct import Kinds

WORD = 64
"""Bits of a word."""

Codes = tuple[NDArray[Any], int]
"""Codes of a column and how many bits they take: below 2**bits and not negative, or any when ``WORD``."""


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
    words = pack_columns([part for name in names for part in code_locally(batch.column(name))], rows)
    if not len(words) or not rows:
        return Reduction(np.zeros(min(rows, 1), np.int64), np.zeros(rows, np.int32), np.full(min(rows, 1), rows))
    kinds = Kinds(len(words))
    numbers, present = kinds.assign(words)
    firsts = np.empty(len(present), dtype=np.int64)
    firsts[numbers[::-1]] = np.arange(rows - 1, -1, -1)
    return Reduction(firsts, numbers, kinds.count[: len(present)])


def code_locally(array: pa.Array) -> list[Codes]:
    """Codes that tell the values of this batch apart, each [n] with its width in bits; none when all rows are alike."""
    if array.null_count == len(array):
        return []
    if pa.types.is_string(array.type):
        array = array.dictionary_encode()
    if pa.types.is_list(array.type):
        return [(_code_lists(array), WORD)]
    missing = [(array.is_valid().to_numpy(zero_copy_only=False), 1)] if array.null_count else []
    if pa.types.is_dictionary(array.type):
        bits = (len(array.dictionary) - 1).bit_length()
        return [(_view(array.indices), bits), *missing] if bits else missing
    kind = array.type
    if pa.types.is_unsigned_integer(kind) and kind.bit_width < WORD:
        return [(_view(array), kind.bit_width), *missing]
    codes = encode_numbers(array)
    least, most = int(codes.min()), int(codes.max())
    if least == most:
        return []
    bits = (most - least).bit_length()
    return [(codes, WORD) if bits > WORD // 2 else (codes - least, bits)]


def pack_columns(columns: Sequence[Codes], rows: int) -> NDArray[np.int64]:
    """Pack codes side by side into as few words as they fit in: int64[words, rows]."""
    places: list[tuple[int, int]] = []
    free: list[int] = []
    for _, bits in columns:
        word = next((number for number, left in enumerate(free) if left >= bits), len(free))
        if word == len(free):
            free.append(WORD)
        places.append((word, WORD - free[word]))
        free[word] -= bits
    words = np.zeros((len(free), rows), dtype=np.int64)
    for (codes, bits), (word, shift) in zip(columns, places, strict=True):
        if bits == WORD:
            words[word] = codes
        else:
            words[word] |= codes.astype(np.int64) << shift
    return words


def _view(array: pa.Array) -> NDArray[Any]:
    """Look at the numbers of an array; what stands where a value is missing becomes zero."""
    plain: NDArray[Any] = (array.fill_null(0) if array.null_count else array).to_numpy(zero_copy_only=False)
    return plain


def _code_lists(array: pa.ListArray) -> NDArray[np.int64]:
    """Lists by content."""
    if pa.types.is_integer(array.type.value_type):
        codes: NDArray[np.int64] = np.where(array.is_valid().to_numpy(zero_copy_only=False), code_lists(array)[2], NULL)
        return codes
    numbers: dict[object, int] = {}
    values = (None if value is None else tuple(value) for value in array.to_pylist())
    return np.array([NULL if value is None else numbers.setdefault(value, len(numbers)) for value in values], np.int64)
