"""Distinct codes of many groups at once: what each group has, how often, and where it first comes.

The groups lie one after the other, so that thousands of small ones cost no more than one large one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from correlation.alert_facts import Codes

_DENSE = 4
"""Pairs that could be for each that there is, up to which they are counted in a table and not sorted."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """Pairs of a group and a code, sorted by both; arrays are of length pairs, but ``inverse`` and ``bounds``."""

    of: Codes
    """Group of each."""
    code: Codes
    first: Codes
    """Place where each first comes."""
    inverse: Codes
    """Pair at each place."""
    bounds: Codes
    """Where the pairs of each group begin, and where the last end: int64[groups + 1]."""
    width: int

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.code)

    def count(self, chosen: NDArray[np.bool_] | None = None) -> Codes:
        """Count the places of each pair, of all or of bool[n]."""
        its = self.inverse if chosen is None else self.inverse[chosen]
        return np.bincount(its, minlength=len(self)).astype(np.int64)

    def mark(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mark the pairs that are at any place of bool[n]."""
        marks = np.zeros(len(self), dtype=np.bool_)
        marks[self.inverse[chosen]] = True
        return marks

    def find_worst(self, values: Codes, chosen: NDArray[np.bool_] | None = None) -> Codes:
        """Give the highest of the values at the places of each pair, of all or of bool[n]; 0 for none."""
        worst = np.zeros(len(self), dtype=np.int64)
        its, theirs = (self.inverse, values) if chosen is None else (self.inverse[chosen], values[chosen])
        np.maximum.at(worst, its, theirs)
        return worst

    def add_up(self, values: Codes) -> Codes:
        """Add up the values at the places of each pair."""
        sums = np.zeros(len(self), dtype=np.int64)
        np.add.at(sums, self.inverse, values)
        return sums

    def mark_shared(self, other: Distinct, marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mark the pairs that ``other`` has too and marks, both of one numbering."""
        if not len(other):
            return np.zeros(len(self), dtype=np.bool_)
        mine, theirs = self.of * self.width + self.code, other.of * other.width + other.code
        places = np.minimum(np.searchsorted(theirs, mine), len(other) - 1)
        return np.asarray((theirs[places] == mine) & marks[places], dtype=np.bool_)


def find_distinct(of: Codes, code: Codes, groups: int, width: int) -> Distinct:
    """Find the distinct pairs of groups, int64[n] below ``groups``, and codes, int64[n] below ``width``."""
    keys = of * width + code
    if groups * width <= _DENSE * len(keys):
        found, first, inverse = _look_up(keys, groups * width)
    else:
        found, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    its, codes = np.divmod(found, width)
    return Distinct(its, codes, first, inverse, np.searchsorted(its, np.arange(groups + 1)), width)


def _look_up(keys: Codes, span: int) -> tuple[Codes, Codes, Codes]:
    """Do as numpy's ``unique`` with a table of ``span`` places."""
    first = np.full(span, -1, dtype=np.int64)
    first[keys[::-1]] = np.arange(len(keys) - 1, -1, -1)  # of several the last that is written stays: the first place
    found = np.flatnonzero(first >= 0)
    numbers = np.empty(span, dtype=np.int64)
    numbers[found] = np.arange(len(found))
    return found, first[found], numbers[keys]


def keep_first(of: Codes, bounds: Codes, most: int) -> NDArray[np.bool_]:
    """Mark the first ``most`` of each group, of what is sorted by group and begins at ``bounds``."""
    return np.asarray(np.arange(len(of)) - bounds[of] < most, dtype=np.bool_)
