"""Sorts values into classes: those that every test of a field answers alike.

Conditions see of a value only what their tests say of it. There are few such answers however many values traffic
holds, so rows are told apart by class and not by value. Classes are numbered over the whole replay, 0 is that of a
missing value. Texts are tested when they first come; which class each has is remembered within a bound.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detection.columns import is_text
from detection.coding import encode, find_valid, read_numbers, split_dictionary, split_lists
from detection.distinct import Kinds
from detection.matches import Match, SameAs, matches_value
from detection.reduction import code_locally, find_firsts, reduce_rows
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

    def number(self, answers: NDArray[np.bool_]) -> Numbers:
        """Number answers bool[n, tests]: int32[n]."""
        packed = np.zeros((len(answers), 8 * self._kinds.columns), dtype=np.uint8)
        packed[:, : -(-self.width // 8)] = np.packbits(answers, axis=1, bitorder="little")
        return self._assign(np.ascontiguousarray(packed.view(np.int64).T))

    def join(self, numbers: Numbers, offsets: NDArray[np.int64], empty: int) -> Numbers:
        """Number lists of values, each of a class: what one of them is, the list is; int32[lists].

        ``offsets`` int64[lists + 1] tells where they begin and end; one without values is of the class ``empty``.
        """
        filled = np.flatnonzero(offsets[1:] > offsets[:-1])
        words = np.repeat(self._kinds.codes[empty][:, None], len(offsets) - 1, axis=1)
        if len(filled):
            items = self._kinds.codes[numbers]
            words[:, filled] |= np.bitwise_or.reduceat(items, offsets[:-1][filled], axis=0).T
        return self._assign(words)

    def answers(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Give the answers of classes int64[n]: bool[n, tests]."""
        packed = np.ascontiguousarray(self._kinds.codes[numbers]).view(np.uint8)
        return np.unpackbits(packed, axis=1, count=self.width, bitorder="little").view(np.bool_)

    def _assign(self, words: NDArray[np.int64]) -> Numbers:
        numbers, present = self._kinds.assign(words)
        self._kinds.release(present)
        return numbers


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

    def sort(self, array: pa.Array) -> int | Numbers:
        """Sort the rows of an array: int32[n], or the class of all of them."""
        kind = array.type
        if array.null_count == len(array):
            return 0
        if pa.types.is_dictionary(kind):
            entries, rows = split_dictionary(array)
            return _spread(self.sort(entries), rows, has_missing=array.indices.null_count > 0)
        if pa.types.is_list(kind):
            return self._mask(self._sort_lists(array), array)
        return self._mask(self._values.sort(array), array)

    def _sort_lists(self, array: pa.ListArray) -> int | Numbers:
        """Sort lists as if none were missing."""
        offsets, items = split_lists(array)
        numbers = self._values.sort(items) if items.null_count < len(items) else self.empty
        if items.null_count:
            numbers = np.where(find_valid(items), numbers, np.int32(self.empty))
        if not isinstance(numbers, int):
            return self.classes.join(numbers, offsets, self.empty)
        filled = offsets[1:] > offsets[:-1]
        return numbers if filled.all() else np.where(filled, np.int32(numbers), np.int32(self.empty))

    def _mask(self, numbers: int | Numbers, array: pa.Array) -> int | Numbers:
        """Let missing values be of their class."""
        return np.where(find_valid(array), numbers, 0).astype(np.int32) if array.null_count else numbers


class _Texts:
    """The classes of texts, remembered by digest."""

    def __init__(self, classes: Classes, tests: TextTests) -> None:
        """Sort by ``tests``."""
        self.classes, self.tests = classes, tests
        self._known = Kinds(1)
        self._class_of = np.zeros(0, dtype=np.int32)

    def sort(self, array: pa.StringArray) -> int | Numbers:
        """Sort texts; what is said of a missing one means nothing."""
        if not self.tests.asks_values:
            return int(self.classes.number(self.tests.present[None])[0])
        if self._known.is_full:
            self._known.clear()
            self._class_of = self._class_of[:0]
        before = self._known.used
        numbers, present = self._known.assign(encode(array)[None, :])
        self._known.release(present)
        if self._known.used > before:
            fresh = np.flatnonzero(numbers >= before)
            firsts = fresh[find_firsts(numbers[fresh] - np.int32(before), self._known.used - before)]
            answers = self.tests.answer(array.take(pa.array(firsts)).fill_null(""))
            self._class_of = np.concatenate([self._class_of, self.classes.number(answers)])
        return self._class_of[numbers]


class _Numbers:
    """The classes of numbers, by the interval they lie in."""

    def __init__(self, classes: Classes, tests: NumberTests) -> None:
        """Sort by ``tests``."""
        self.is_double, self.bounds = tests.is_double, tests.bounds
        self.class_of = classes.number(tests.answer_intervals())
        self._tables: dict[int, Numbers] = {}

    def sort(self, array: pa.Array) -> int | Numbers:
        """Sort numbers; what is said of a missing one means nothing."""
        if (self.class_of == self.class_of[0]).all():
            return int(self.class_of[0])
        numbers = read_numbers(array)
        if numbers.dtype.kind == "u" and numbers.itemsize <= 2:
            return self._table(8 * numbers.itemsize)[numbers]
        return self._find(numbers)

    def _table(self, bits: int) -> Numbers:
        """The class of each number of so many bits."""
        if bits not in self._tables:
            self._tables[bits] = self._find(np.arange(1 << bits))
        return self._tables[bits]

    def _find(self, numbers: NDArray[np.generic]) -> Numbers:
        if not self.is_double:
            return self.class_of[np.searchsorted(self.bounds, numbers.astype(np.int64), side="right")]
        places = np.searchsorted(self.bounds, numbers.astype(np.float64), side="right")
        places[np.isnan(numbers)] = len(self.bounds) + 1
        return self.class_of[places]


class PairClasses:
    """The classes of pairs of values that tests compare with each other."""

    def __init__(self, match: SameAs) -> None:
        """Compare two fields."""
        self.match, self.classes = match, Classes([match])

    def sort(self, left: pa.Array, right: pa.Array) -> int | Numbers:
        """Sort the rows of two arrays: int32[n], or the class of all of them."""
        pairs = reduce_rows([*code_locally(left), *code_locally(right)], len(left))
        firsts = pa.array(pairs.firsts)
        values = zip(read_values(left.take(firsts)), read_values(right.take(firsts)), strict=True)
        answers = np.array([self.match.test_pair(*pair) for pair in values], dtype=np.bool_)
        return _spread(self.classes.number(answers[:, None]), pairs.numbers, has_missing=False)


def read_values(array: pa.Array) -> list[object]:
    """Read the values of an array; times as nanoseconds, lists as tuples."""
    values = (array.cast(pa.int64()) if pa.types.is_timestamp(array.type) else array).to_pylist()
    return [tuple(value) if isinstance(value, list) else value for value in values]


def _spread(classes: int | Numbers, rows: NDArray[np.int64], *, has_missing: bool) -> int | Numbers:
    """Give rows the classes of the entries they hold; one past the last is missing."""
    if has_missing:
        size = int(rows.max())
        classes = np.append(np.full(size, classes, dtype=np.int32) if isinstance(classes, int) else classes, 0)
    if isinstance(classes, int) or (len(classes) and (classes == classes[0]).all()):
        return classes if isinstance(classes, int) else int(classes[0])
    return classes[rows]
