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
from detection.distinct import MULTIPLIER, number_rows
from wanglou.kernel import int64, kernel

WORD = 64
"""Bits of a word."""


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes of a column that tell its rows apart."""

    rows: NDArray[Any]
    """Code of each row [n], or where ``table`` has it."""
    bits: int
    """How many bits a code takes: it is below 2**bits and not negative, or any when ``WORD``."""
    table: NDArray[np.int32] | None = None
    """Codes that rows int32[n] point at."""

    def at(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Give the codes of some rows."""
        picked: NDArray[Any] = self.rows[rows]
        return picked if self.table is None else self.table[picked]

    def mask(self, here: NDArray[np.bool_]) -> Codes:
        """Keep the codes of the rows bool[n], let others be zero; there is no table."""
        return Codes(np.where(here, self.rows, 0), self.bits)


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
    bits = min(sum(column.bits for column in columns), rows.bit_length())
    numbers = np.empty(rows, dtype=np.int32)
    firsts, counts = np.empty((2, rows), dtype=np.int64)
    used = number_rows(words, MULTIPLIER, np.full(4 << bits, -1, dtype=np.int32), numbers, firsts, counts)
    return Reduction(firsts[:used], numbers, counts[:used])


def code_locally(array: pa.Array) -> list[Codes]:
    """Codes that tell the values of this batch apart; none when all rows are alike."""
    if array.null_count == len(array):
        return []
    kind = array.type
    if pa.types.is_dictionary(kind):
        bits = (len(array.dictionary) - 1).bit_length()
        codes = _narrow_rows(read_numbers(array.indices), bits)
    elif pa.types.is_unsigned_integer(kind) and kind.bit_width < WORD:
        codes = _narrow_rows(read_numbers(array), kind.bit_width)
    else:
        return _narrow(encode(array))
    return [*codes, Codes(find_valid(array), 1)] if array.null_count else codes


def _narrow_rows(rows: NDArray[Any], bits: int) -> list[Codes]:
    """Codes of rows, unless all are one."""
    return [] if not bits or (rows == rows[0]).all() else [Codes(rows, bits)]


def _narrow(codes: NDArray[np.int64]) -> list[Codes]:
    """Count codes from the least of them, where that takes fewer bits."""
    least, most = int(codes.min()), int(codes.max())
    bits = (most - least).bit_length()
    if not bits:
        return []
    return [Codes(codes, WORD) if bits > WORD // 2 else Codes(codes - least, bits)]


def pack_columns(columns: Sequence[Codes], rows: int) -> NDArray[np.int64]:
    """Pack codes side by side into as few words as they fit in: int64[words, rows]."""
    places: list[tuple[int, int]] = []
    free: list[int] = []
    for column in columns:
        word = next((number for number, left in enumerate(free) if left >= column.bits), len(free))
        if word == len(free):
            free.append(WORD)
        places.append((word, WORD - free[word]))
        free[word] -= column.bits
    words = np.zeros((len(free), rows), dtype=np.int64)
    for column, (word, shift) in zip(columns, places, strict=True):
        if column.table is not None:
            add_codes(column.rows, column.table, shift, words[word])
        elif column.bits == WORD:
            words[word] = column.rows
        else:
            add_numbers(column.rows.astype(np.int32, copy=False), shift, words[word])
    return words


@kernel
def add_numbers(rows: NDArray[np.int32], shift: int, words: NDArray[np.int64]) -> None:
    """Add numbers of up to 32 bits to words, from bit ``shift`` on."""
    for row in range(len(rows)):
        words[row] |= (int64(rows[row]) & 0xFFFFFFFF) << shift


@kernel
def add_codes(rows: NDArray[np.int32], table: NDArray[np.int32], shift: int, words: NDArray[np.int64]) -> None:
    """Add the codes that rows point at to words, from bit ``shift`` on."""
    for row in range(len(rows)):
        words[row] |= int64(table[rows[row]]) << shift
