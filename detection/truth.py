"""Asks tests of values: each test of many values at once.

What a test says is told in ``matches``; here it is asked in bulk, and the answers are the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from ipaddress import ip_network

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detection.matches import COMPARE, Affix, Compare, Equals, Match, Missing, Network, Pattern
from wanglou.addresses import Network as IpNetwork
from wanglou.addresses import RangeTable

_SPAN = np.iinfo(np.int64)
_AFFIX = {"start": pc.starts_with, "end": pc.ends_with, "inside": pc.match_substring}


class TextTests:
    """The tests of one field of text."""

    def __init__(self, matches: Sequence[Match]) -> None:
        """Prepare ``matches``; equalities are looked up together, and so are ranges of addresses."""
        self.width = len(matches)
        numbered = list(enumerate(matches))
        self.present = np.array([isinstance(m, Missing) and not m.missing for m in matches], dtype=np.bool_)
        equal = [(index, match) for index, match in numbered if isinstance(match, Equals)]
        self.cased = _Equalities([(index, match.text) for index, match in equal if match.cased])
        self.folded = _Equalities([(index, match.text) for index, match in equal if not match.cased])
        self.affixes = [(index, match) for index, match in numbered if isinstance(match, Affix)]
        self.patterns = [(index, match) for index, match in numbered if isinstance(match, Pattern)]
        ranges: list[tuple[IpNetwork, int]] = [(ip_network(m.cidr), at) for at, m in numbered if isinstance(m, Network)]
        self.ranges = RangeTable(ranges) if ranges else None
        self.folds = bool(len(self.folded.texts)) or any(not match.cased for _, match in self.affixes)
        self.asks_values = not all(isinstance(match, Missing) for match in matches)
        """False when all that is asked is whether a value is there."""

    def answer(self, values: pa.StringArray) -> NDArray[np.bool_]:
        """Answer for texts, of which none is missing: bool[n, tests]."""
        answers = np.tile(self.present, (len(values), 1))
        folded = fold_texts(values) if self.folds else values
        self.cased.mark(values, answers)
        self.folded.mark(folded, answers)
        for index, affix in self.affixes:
            found = _AFFIX[affix.where](values if affix.cased else folded, affix.text)
            answers[:, index] = found.to_numpy(zero_copy_only=False)
        for index, pattern in self.patterns:
            answers[:, index] = pc.match_substring_regex(values, pattern.regex).to_numpy(zero_copy_only=False)
        if self.ranges:
            for row, text in enumerate(values.to_pylist()):
                for hit in self.ranges.find(text):
                    answers[row, list(hit)] = True
        return answers


class _Equalities:
    """Tests whether a text is a certain one."""

    def __init__(self, tests: Sequence[tuple[int, str]]) -> None:
        """Take pairs of test and text."""
        self.texts = pa.array(dict.fromkeys(text for _, text in tests), pa.string())
        places = {text: place for place, text in enumerate(self.texts.to_pylist())}
        self.tests = np.array([test for test, _ in tests], dtype=np.int64)
        self.places = np.array([places[text] for _, text in tests], dtype=np.int64)

    def mark(self, values: pa.StringArray, answers: NDArray[np.bool_]) -> None:
        """Mark the answers for texts: bool[n, tests]."""
        if len(self.texts):
            found = pc.index_in(values, value_set=self.texts).fill_null(-1).to_numpy()
            answers[:, self.tests] = found[:, None] == self.places[None, :]


class NumberTests:
    """The tests of one field of numbers."""

    def __init__(self, matches: Sequence[Match], *, is_double: bool) -> None:
        """Prepare ``matches``, which are comparisons and tests of missing values."""
        self.is_double, self.width = is_double, len(matches)
        self.present = np.array([isinstance(m, Missing) and not m.missing for m in matches], dtype=np.bool_)
        made = [(index, match) for index, match in enumerate(matches) if isinstance(match, Compare)]
        numbers = [(index, match.how, _read_number(match.number, is_double=is_double)) for index, match in made]
        self.compares = [
            (how, [index for index, _ in found], np.array([number for _, number in found]))
            for how in COMPARE
            for kind in (int, float)
            if (found := [(at, number) for at, of, number in numbers if of == how and isinstance(number, kind)])
        ]
        self.bounds = self._find_bounds([number for _, _, number in numbers])

    def answer(self, values: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.bool_]:
        """Answer for numbers [n], of which none is missing: bool[n, tests]."""
        answers = np.tile(self.present, (len(values), 1))
        for how, columns, numbers in self.compares:
            answers[:, columns] = COMPARE[how](values[:, None], numbers[None, :])
        return answers

    def _find_bounds(self, numbers: Sequence[float]) -> NDArray[np.int64] | NDArray[np.float64]:
        """Find where answers may change: those of numbers from one bound to before the next are the same."""
        if self.is_double:
            plain = np.array(numbers, dtype=np.float64)
            return np.unique(np.concatenate([plain, np.nextafter(plain, np.inf)]))
        whole = {math.floor(number) + step for number in numbers if math.isfinite(number) for step in (0, 1)}
        return np.array(sorted(number for number in whole if _SPAN.min < number <= _SPAN.max), dtype=np.int64)

    def answer_intervals(self) -> NDArray[np.bool_]:
        """Answer for each interval between ``bounds``, and then for what is no number: bool[bounds + 2, tests]."""
        if self.is_double:
            return self.answer(np.concatenate([[-np.inf], self.bounds, [np.nan]]))
        return self.answer(np.concatenate([[_SPAN.min], self.bounds, self.bounds[-1:], [0]])[: len(self.bounds) + 2])


def fold_texts(values: pa.StringArray) -> pa.StringArray:
    """Fold the case of texts, none of them missing, as ``str.casefold`` does."""
    if pc.all(pc.string_is_ascii(values), min_count=0).as_py():
        return pc.ascii_lower(values)
    return pa.array([text.casefold() for text in values.to_pylist()], pa.string())


def _read_number(number: float, *, is_double: bool) -> float:
    """Read a rule's number so that comparing is exact: whole ones of 64 bits as such, larger ones as infinite."""
    if is_double or not math.isfinite(number):
        return float(number)
    if not _SPAN.min < number <= _SPAN.max:
        return math.copysign(math.inf, number)
    return int(number) if number == int(number) else number
