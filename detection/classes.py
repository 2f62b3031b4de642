"""Sorts values into classes: those that every test of a field answers alike.

Conditions see of a value only what their tests say of it. There are few such answers however many values traffic
holds, so rows are told apart by class and not by value. Classes are numbered over the whole replay, 0 is that of a
missing value. Texts are tested when they first come; which class each has is remembered within a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.coding import encode, find_valid, read_numbers, split_dictionary, split_lists
from detection.columns import is_text
from detection.distinct import Kinds
from detection.matches import Match, SameAs, matches_value
from detection.reduction import Codes, code_locally, reduce_rows
from detection.truth import NumberTests, TextTests
from parsers.schema import Field

WORD = 64
"""Tests whose answers fit in a word."""

Numbers = NDArray[np.int32]


class Classes:
    """The distinct answers to a few tests, numbered."""

    def __init__(self, matches: Sequence[Match]) -> None:
        """Number the answers to ``matches``."""
        self.width = len(matches)
        self._kinds = Kinds(-(-self.width // WORD))
        self.number(np.array([[matches_value(match, None) for match in matches]], dtype=np.bool_))

    def __len__(self) -> int:
        """Count the classes."""
        return self._kinds.used

    @property
    def is_full(self) -> bool:
        """True when the owner should begin anew."""
        return self._kinds.is_full

    def number(self, answers: NDArray[np.bool_]) -> Numbers:
        """Number answers bool[n, tests]: int32[n]."""
        packed = np.zeros((len(answers), 8 * self._kinds.columns), dtype=np.uint8)
        packed[:, : -(-self.width // 8)] = np.packbits(answers, axis=1, bitorder="little")
        return self._kinds.number(np.ascontiguousarray(packed.view(np.int64).T))[0]

    def join(self, numbers: Numbers, offsets: NDArray[np.int64], empty: int) -> Numbers:
        """Number lists of values, each of a class: what one of them is, the list is; int32[lists].

        ``offsets`` int64[lists + 1] tells where they begin and end; one without values is of the class ``empty``, whose
        answers every class has.
        """
        filled = np.flatnonzero(offsets[1:] > offsets[:-1])
        if len(numbers) and (numbers == numbers[0]).all():
            found = np.full(len(offsets) - 1, empty, dtype=np.int32)
            found[filled] = numbers[0]
            return found
        words = np.repeat(self._kinds.codes[empty][:, None], len(offsets) - 1, axis=1)
        if len(filled):
            items = self._kinds.codes[numbers]
            words[:, filled] |= np.bitwise_or.reduceat(items, offsets[:-1][filled], axis=0).T
        return self._kinds.number(words)[0]

    def answers(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Give the answers of classes int64[n]: bool[n, tests]."""
        packed = np.ascontiguousarray(self._kinds.codes[numbers]).view(np.uint8)
        return np.unpackbits(packed, axis=1, count=self.width, bitorder="little").view(np.bool_)


class ValueClasses:
    """The classes of one field's values."""

    def __init__(self, matches: Sequence[Match], field: Field) -> None:
        """Sort by the answers to ``matches``, tests of ``field``."""
        self.classes = Classes(matches)
        is_double = field.kind in ("double", "doubles")
        tests = TextTests(matches) if is_text(field) else NumberTests(matches, is_double=is_double)
        self.empty = int(self.classes.number(tests.present[None])[0])
        """Class of a value of which nothing is true but that it is there, as of an empty list."""
        self._values = _Texts(self.classes, tests) if isinstance(tests, TextTests) else _Numbers(self.classes, tests)
        self._entries: pa.Array | None = None
        self._table = np.zeros(0, dtype=np.int32)

    def sort(self, array: pa.Array) -> int | Codes:
        """Sort the rows of an array: the class of each, or that of all of them."""
        if array.null_count == len(array):
            return 0
        if pa.types.is_dictionary(array.type):
            entries, rows = split_dictionary(array)
            if self._entries is None or not entries.equals(self._entries):
                self._entries, self._table = entries, np.append(self._sort(entries), np.int32(0))
            return self._code(rows, self._table if array.indices.null_count else self._table[:-1])
        if isinstance(self._values, _Numbers) and pa.types.is_unsigned_integer(array.type) and _is_short(array):
            return self._code(*self._values.look_up(array))
        return self._code(self._sort(array))

    def _sort(self, array: pa.Array) -> Numbers:
        """Sort the rows of an array that is no dictionary."""
        if array.null_count == len(array):
            return np.zeros(len(array), dtype=np.int32)
        if pa.types.is_list(array.type):
            offsets, items = split_lists(array)
            numbers = self.classes.join(_fill(self._sort(items), items, self.empty), offsets, self.empty)
        else:
            numbers = self._values.sort(array)
        return _fill(numbers, array, 0)

    def _code(self, rows: NDArray[Any], table: Numbers | None = None) -> int | Codes:
        """Make codes of classes, unless all are one."""
        for classes in (rows,) if table is None else (table, rows):
            if len(classes) and (classes == classes[0]).all():
                return int(classes[0] if classes is table or table is None else table[classes[0]])
        return Codes(rows, (len(self.classes) - 1).bit_length(), table)


