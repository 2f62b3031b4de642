"""The groups of a correlation rule: a bounded table from group key to a slot of the rule's state arrays.

Group keys are numbered as they come; what happens batch by batch is done with numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

GroupKey = tuple[Any, ...]

LIMIT = 65_536
"""Most groups of one rule, whatever their state takes."""
BUDGET_BYTES = 96 << 20
"""Memory for the group state of all correlation rules together; rules with large thresholds keep fewer groups."""
LEAST = 64
"""Groups that any rule may keep."""


def group_limit(slot_bytes: int, rules: int) -> int:
    """Most groups of a rule whose state takes ``slot_bytes`` a group, when ``rules`` share the budget."""
    return max(LEAST, min(LIMIT, BUDGET_BYTES // max(rules, 1) // max(slot_bytes, 1)))


class Groups:
    """Gives each group a slot; when full, the group that was seen longest ago gives up its slot."""

    __slots__ = ("_clock", "_group_of", "_numbers", "_seen", "_slot_of", "evicted", "limit", "names", "refused", "used")

    def __init__(self, limit: int) -> None:
        """Hold at most ``limit`` groups."""
        self.limit = limit
        self.evicted = self.refused = self.used = self._clock = 0
        self.names: list[GroupKey] = []
        self._numbers: dict[GroupKey, int] = {}
        self._slot_of = np.empty(0, dtype=np.int64)
        self._group_of, self._seen = np.empty((2, 0), dtype=np.int64)

    @property
    def slot_of(self) -> NDArray[np.int64]:
        """int64[groups]: slot of each numbered group, -1 for none."""
        return self._slot_of[: len(self.names)]

    def number(self, names: Iterable[GroupKey]) -> NDArray[np.int64]:
        """Number group keys, adding new ones without a slot: int64[n], places in ``names``."""
        found = []
        for name in names:
            found.append(self._numbers.setdefault(name, len(self.names)))
            if found[-1] == len(self.names):
                self.names.append(name)
        if len(self.names) > len(self._slot_of):
            self._slot_of = _lengthen(self._slot_of, max(2 * len(self.names), 64))
        return np.array(found, dtype=np.int64)

    def forget(self) -> None:
        """Number anew, by slot: what holds no slot is forgotten."""
        self.names = [self.names[group] for group in self._group_of[: self.used].tolist()]
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self._slot_of = np.arange(self.used, dtype=np.int64)
        self._group_of[: self.used] = self._slot_of

    def take(self, groups: NDArray[np.int64]) -> NDArray[np.int64]:
        """Make sure that different groups int64[n] have slots; returns the slots that are new and must be cleared.

        Groups of one call count as seen together, so none of them evicts another: where there are more than
        ``limit``, those that have slots come first, and the others get none and are counted as refused.
        """
        slots = self._slot_of[groups]
        if slots.size and slots.min() >= 0:
            self._see(slots)
            return slots[:0]
        held = slots >= 0
        self._see(slots[held])
        wanted = groups[~held]
        given = wanted[: self.limit - int(held.sum())]
        self.refused += len(wanted) - len(given)
        fresh = self._find_slots(len(given))
        self._group_of[fresh] = given
        self._slot_of[given] = fresh
        self._see(fresh)
        return fresh

    def _see(self, slots: NDArray[np.int64]) -> None:
        """Note that the groups in these slots were seen, one after the other."""
        self._seen[slots] = np.arange(self._clock, self._clock + len(slots))
        self._clock += len(slots)

    def _find_slots(self, size: int) -> NDArray[np.int64]:
        """Find ``size`` slots: unused ones, then those of the groups seen longest ago."""
        unused = np.arange(self.used, min(self.used + size, self.limit))
        old = np.argsort(self._seen[: self.used], kind="stable")[: size - len(unused)]
        self._slot_of[self._group_of[old]] = -1
        self.evicted += len(old)
        self.used += len(unused)
        if self.used > len(self._seen):
            room = min(max(2 * self.used, 64), self.limit)
            self._seen, self._group_of = _lengthen(self._seen, room), _lengthen(self._group_of, room)
        return np.concatenate([unused, old])


def _lengthen(array: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Give an array of ``size`` that begins with the old one and goes on with -1."""
    longer = np.full(size, -1, dtype=np.int64)
    longer[: len(array)] = array
    return longer
