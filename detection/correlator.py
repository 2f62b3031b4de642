"""Runs one correlation rule: finds the group of each record its base rules match, and keeps the group's window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from detection.arena import Arena
from detection.groups import Groups, group_limit
from detection.keys import Keys
from detection.rule import Correlation, Rule
from detection.sequence import Ordered, Temporal
from detection.window import Entries, EventCount, Hits, Rows, ValueCount, make_threshold
from wanglou.kernel import kernel

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
        self.index = Index(counts=isinstance(self.window, EventCount | ValueCount))
        self._learned = 0
        self._touched = np.zeros(0, dtype=np.bool_)
        self._slots, self._concerned = np.empty((2, 0), dtype=np.int64)
        self._size = 0

    def forget(self) -> None:
        """Forget the kinds, whose numbers begin anew; groups keep their state."""
        self.groups.forget()
        self.index.clear()
        self._learned = 0

    def learn(self, pairs: tuple[NDArray[np.int32], NDArray[np.int32]], keys: Sequence[Keys], kinds: int) -> None:
        """Note which kinds concern the rule, given all (kind, condition) that match, by kind, and ``kinds`` in all."""
        kind, condition = (part[self._learned :] for part in pairs)
        self._learned = len(pairs[0])
        steps = self.step_of[condition]
        own = steps >= 0
        kind, steps = kind[own], steps[own]
        self.index.add(kind, self._number_groups(kind, steps, keys), steps, kinds)
        if len(kind):
            self._touched = np.zeros(len(self.groups.names), dtype=np.bool_)
            self._slots = self.groups.slot_of[self.index.groups]

    def survey(self, present: NDArray[np.int32], count: NDArray[np.int64]) -> int:
        """Find the groups that a batch concerns; call ``learn`` first and ``observe`` next.

        ``present`` int32[k] are the kinds of its records, ``count`` int64[kinds] the records of each kind. Returns how
        many concern the rule; one that falls into two groups counts twice.
        """
        index, found = self.index, np.empty(len(self._touched), dtype=np.int64)
        self._size, used = find_groups(present, count, index.start, index.groups, self._touched, found)
        self._concerned = np.sort(found[:used])
        self._touched[self._concerned] = False
        return self._size

    def observe(self, rows: Rows, values: NDArray[np.int64] | None) -> Hits:
        """Feed the records of the batch surveyed, or those of them that concern the rule.

        ``values`` int64[n] is the counted field.
        """
        refused = self.groups.refused
        fresh = self.groups.take(self._concerned)
        if len(fresh) or self.groups.refused > refused:
            self._make_room(fresh)
            self._slots = self.groups.slot_of[self.index.groups]
        entries = Entries(self.index.start, self._slots, self.index.steps)
        return self.window.observe(rows, entries, values, self._size)

    def mark(self, present: NDArray[np.int32], marks: NDArray[np.bool_]) -> None:
        """Mark those of the kinds ``present`` that concern the rule: bool[kinds]."""
        start = self.index.start
        marks[present] |= start[present + 1] > start[present]

    @property
    def is_idle(self) -> bool:
        """True when no kind that is known concerns the rule."""
        return not len(self.index.groups)

    def _number_groups(
        self, kind: NDArray[np.int32], steps: NDArray[np.int64], keys: Sequence[Keys]
    ) -> NDArray[np.int64]:
        """Number the groups that kinds fall into: int64[entries]."""
        group = np.empty(len(kind), dtype=np.int64)
        for spec in dict.fromkeys(self.specs) if len(kind) else ():
            with_spec = np.array([of == spec for of in self.specs])[steps]
            distinct, inverse = np.unique(keys[spec].of_kind[kind[with_spec]], return_inverse=True)
            numbers = self.groups.number([keys[spec].values[number] for number in distinct.tolist()])
            group[with_spec] = numbers[inverse]
        return group

    def _make_room(self, fresh: NDArray[np.int64]) -> None:
        needed = self.groups.used
        if needed > self.room:
            self.room = min(max(2 * needed, 64), self.groups.limit)
            self.window.resize(self.room)
        if len(fresh):
            self.window.clear(fresh.tolist())


class Index:
    """Which kinds concern a correlation: entries of (group, step) by kind, added to as kinds become known."""

    def __init__(self, *, counts: bool) -> None:
        """Begin empty; for a window that ``counts``, a kind falls into each group once, whatever it matches."""
        self.counts = counts
        self.clear()

    def clear(self) -> None:
        """Forget every kind."""
        self.kinds = 0
        self.start = np.zeros(1024, dtype=np.int64)
        self.groups, self.steps = np.empty((2, 0), dtype=np.int64)

    def add(self, kind: NDArray[np.int32], groups: NDArray[np.int64], steps: NDArray[np.int64], kinds: int) -> None:
        """Add the entries of kinds ``self.kinds`` to ``kinds``; those of a kind by group, then by falling step."""
        if kinds >= len(self.start):
            self.start = np.concatenate([self.start, np.zeros(kinds, dtype=np.int64)])
        before = len(self.groups)
        known, self.kinds = self.kinds, kinds
        self.start[known + 1 : kinds + 1] = before
        if not len(kind):
            return
        order = np.lexsort((-steps, groups, kind))
        kind, groups, steps = kind[order], groups[order], steps[order]
        if self.counts:
            first = np.ones(len(kind), dtype=np.bool_)
            first[1:] = (kind[1:] != kind[:-1]) | (groups[1:] != groups[:-1])
            kind, groups, steps = kind[first], groups[first], steps[first]
        self.start[known + 1 : kinds + 1] += np.cumsum(np.bincount(kind - known, minlength=kinds - known))
        self.groups, self.steps = np.concatenate([self.groups, groups]), np.concatenate([self.steps, steps])


@kernel
def find_groups(
    present: NDArray[np.int32],
    count: NDArray[np.int64],
    start: NDArray[np.int64],
    groups: NDArray[np.int64],
    touched: NDArray[np.bool_],
    found: NDArray[np.int64],
) -> tuple[int, int]:
    """List the groups that kinds ``present`` fall into, each once, in ``found``; ``touched`` begins all false.

    Returns how many records fall into groups (one that falls into two counts twice), and the groups found.
    """
    size = used = 0
    for at in range(len(present)):
        kind = int(present[at])
        for entry in range(start[kind], start[kind + 1]):
            size += int(count[kind])
            group = int(groups[entry])
            if not touched[group]:
                touched[group] = True
                found[used] = group
                used += 1
    return size, used
