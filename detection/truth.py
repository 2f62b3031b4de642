"""Asks every pooled test once per distinct value of its field, and fills the truth matrix of distinct rows.

Values that a vocabulary numbers (text, lists, derived columns) are tested when they first appear and the answers
kept beside the vocabulary; numbers are compared in bulk.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection.coding import NULL, Column, Vocabulary
from detection.conditions import Leaf
from detection.matches import COMPARE, Compare, Equals, Match, Missing, Network, SameAs, matches_value
from wanglou.addresses import Network as IpNetwork
from wanglou.addresses import RangeTable


class VocabularyTests:
    """The tests of one field whose values are numbered by a vocabulary."""

    def __init__(self, vocabulary: Vocabulary, matches: Sequence[Match]) -> None:
        """Prepare ``matches``; plain equalities and ranges are looked up, all others asked one by one."""
        self.vocabulary, self.matches = vocabulary, matches
        self.folded: dict[str, list[int]] = {}
        networks: list[tuple[IpNetwork, int]] = []
        self.others: list[int] = []
        for index, match in enumerate(matches):
            if isinstance(match, Equals) and not match.cased:
                self.folded.setdefault(match.text, []).append(index)
            elif isinstance(match, Network):
                networks.append((ip_network(match.cidr), index))
            else:
                self.others.append(index)
        self.networks = RangeTable(networks) if networks else None
        self.null = np.array([matches_value(match, None) for match in matches], dtype=np.bool_)
        self.known = 0
        self.rows = np.zeros((64, len(matches)), dtype=np.bool_)

    def answer(self, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Answer for codes int64[n]: bool[n, tests]."""
        self._learn()
        missing = codes == NULL
        answers = self.rows[np.where(missing, 0, codes)]
        answers[missing] = self.null
        return answers

    def _learn(self) -> None:
        """Test the values that are new in the vocabulary."""
        if len(self.vocabulary) > len(self.rows):
            grown = np.zeros((2 * len(self.vocabulary), len(self.matches)), dtype=np.bool_)
            grown[: self.known] = self.rows[: self.known]
            self.rows = grown
        for code in range(self.known, len(self.vocabulary)):
            self._test(code, self.vocabulary.values[code])
        self.known = len(self.vocabulary)

    def _test(self, code: int, value: Any) -> None:
        row = self.rows[code]
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                row[self.folded.get(text.casefold(), [])] = True
                for found in self.networks.find(text) if self.networks else ():
                    row[list(found)] = True
        for index in self.others:
            row[index] = matches_value(self.matches[index], value)


class NumberTests:
    """The tests of one field whose codes are its numbers."""

    def __init__(self, matches: Sequence[Match], *, is_double: bool) -> None:
        """Prepare ``matches``, which are comparisons and tests of missing values."""
        self.is_double, self.width = is_double, len(matches)
        self.null = np.array([matches_value(match, None) for match in matches], dtype=np.bool_)
        self.present = np.array([isinstance(m, Missing) and not m.missing for m in matches], dtype=np.bool_)
        self.compares = [
            (how, columns, _numbers([match.number for match in found]))
            for how in COMPARE
            if (found := [match for match in matches if isinstance(match, Compare) and match.how == how])
            for columns in [[i for i, match in enumerate(matches) if isinstance(match, Compare) and match.how == how]]
        ]

    def answer(self, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Answer for codes int64[n]: bool[n, tests]."""
        answers = np.tile(self.present, (len(codes), 1))
        values = codes.view(np.float64) if self.is_double else codes
        for how, columns, numbers in self.compares:
            answers[:, columns] = COMPARE[how](values[:, None], numbers[None, :])
        answers[codes == NULL] = self.null
        return answers


class PairTests:
    """The tests that compare a field with another one of the record."""

    def __init__(self, left: Column, right: Column, match: SameAs) -> None:
        """Compare the values of two coded columns."""
        self.left, self.right, self.match = left, right, match

    def answer(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Answer for two columns of codes int64[n]: bool[n]."""
        values = zip(self.left.decode(left), self.right.decode(right), strict=True)
        return np.array([self.match.test_pair(*pair) for pair in values], dtype=np.bool_)


class TruthTable:
    """All pooled leaves of the rules of a dataset."""

    def __init__(self, leaves: Sequence[Leaf], columns: Sequence[Column]) -> None:
        """Sort ``leaves`` by field; every field they name is among ``columns``."""
        self.width = len(leaves)
        self.tests: list[tuple[int, list[int], VocabularyTests | NumberTests]] = []
        self.pairs: list[tuple[int, int, int, PairTests]] = []
        places = {column.field.name: place for place, column in enumerate(columns)}
        for name, place in places.items():
            own = [i for i, leaf in enumerate(leaves) if leaf.field == name and not isinstance(leaf.match, SameAs)]
            if own:
                self.tests.append((place, own, _tests(columns[place], [leaves[i].match for i in own])))
        for index, leaf in enumerate(leaves):
            if isinstance(leaf.match, SameAs):
                left, right = places[leaf.field], places[leaf.match.field]
                self.pairs.append((index, left, right, PairTests(columns[left], columns[right], leaf.match)))

    def fill(self, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Answer every leaf for rows of codes int64[n, columns]: bool[n, leaves]."""
        truth = np.zeros((len(codes), self.width), dtype=np.bool_)
        for place, own, tests in self.tests:
            truth[:, own] = tests.answer(np.ascontiguousarray(codes[:, place]))
        for index, left, right, pair in self.pairs:
            truth[:, index] = pair.answer(np.ascontiguousarray(codes[:, left]), np.ascontiguousarray(codes[:, right]))
        return truth


def _tests(column: Column, matches: Sequence[Match]) -> VocabularyTests | NumberTests:
    if column.vocabulary is not None:
        return VocabularyTests(column.vocabulary, matches)
    return NumberTests(matches, is_double=column.field.kind in ("double", "doubles"))


def _numbers(numbers: Sequence[float]) -> NDArray[np.int64] | NDArray[np.float64]:
    """Whole numbers of 64 bits stay exact; others are compared as floating point."""
    if all(isinstance(number, int) and abs(number) < 2**63 for number in numbers):
        return np.array(numbers, dtype=np.int64)
    return np.array(numbers, dtype=np.float64)
