"""Which alerts are one incident: strands of one attacker, joined by what shows that they belong together.

- An **actor's** strand is an incident by itself, over however many targets; two actors are two, on one target as well.
- What only tells of a **victim** (a controller falls silent) goes with the actor that acted on it, the suspect first.
- A **stepping stone**: who was acted on and then acts belongs to whoever acted on it.
- A **crowd**: ten actors or more that raise the same rules at the same time are one: a botnet, or a rule out of tune.

A strand follows at most one other, so a common victim never joins two attackers. All choices are by time, severity and
name, so that the grouping depends on the set of alerts alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from correlation.alert_facts import NOBODY, AlertFacts, Codes
from correlation.strand import Strands, make_strands

QUIET_NS = 3_600 * 10**9
"""Pause that ends an attack: an hour (ours, demo), the window in which most rules fold repeats into one alert."""
SLACK_NS = 60 * 10**9
"""What a consequence may seem to begin before its cause, as rules count each by itself: a minute (ours, demo)."""
CROWD = 10
"""Actors with the same rules at the same time that count as one (ours, demo)."""
CANDIDATES = 1_000
"""Strands looked at for a link, the first by time; bounds the work on a victim that everybody attacks (ours)."""


class _Union:
    """Sets of strands that are joined."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def find(self, one: int) -> int:
        """Give the smallest of the set."""
        above = self._above
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    def join(self, one: int, other: int) -> None:
        """Make two sets one."""
        low, high = sorted((self.find(one), self.find(other)))
        self._above[high] = low


def group_alerts(facts: AlertFacts, *, quiet_ns: int = QUIET_NS, crowd: int = CROWD) -> Codes:
    """Give each alert the number of its group, int64[n]: 0 for that of the earliest alert, and so on."""
    if not len(facts):
        return np.zeros(0, dtype=np.int64)
    strands = make_strands(facts, quiet_ns)
    union = _Union(len(strands))
    _join_crowds(strands, union, quiet_ns, crowd)
    _join_links(strands, facts, union, quiet_ns)
    roots = np.array([union.find(strand) for strand in range(len(strands))], dtype=np.int64)
    return number_by_first(roots[strands.of_alert])


def number_by_first(labels: Codes) -> Codes:
    """Number labels by where each first comes."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse], dtype=np.int64)


def _join_crowds(strands: Strands, union: _Union, quiet_ns: int, crowd: int) -> None:
    """Join actors that raise exactly the same rules without a pause, where there are enough of them."""
    alike: dict[tuple[int, frozenset[int]], list[int]] = defaultdict(list)
    for strand in np.flatnonzero(strands.actor != NOBODY).tolist():
        alike[int(strands.enterprise[strand]), strands.rules[strand]].append(strand)
    for members in alike.values():
        if len(members) >= crowd:
            for run in _runs(strands, sorted(members, key=lambda one: int(strands.start[one])), quiet_ns):
                if len({int(strands.actor[one]) for one in run}) >= crowd:
                    for one in run[1:]:
                        union.join(run[0], one)


def _runs(strands: Strands, members: list[int], quiet_ns: int) -> Iterable[list[int]]:
    """Cut strands, sorted by start, where all of them pause."""
    run: list[int] = []
    latest = 0
    for one in members:
        if run and int(strands.start[one]) - latest > quiet_ns:
            yield run
            run = []
        latest = max(latest, int(strands.end[one])) if run else int(strands.end[one])
        run.append(one)
    yield run


def _join_links(strands: Strands, facts: AlertFacts, union: _Union, quiet_ns: int) -> None:
    """Let each strand follow the one that explains it best, if any does."""
    links = _Links(strands, facts, quiet_ns)
    order = sorted(range(len(strands)), key=links.rank)
    for strand in order:
        found = links.find_cause(strand) if strands.actor[strand] != NOBODY else links.find_attacker(strand)
        if found is not None:
            union.join(strand, found)


class _Links:
    """Looks for what explains a strand."""

    def __init__(self, strands: Strands, facts: AlertFacts, quiet_ns: int) -> None:
        self._strands, self._names, self._quiet_ns = strands, facts.names, quiet_ns
        self._by_target: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._by_pair: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        self._by_actor: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._by_victim: dict[tuple[int, int], list[int]] = defaultdict(list)
        for strand in sorted(range(len(strands)), key=self.rank):
            enterprise = int(strands.enterprise[strand])
            if strands.actor[strand] == NOBODY:
                self._by_victim[enterprise, int(strands.victim[strand])].append(strand)
                continue
            self._by_actor[enterprise, int(strands.actor[strand])].append(strand)
            for target in strands.targets[strand]:
                self._by_target[enterprise, target].append(strand)
                self._by_pair[enterprise, int(strands.actor[strand]), target].append(strand)

    def rank(self, strand: int) -> tuple[int, str, str, str]:
        """Sort by time, then by names."""
        its = self._strands
        names = (self._names[int(codes[strand])] for codes in (its.actor, its.victim, its.suspect))
        return int(its.start[strand]), *names  # type: ignore[return-value] # three names

    def find_cause(self, strand: int) -> int | None:
        """Find the strand that acted on this one's actor before it was done."""
        its = self._strands
        key = int(its.enterprise[strand]), int(its.actor[strand])
        near = (
            other
            for other in self._by_target.get(key, ())[:CANDIDATES]
            if its.actor[other] != its.actor[strand]
            and its.start[other] <= its.start[strand] + SLACK_NS
            and self._is_near(strand, other)
        )
        return min(near, key=self._preference, default=None)

    def find_attacker(self, strand: int) -> int | None:
        """Find the actor of what befell a victim: the suspect, else who acted on it, else what it did itself."""
        its = self._strands
        enterprise, victim, suspect = (int(codes[strand]) for codes in (its.enterprise, its.victim, its.suspect))
        if victim == NOBODY and suspect == NOBODY:
            return None
        chosen = self._by_pair.get((enterprise, suspect, victim), [])
        attackers = self._by_target.get((enterprise, victim), []) if victim != NOBODY else []
        itself = self._by_actor.get((enterprise, victim), []) if victim != NOBODY else []
        others = [other for other in self._by_victim.get((enterprise, victim), ()) if its.suspect[other] != NOBODY]
        others = others if suspect == NOBODY else []  # else two suspects would meet at what befell their victim
        for candidates in (chosen, attackers, itself, others):
            near = (other for other in candidates[:CANDIDATES] if self._is_near(strand, other))
            if (found := min(near, key=self._preference, default=None)) is not None:
                return found
        return None

    def _is_near(self, one: int, other: int) -> bool:
        its = self._strands
        gap = max(int(its.start[one]) - int(its.end[other]), int(its.start[other]) - int(its.end[one]))
        return gap <= self._quiet_ns

    def _preference(self, strand: int) -> tuple[int, int, str, str, str]:
        return -int(self._strands.severity[strand]), *self.rank(strand)
