"""Whether a batch can say anything new of devices: most only repeat what earlier ones said, and need not be read.

What a table says follows from few columns, and from those of few rows: the first of each distinct combination. Their
combinations are remembered in an hour of packet time. A table whose every row has known ones says nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from parsers.asset_view import Codes, View

MOST_COMBINATIONS = 65_536
"""Combinations that are remembered; beyond it all are forgotten, and tables are read again."""

_PAIRING = "wanglou.pairing"
_SCATTERED, _LARGEST = 1 << 20, 1 << 62

Combination = tuple[object, ...]
"""Hour of packet time and values of columns."""

UNTOLD: frozenset[Combination] = frozenset({()})


@dataclass(frozen=True)
class Aspect:
    """Something that a table says: the columns it follows from, and the rows it is read of."""

    columns: tuple[str, ...]
    choose: Callable[[View], Codes]
    """Rows that are read."""
    having: tuple[str, ...] = ()
    """Those of the columns of which a row must have one to be read; none: it must be paired."""


@dataclass(frozen=True)
class Novelty:
    """How to tell that a table says nothing new."""

    aspects: tuple[Aspect, ...]
    rare: tuple[str, ...] = ()
    """Columns that are read whenever they have a value."""
    is_odd: Callable[[View], bool] = lambda _view: False
    """True when something else in the table must be read."""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns of all aspects, and how rows are paired."""
        return tuple(dict.fromkeys((_PAIRING, *(name for aspect in self.aspects for name in aspect.columns))))

    @cached_property
    def places(self) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
        """Where in a combination of ``columns`` that of each aspect is, and what a row must have to be read."""
        at = {name: place for place, name in enumerate(self.columns, 1)}
        return tuple(
            ((0, *(at[name] for name in aspect.columns)), tuple(at[name] for name in aspect.having))
            for aspect in self.aspects
        )


class Familiar:
    """Combinations that were read and told, by dataset and aspect."""

    def __init__(self, novelties: Mapping[str, Novelty]) -> None:
        """``novelties`` by dataset; what is not among them is always read."""
        self._novelties = novelties
        self.forget()

    def forget(self) -> None:
        """Remember nothing."""
        self._known: dict[tuple[str, int], set[Combination]] = {}
        self._passed: dict[str, set[Combination]] = {}

    def has_all(self, view: View) -> bool:
        """True when the table says nothing that was not told."""
        novelty = self._novelties.get(view.name)
        if novelty is None or any(map(view.has, novelty.rare)):
            return False
        found = list_combinations(view, novelty.columns)
        passed = self._passed.setdefault(view.name, set())
        if not found <= passed:
            if found is UNTOLD or not all(self._is_known(view.name, novelty, one) for one in found - passed):
                return False
            passed |= found
        return not novelty.is_odd(view)

    def _is_known(self, name: str, novelty: Novelty, one: Combination) -> bool:
        """True when every aspect of a row that is read was told."""
        for number, (places, having) in enumerate(novelty.places):
            is_read = any(one[place] is not None for place in having) if having else one[1] == "paired"
            if is_read and tuple([one[place] for place in places]) not in self._known.get((name, number), ()):
                return False
        return True

    def remember(self, view: View) -> None:
        """Note that the table was read and all it says was told."""
        if view.name not in self._novelties:
            return
        for number, aspect in enumerate(self._novelties[view.name].aspects):
            known = self._known.setdefault((view.name, number), set())
            known |= list_combinations(view, aspect.columns, aspect.choose(view)) - UNTOLD
        if sum(map(len, (*self._known.values(), *self._passed.values()))) > MOST_COMBINATIONS:
            self.forget()


def list_combinations(view: View, columns: tuple[str, ...], rows: Codes | None = None) -> AbstractSet[Combination]:
    """Distinct hours and values of ``columns``, at ``rows`` or in all rows; UNTOLD where they could be too many."""
    if not len(view) or (rows is not None and not len(rows)):
        return frozenset()
    numbered = [view.number_hours(), *map(view.number, columns)]
    if prod(len(values) for _, values in numbered) >= _LARGEST:
        return UNTOLD
    key, size = np.zeros(len(view) if rows is None else len(rows), dtype=np.int64), 1
    for codes, values in numbered:
        if len(values) > 1:
            key *= len(values)
            key += codes if rows is None else codes[rows]
            size *= len(values)
    found = _list_distinct(key, size)
    told: list[list[object]] = []
    for _, values in reversed(numbered):
        if len(values) > 1:
            found, codes = np.divmod(found, len(values))
            told.append([values[code] for code in codes.tolist()])
        else:
            told.append(values * len(found))
    return set(zip(*reversed(told), strict=True))


def _list_distinct(key: Codes, size: int) -> Codes:
    """Distinct numbers of ``key``, which are below ``size``."""
    if size > _SCATTERED:
        return np.unique(key)
    there = np.zeros(size, dtype=np.bool_)
    there[key] = True
    return np.flatnonzero(there)