class _Texts:
    """The classes of texts, remembered by digest."""

    def __init__(self, classes: Classes, tests: TextTests) -> None:
        """Sort by ``tests``."""
        self.classes, self.tests = classes, tests
        self._known = Kinds(1)
        self._class_of = np.zeros(0, dtype=np.int32)

    def sort(self, array: pa.StringArray) -> Numbers:
        """Sort texts: int32[n]; what is said of a missing one means nothing."""
        if not self.tests.asks_values:
            return np.full(len(array), self.classes.number(self.tests.present[None])[0])
        if self._known.is_full:
            self._known.clear()
            self._class_of = self._class_of[:0]
        numbers, firsts = self._known.number(encode(array)[None, :])
        if len(firsts):
            answers = self.tests.answer(array.take(pa.array(firsts)).fill_null(""))
            self._class_of = np.concatenate([self._class_of, self.classes.number(answers)])
        return np.asarray(self._class_of[numbers])


class _Numbers:
    """The classes of numbers, by the interval they lie in."""

    def __init__(self, classes: Classes, tests: NumberTests) -> None:
        """Sort by ``tests``."""
        self.is_double, self.bounds = tests.is_double, tests.bounds
        self.class_of = classes.number(tests.answer_intervals())
        self._tables: dict[int, Numbers] = {}

    def sort(self, array: pa.Array) -> Numbers:
        """Sort numbers: int32[n]; what is said of a missing one means nothing."""
        return self._find(read_numbers(array))

    def look_up(self, array: pa.Array) -> tuple[Numbers, Numbers]:
        """Give rows int32[n] that point at the class of each number of up to 16 bits, or missing one; and classes."""
        bits = array.type.bit_width
        if bits not in self._tables:
            self._tables[bits] = np.append(self._find(np.arange(1 << bits)), np.int32(0))
        rows, table = read_numbers(array).astype(np.int32), self._tables[bits]
        if not array.null_count:
            return rows, table[:-1]
        return np.where(find_valid(array), rows, np.int32(1 << bits)), table

    def _find(self, numbers: NDArray[Any]) -> Numbers:
        if not self.is_double:
            return np.asarray(self.class_of[np.searchsorted(self.bounds, numbers.astype(np.int64), side="right")])
        places = np.searchsorted(self.bounds, numbers.astype(np.float64), side="right")
        places[np.isnan(numbers)] = len(self.bounds) + 1
        return np.asarray(self.class_of[places])


class PairClasses:
    """The classes of pairs of values that tests compare with each other."""

    def __init__(self, match: SameAs) -> None:
        """Compare two fields."""
        self.match, self.classes = match, Classes([match])

    def sort(self, left: pa.Array, right: pa.Array) -> int | Codes:
        """Sort the rows of two arrays: the class of each, or that of all of them."""
        pairs = reduce_rows([*code_locally(left), *code_locally(right)], len(left))
        firsts = pa.array(pairs.firsts)
        values = zip(read_values(left.take(firsts)), read_values(right.take(firsts)), strict=True)
        answers = np.array([self.match.test_pair(*pair) for pair in values], dtype=np.bool_)
        numbers = self.classes.number(answers[:, None])
        return Codes(pairs.numbers, 1, numbers) if len(self.classes) > 1 else 0


def read_values(array: pa.Array) -> list[Any]:
    """Read the values of an array; times as nanoseconds, lists as tuples."""
    values = (array.cast(pa.int64()) if pa.types.is_timestamp(array.type) else array).to_pylist()
    return [tuple(value) if isinstance(value, list) else value for value in values]


def _fill(numbers: Numbers, array: pa.Array, missing: int) -> Numbers:
    """Let missing values be of the class ``missing``."""
    return np.where(find_valid(array), numbers, np.int32(missing)) if array.null_count else numbers


def _is_short(array: pa.Array) -> bool:
    return bool(array.type.bit_width <= 16)
