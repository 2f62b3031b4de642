"""Which alerts are one incident: strands of one attacker, joined by what shows that they belong together.

- An **actor's** strand is an incident by itself, over however many targets; two actors are two, on one target as well.
- What only tells of a **victim** (a controller falls silent) goes with the actor that acted on it, the suspect first.
- A **stepping stone**: who was acted on and then acts belongs to whoever acted on it.
- A **crowd** (``crowds.py``): ten actors or more that do the same at the same time are one: a botnet, or a rule out of
  tune. So are ten victims of the same that nobody acted on: a switch that fails silences all behind it.

A strand follows at most one other, so a common victim never joins two attackers. All choices are by time, severity and
name, so that the grouping depends on the set of alerts alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from correlation.alert_facts import NOBODY, AlertFacts, Codes
from correlation.crowds import join_crowds
from correlation.strand import Strands, make_strands
from correlation.union import Union

QUIET_NS = 3_600 * 10**9
"""Pause that ends an attack: an hour (ours, demo), the window in which most rules fold repeats into one alert."""
SLACK_NS = 60 * 10**9
"""What a consequence may seem to begin before its cause, as rules count each by itself: a minute (ours, demo)."""
CANDIDATES = 1_000
"""Strands looked at for a link, the first by time; bounds the work on a victim that everybody attacks (ours)."""


def group_alerts(facts: AlertFacts, *, quiet_ns: int = QUIET_NS) -> Codes:
    """Give each alert the number of its group, int64[n]: 0 for that of the earliest alert, and so on."""
    if not len(facts):
        return np.zeros(0, dtype=np.int64)
    strands = make_strands(facts, quiet_ns)
    union = Union(len(strands))
    actors = np.flatnonzero(strands.actor != NOBODY)
    join_crowds(facts, strands, actors, strands.actor, union, quiet_ns)
    alone = _join_links(strands, facts, union, quiet_ns)
    join_crowds(facts, strands, alone, strands.victim, union, quiet_ns)
    roots = np.array([union.find(strand) for strand in range(len(strands))], dtype=np.int64)
    return number_by_first(roots[strands.of_alert])


def number_by_first(labels: Codes) -> Codes:
    """Number labels by where each first comes."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse], dtype=np.int64)


def _join_links(strands: Strands, facts: AlertFacts, union: Union, quiet_ns: int) -> Codes:
    """Let each strand follow the one that explains it best, if any does; gives the victims' that nothing explains."""
    links = _Links(strands, facts, quiet_ns)
    alone = []
    for strand in links.order:
        found = links.find_cause(strand) if links.actor[strand] != NOBODY else links.find_attacker(strand)
        if found is not None:
            union.join(strand, found)
        elif links.actor[strand] == NOBODY:
            alone.append(strand)
    return np.array(alone, dtype=np.int64)


class _Links:
    """Looks for what explains a strand."""

    def __init__(self, strands: Strands, facts: AlertFacts, quiet_ns: int) -> None:
        self._quiet_ns = quiet_ns
        self.actor, self._victim, self._suspect = (
            codes.tolist() for codes in (strands.actor, strands.victim, strands.suspect)
        )
        self._start, self._end = strands.start.tolist(), strands.end.tolist()
        self._enterprise = strands.enterprise.tolist()
        self.order = self._sort(facts.names)
        """Strands by time, then by names."""
        places = np.empty(len(strands), dtype=np.int64)
        places[self.order] = np.arange(len(strands))
        worst = np.lexsort((places, -strands.severity))
        places[worst] = np.arange(len(strands))
        self._preference = places.tolist()
        self._index(strands)

    def _sort(self, names: Sequence[str]) -> list[int]:
        """Sort strands by time, then by names: numbers of names depend on what else there is."""
        columns = (self._start, self.actor, self._victim, self._suspect)
        keys = [
            (start, names[actor], names[victim], names[suspect])
            for start, actor, victim, suspect in zip(*columns, strict=True)
        ]
        return sorted(range(len(keys)), key=keys.__getitem__)

    def _index(self, strands: Strands) -> None:
        """List strands by what links look for, each list by time."""
        self._by_target: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._by_pair: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        self._by_actor: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._by_victim: dict[tuple[int, int], list[int]] = defaultdict(list)
        for strand in self.order:
            enterprise, actor = self._enterprise[strand], self.actor[strand]
            if actor == NOBODY:
                self._by_victim[enterprise, self._victim[strand]].append(strand)
                continue
            self._by_actor[enterprise, actor].append(strand)
            for target in strands.targets[strand]:
                self._by_target[enterprise, target].append(strand)
                self._by_pair[enterprise, actor, target].append(strand)

    def find_cause(self, strand: int) -> int | None:
        """Find the strand that acted on this one's actor before it was done."""
        actor, latest = self.actor[strand], self._start[strand] + SLACK_NS
        candidates = self._by_target.get((self._enterprise[strand], actor), ())
        return self._choose(
            strand, [other for other in candidates if self.actor[other] != actor and self._start[other] <= latest]
        )

    def find_attacker(self, strand: int) -> int | None:
        """Find the actor of what befell a victim: the suspect, else who acted on it, else what it did itself.

        What tells of no suspect may follow what tells of one, never the other way round: two suspects would meet.
        """
        enterprise, victim, suspect = self._enterprise[strand], self._victim[strand], self._suspect[strand]
        if victim == NOBODY:
            return None
        tries = [
            self._by_pair.get((enterprise, suspect, victim), ()),
            self._by_target.get((enterprise, victim), ()),
            self._by_actor.get((enterprise, victim), ()),
        ]
        if suspect == NOBODY:
            others = self._by_victim.get((enterprise, victim), ())
            tries.append([other for other in others if self._suspect[other] != NOBODY])
        found = (self._choose(strand, candidates) for candidates in tries)
        return next((one for one in found if one is not None), None)

    def _choose(self, strand: int, candidates: Sequence[int]) -> int | None:
        """Choose the most severe of those that are near in time; the first by time of equals."""
        start, end, quiet_ns = self._start[strand], self._end[strand], self._quiet_ns
        near = [
            other
            for other in candidates[:CANDIDATES]
            if start - self._end[other] <= quiet_ns and self._start[other] - end <= quiet_ns
        ]
        return min(near, key=self._preference.__getitem__, default=None)
