"""Runs one correlation rule: finds the group of each record its base rules match, and keeps the group's window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from detection.arena import Arena
from detection.coding import ValueDigests
from detection.columns import fields_of
from detection.evaluator import Keys
from detection.groups import Groups, group_limit
from detection.rule import Correlation, Rule
from detection.sequence import Ordered, Temporal
from detection.window import Entries, EventCount, Hits, Rows, ValueCount, make_threshold

Window = EventCount | ValueCount | Temporal | Ordered


def make_window(correlation: Correlation, arena: Arena) -> Window:
    """Make the empty window of a correlation; ``arena`` is shared by all of a detector."""
    span, steps = correlation.timespan_ns, len(correlation.rules)
    threshold = make_threshold(correlation.operator, correlation.count)
    if correlation.type == "event_count":
        return EventCount(threshold, span, arena)
    if correlation.type == "value_count":
        return ValueCount(threshold, span, arena)
    if correlation.type == "temporal":
        return Temporal(steps, threshold, correlation.expression, span)
    return Ordered(steps, span)


class Correlator:
    """One correlation rule with the state of all its groups."""

    def __init__(
        self, rule: Rule, conditions: Mapping[str, int], specs: Sequence[int], arena: Arena, rules: int
    ) -> None:
        """Watch ``conditions`` (base rule id -> its number); ``specs`` are the group keys of each base rule.

        ``rules`` correlations share the memory budget. Raises ``TypeError`` when ``rule`` is no correlation.
        """
        correlation = rule.correlation
        if correlation is None:
            raise TypeError(rule.name)
        self.rule, self.correlation, self.specs = rule, correlation, specs
        self.window = make_window(correlation, arena)
        self.groups = Groups(group_limit(self.window.slot_bytes, rules))
        self.room = 0
        self.step_of = np.full(len(conditions), -1, dtype=np.int64)
        self.step_of[[conditions[base] for base in correlation.rules]] = np.arange(len(correlation.rules))
        is_value = correlation.type == "value_count"
        self.digests = ValueDigests(fields_of(rule.dataset)[correlation.value_field]) if is_value else None

    def concerns(self, conditions: NDArray[np.int32]) -> bool:
        """True when one of the conditions that match is a base rule."""
        return bool((self.step_of[conditions] >= 0).any())

    def observe(
        self,
        rows: Rows,
        pairs: tuple[NDArray[np.int32], NDArray[np.int32]],
        keys: Sequence[Keys],
        count: NDArray[np.int64],
        values: NDArray[np.int64] | None,
    ) -> Hits | None:
        """Feed the records of a batch.

        ``pairs`` are the (kind, condition) that match, ``count`` int64[kinds] the rows of each kind, ``values``
        int64[n] the counted field. None when no record concerns the rule.
        """
        kind, condition = pairs
        steps = self.step_of[condition]
        own = steps >= 0
        if not own.any():
            return None
        kind, steps = kind[own], steps[own]
        group, names = self._name_groups(kind, steps, keys)
        slots, fresh = self.groups.take(names)
        self._make_room(fresh)
        slot = np.array(slots, dtype=np.int64)[group]
        watched = slot >= 0
        kind, slot, steps = kind[watched], slot[watched], steps[watched]
        entries = _index(kind, slot, steps, len(count), self.window)
        return self.window.observe(rows, entries, values, int(count[kind].sum()))

    def _name_groups(
        self, kind: NDArray[np.int32], steps: NDArray[np.int64], keys: Sequence[Keys]
    ) -> tuple[NDArray[np.int64], list[tuple[object, ...]]]:
        """Number the groups of the entries: int64[entries] into a list of group keys."""
        names: dict[tuple[object, ...], int] = {}
        group = np.empty(len(kind), dtype=np.int64)
        for spec in set(self.specs):
            with_spec = np.isin(steps, [step for step, of in enumerate(self.specs) if of == spec])
            distinct, inverse = np.unique(keys[spec].of_kind[kind[with_spec]], return_inverse=True)
            found = [names.setdefault(keys[spec].values[number], len(names)) for number in distinct.tolist()]
            group[with_spec] = np.array(found, dtype=np.int64)[inverse]
        return group, list(names)

    def _make_room(self, fresh: list[int]) -> None:
        needed = len(self.groups.slots)
        if needed > self.room:
            self.room = min(max(2 * needed, 64), self.groups.limit)
            self.window.resize(self.room)
        if fresh:
            self.window.clear(fresh)


def _index(
    kind: NDArray[np.int32], slots: NDArray[np.int64], steps: NDArray[np.int64], kinds: int, window: Window
) -> Entries:
    """Sort entries by kind, slot and falling step; a window that only counts sees each record once per group."""
    order = np.lexsort((-steps, slots, kind))
    kind, slots, steps = kind[order], slots[order], steps[order]
    if isinstance(window, EventCount | ValueCount):
        first = np.ones(len(kind), dtype=np.bool_)
        first[1:] = (kind[1:] != kind[:-1]) | (slots[1:] != slots[:-1])
        kind, slots, steps = kind[first], slots[first], steps[first]
    start = np.zeros(kinds + 1, dtype=np.int64)
    np.cumsum(np.bincount(kind, minlength=kinds), out=start[1:])
    return Entries(start, slots, steps)
