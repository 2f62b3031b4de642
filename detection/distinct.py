"""Reduces rows to the distinct tuples of the columns that rules read, and remembers them from batch to batch.

Rules are evaluated once per distinct tuple ("kind") of the whole replay, not once per row: OT traffic repeats itself.
The table is exact (hash, then full comparison) and bounded: past ``LIMIT`` kinds it starts anew, which costs time
and changes no result.
"""

from __future__ import annotations

import secrets

import numpy as np
from numpy.typing import NDArray

from wanglou.kernel import kernel

LIMIT = 65_536
"""Kinds kept. A kind of 12 columns takes about 130 bytes here."""
MULTIPLIER = secrets.randbits(29) | 1 << 29 | 1
"""What codes are mixed with; made anew by each process, so that traffic cannot be made to collide."""


class Kinds:
    """The distinct tuples seen so far, numbered in the order of their first appearance."""

    def __init__(self, columns: int) -> None:
        """Hold tuples of ``columns`` codes."""
        self.columns = columns
        self.clear()

    def clear(self) -> None:
        """Forget every kind."""
        self.used = 0
        self.codes = np.empty((1024, self.columns), dtype=np.int64)
        self.slots = np.full(4096, -1, dtype=np.int32)
        self.count = np.zeros(1024, dtype=np.int64)

    @property
    def is_full(self) -> bool:
        """True when the owner should clear the table before the next batch."""
        return self.used > LIMIT

    def assign(self, codes: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Give the kind of each row: codes int64[columns, n] -> kinds int32[n], kinds present int32[k].

        ``count`` then holds the rows of each kind in this batch, until ``release`` sets it back.
        """
        rows = codes.shape[1]
        kinds = np.empty(rows, dtype=np.int32)
        present = np.empty(rows, dtype=np.int32)
        done = found = 0
        while True:
            done, self.used, found = assign_kinds(
                codes, MULTIPLIER, self.slots, self.codes, self.used, self.count, kinds, present, done, found
            )
            if done == rows:
                return kinds, present[:found]
            self._grow()

    def number(self, codes: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Give the kind of each row, int32[n], and the first row of each kind that is new, int64[k]; keep no counts."""
        before = self.used
        kinds, present = self.assign(codes)
        self.release(present)
        return kinds, self.find_new(kinds, before)

    def find_new(self, kinds: NDArray[np.int32], before: int) -> NDArray[np.int64]:
        """Find the first row of each kind from number ``before`` on: int64[k]; all of them are among ``kinds``."""
        firsts = np.empty(self.used - before, dtype=np.int64)
        if len(firsts):
            rows = np.flatnonzero(kinds >= before)[::-1]
            firsts[kinds[rows] - before] = rows
        return firsts

    def recount(self, kinds: NDArray[np.int32], present: NDArray[np.int32], rows: NDArray[np.int64]) -> None:
        """Count ``rows`` int64[n] for the ``kinds`` int32[n] just assigned, instead of one each."""
        self.count[present] = 0
        np.add.at(self.count, kinds, rows)

    def release(self, present: NDArray[np.int32]) -> None:
        """Set the batch's counts back."""
        self.count[present] = 0

    def _grow(self) -> None:
        size = 4 * len(self.codes)
        codes, count = np.empty((size, self.columns), dtype=np.int64), np.zeros(size, dtype=np.int64)
        codes[: self.used], count[: self.used] = self.codes[: self.used], self.count[: self.used]
        self.codes, self.count = codes, count
        self.slots = np.full(4 * size, -1, dtype=np.int32)
        place_kinds(self.codes, self.used, MULTIPLIER, self.slots)


@kernel
def mix_code(mixed: int, code: int, multiplier: int) -> int:
    """Mix one code into a 32-bit hash; every product stays below 2**62."""
    mixed = ((mixed ^ (code & 0xFFFFFFFF)) * multiplier) & 0x3FFFFFFFFFFFFFFF
    return (mixed ^ (mixed >> 29) ^ ((code >> 32) & 0xFFFFFFFF)) & 0xFFFFFFFF


@kernel
def number_rows(
    rows: NDArray[np.int64],
    multiplier: int,
    slots: NDArray[np.int32],
    numbers: NDArray[np.int32],
    firsts: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> int:
    """Number the distinct tuples of one batch: rows int64[columns, n] -> numbers int32[n].

    ``slots`` is an empty hash table (-1) of a power of two above the number of tuples; ``firsts`` and ``counts``
    int64[n] take the first row of each and how many rows hold it. Returns how many there are.
    """
    used = 0
    mask, columns = len(slots) - 1, rows.shape[0]
    for row in range(rows.shape[1]):
        mixed = 0
        for column in range(columns):
            mixed = mix_code(mixed, int(rows[column, row]), multiplier)
        place = (mixed * multiplier >> 20) & mask
        number = int(slots[place])
        while number >= 0:
            column, first = 0, int(firsts[number])
            while column < columns and rows[column, first] == rows[column, row]:
                column += 1
            if column == columns:
                break
            place = (place + 1) & mask
            number = int(slots[place])
        if number < 0:
            number = used
            slots[place], firsts[used], counts[used] = number, row, 0
            used += 1
        counts[number] += 1
        numbers[row] = number
    return used


@kernel
def place_kinds(codes: NDArray[np.int64], used: int, multiplier: int, slots: NDArray[np.int32]) -> None:
    """Fill an empty hash table with kinds 0..used-1 of codes int64[k, columns]."""
    mask = len(slots) - 1
    for kind in range(used):
        mixed = 0
        for column in range(codes.shape[1]):
            mixed = mix_code(mixed, int(codes[kind, column]), multiplier)
        place = (mixed * multiplier >> 20) & mask
        while slots[place] >= 0:
            place = (place + 1) & mask
        slots[place] = kind


@kernel
def assign_kinds(
    rows: NDArray[np.int64],
    multiplier: int,
    slots: NDArray[np.int32],
    codes: NDArray[np.int64],
    used: int,
    count: NDArray[np.int64],
    kinds: NDArray[np.int32],
    present: NDArray[np.int32],
    done: int,
    found: int,
) -> tuple[int, int, int]:
    """Assign rows int64[columns, n] to kinds, adding new ones, from row ``done`` on.

    Returns (rows done, kinds used, kinds present); stops before a row when ``codes`` has no room for a new kind.
    """
    mask = len(slots) - 1
    columns = rows.shape[0]
    for row in range(done, rows.shape[1]):
        mixed = 0
        for column in range(columns):
            mixed = mix_code(mixed, int(rows[column, row]), multiplier)
        place = (mixed * multiplier >> 20) & mask
        kind = int(slots[place])
        while kind >= 0:
            column = 0
            while column < columns and codes[kind, column] == rows[column, row]:
                column += 1
            if column == columns:
                break
            place = (place + 1) & mask
            kind = int(slots[place])
        if kind < 0:
            if used == len(codes):
                return row, used, found
            kind = used
            used += 1
            slots[place] = kind
            for column in range(columns):
                codes[kind, column] = rows[column, row]
        if count[kind] == 0:
            present[found] = kind
            found += 1
        count[kind] += 1
        kinds[row] = kind
    return rows.shape[1], used, found
