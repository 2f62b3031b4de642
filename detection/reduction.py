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

from detection.coding import encode, find_valid, read_numbers
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


def reduce_rows(columns: Sequence[Codes], rows: int) -> Reduction:
    """Find the distinct tuples of codes; two that are equal may be kept apart, never the reverse."""
    words = pack_columns(columns, rows)
    if not len(words) or not rows:
        return Reduction(np.zeros(min(rows, 1), np.int64), np.zeros(rows, np.int32), np.full(min(rows, 1), rows))
    kinds = Kinds(len(words))
    numbers, present = kinds.assign(words)
    return Reduction(find_firsts(numbers, len(present)), numbers, kinds.count[: len(present)])


def find_firsts(numbers: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    """Find the first row of each of ``size`` numbers: int64[size]."""
    firsts = np.empty(size, dtype=np.int64)
    firsts[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    return firsts


def code_locally(array: pa.Array) -> list[Codes]:
    """Codes that tell the values of this batch apart, each [n] with its width in bits; none when all rows are alike."""
    if array.null_count == len(array):
        return []
    kind = array.type
    if pa.types.is_dictionary(kind):
        bits = (len(array.dictionary) - 1).bit_length()
        codes = [(read_numbers(array.indices), bits)] if bits else []
    elif pa.types.is_unsigned_integer(kind) and kind.bit_width < WORD:
        codes = [(read_numbers(array), kind.bit_width)]
    else:
        return _narrow(encode(array))
    return [*codes, (find_valid(array), 1)] if array.null_count else codes


def _narrow(codes: NDArray[np.int64]) -> list[Codes]:
    """Count codes from the least of them, where that takes fewer bits."""
    least, most = int(codes.min()), int(codes.max())
    bits = (most - least).bit_length()
    if not bits:
        return []
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
