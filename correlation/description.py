"""Tells incidents from alerts and their groups: title, timeline, entity graph, stage, class and level.

Like the grouping, what is told depends on the set of alerts alone. The work is done on columns; texts are read for the
lines that are kept only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from correlation.alert_facts import NOBODY, AlertFacts, Codes, Texts, encode_texts
from correlation.behaviour import FAILED, Headline, find_behaviour, write_titles
from correlation.direction import Direction
from correlation.event_level import guess_importance, guess_loss, propose_level
from correlation.incident import Incident, Moment, name_incident
from correlation.stage import rank_stage, stage_of
from correlation.verbs import Behaviour

LEAST_SEVERITY = 40
"""Groups whose worst alert is below this open no incident (ours, demo): single low findings stay alerts."""
LONGEST = 200
"""Lines of a timeline, nodes and edges of a graph, addresses of a list that are kept; the rest is counted (ours)."""
_ENCODED = ("wanglou.capture", "wanglou.alert.dataset", "wanglou.event_class.name", "wanglou.event_class.subclass")
_FEW = 4_096
"""Comparisons that are made all at once, which is faster for so few than sorting them."""
_NAMES = ("dns.question.registered_domain", "handle.prefix", "handle.identifier")
"""Entities that stand for a target where an alert has no address of one."""


def describe_incidents(
    facts: AlertFacts, groups: Codes, by_hand: NDArray[np.bool_] | None = None
) -> Iterator[tuple[Incident, Codes]]:
    """Give the incidents with the rows of their alerts, by time.

    Groups that are not severe enough are left out, unless they hold alerts of ``by_hand`` (bool[n]).
    """
    order = np.argsort(groups, kind="stable")
    bounds = np.flatnonzero(np.diff(groups[order], prepend=-1, append=-2))
    words = _Words(*(encode_texts(facts, name) for name in _ENCODED)) if len(facts) else None
    for low, high in pairwise(bounds.tolist()):
        rows = np.sort(order[low:high])
        if facts.severity[rows].max() >= LEAST_SEVERITY or (by_hand is not None and by_hand[rows].any()):
            assert words is not None
            yield _Description(facts, words, rows).make(), rows


@dataclass(frozen=True, slots=True)
class _Words:
    """Columns that every incident reads some rows of."""

    captures: Texts
    datasets: Texts
    classes: Texts
    subclasses: Texts


@dataclass(frozen=True, slots=True)
class _Told:
    """What the first alert of a rule tells of the rule."""

    rule: str
    techniques: tuple[str, ...]
    stage: str
    behaviour: Behaviour
    first_ns: int


@dataclass(frozen=True, slots=True)
class _Folds:
    """Alerts of one rule between the same ends, folded; arrays are of length folds, in the order each begins."""

    first: Codes
    """Row of the first alert."""
    rule: Codes
    last_ns: Codes
    severity: Codes
    alerts: Codes
    records: Codes


class _Description:
    """One group on its way to an incident."""

    def __init__(self, facts: AlertFacts, words: _Words, rows: Codes) -> None:
        self._facts, self._words, self._rows = facts, words, rows

    def make(self) -> Incident:
        """Tell it."""
        facts, rows, folds = self._facts, self._rows, self._folds
        told = list(self._rules.values())
        stages = sorted({one.stage for one in told if one.stage}, key=rank_stage)
        severity, stage = int(facts.severity[rows].max()), stages[-1] if stages else ""
        event_class, subclass = self._classify()
        actors, relays, targets = (self._name(codes) for codes in self._roles)
        suspects = [] if actors else self._name(self._rank(facts.suspect))
        behaviours = self._list_behaviours()
        is_fault = not actors and event_class == FAILED
        importance = guess_importance(frozenset(one.rule for one in told), self._datasets())
        return Incident(
            name_incident(facts.table["event.id"][int(rows[0])].as_py()),
            facts.enterprises[int(facts.enterprise[rows[0]])],
            *write_titles(Headline(actors, suspects, targets or self._other_targets(), behaviours, is_fault)),
            tuple(actors[:LONGEST]),
            tuple(relays[:LONGEST]),
            tuple(suspects[:LONGEST]),
            tuple(targets[:LONGEST]),
            int(facts.start[rows].min()),
            int(facts.end[rows].max()),
            severity,
            stage,
            tuple(stages),
            tuple(sorted({technique for one in told for technique in one.techniques})),
            event_class,
            subclass,
            propose_level(importance, guess_loss(stage, severity)),
            len(rows),
            int(facts.records[rows].sum()),
            tuple(self._list_moments()),
            self._draw({"target": targets, "suspect": suspects, "relay": relays, "actor": actors}),
            max(len(folds.first) - LONGEST, 0),
            tuple(self._list_captures()),
        )

    @cached_property
    def _rules(self) -> dict[int, _Told]:
        """What each rule tells, by code, in the order they began."""
        facts, rows = self._facts, self._rows
        codes, first = np.unique(facts.rule[rows], return_index=True)
        told = {}
        for place in np.argsort(first, kind="stable").tolist():
            code, row = int(codes[place]), int(rows[first[place]])
            rule = facts.rules[code]
            techniques = tuple(facts.table["threat.technique.id"][row].as_py() or ())
            begun = int(facts.start[row])
            told[code] = _Told(rule, techniques, stage_of(techniques), find_behaviour(rule, techniques), begun)
        return told

    def _list_behaviours(self) -> list[Behaviour]:
        """List what the actors did, in the order it began, the heavier first of what began at once.

        What a server answered its attacker, and what was asked under a forged address, is not told as an actor's doing.
        """
        facts, rows = self._facts, self._rows
        actor, direction = facts.actor[rows], facts.direction[rows]
        is_answer = (direction == Direction.SERVER) & ~np.isin(actor, self._roles[0])
        is_forged = (actor != NOBODY) & np.isin(actor, facts.victim[rows][direction == Direction.REFLECTED])
        own = set(facts.rule[rows][~(is_answer | is_forged)].tolist()) or self._rules.keys()
        told = sorted((one.first_ns, -one.behaviour.weight, one.rule, code) for code, one in self._rules.items())
        return [self._rules[code].behaviour for *_, code in told if code in own]

    @cached_property
    def _folds(self) -> _Folds:
        facts, rows = self._facts, self._rows
        width = len(facts.names)
        ends = (facts.source[rows] * width + facts.destination[rows]) * len(facts.rules) + facts.rule[rows]
        _, first, inverse = np.unique(ends, return_index=True, return_inverse=True)
        last, severity = np.zeros(len(first), dtype=np.int64), np.zeros(len(first), dtype=np.int64)
        np.maximum.at(last, inverse, facts.end[rows])
        np.maximum.at(severity, inverse, facts.severity[rows])
        records = np.zeros(len(first), dtype=np.int64)
        np.add.at(records, inverse, facts.records[rows])
        order = np.argsort(first, kind="stable")
        begun = rows[first[order]]
        alerts = np.bincount(inverse).astype(np.int64)[order]
        return _Folds(begun, facts.rule[begun], last[order], severity[order], alerts, records[order])

    def _list_moments(self) -> Iterator[Moment]:
        """Give the lines of the timeline by time, of a long one the worst."""
        facts, folds = self._facts, self._folds
        worst = np.lexsort((folds.first, -folds.severity))[:LONGEST]
        columns = ("wanglou.alert.title.zh", "wanglou.alert.title.en", "event.id")
        for place in np.sort(worst).tolist():
            row, told = int(folds.first[place]), self._rules[int(folds.rule[place])]
            zh, en, sample = (facts.table[name][row].as_py() for name in columns)
            yield Moment(
                int(facts.start[row]),
                int(folds.last_ns[place]),
                told.rule,
                facts.names[int(facts.source[row])],
                facts.names[int(facts.destination[row])],
                int(folds.severity[place]),
                int(folds.alerts[place]),
                int(folds.records[place]),
                told.stage,
                told.techniques,
                zh or told.rule,
                en or told.rule,
                sample,
            )

    @cached_property
    def _roles(self) -> tuple[Codes, Codes, Codes]:
        """Give where it comes from, who only passes it on, and whom it befell.

        Who was acted on by others passes on, and so does who only answers. Whose address was forged is neither.
        """
        facts, rows = self._facts, self._rows
        actor, victim, direction = facts.actor[rows], facts.victim[rows], facts.direction[rows]
        ranked = self._rank(facts.actor)
        ranked = ranked[~_is_in(ranked, victim[direction == Direction.REFLECTED])]
        is_hit = _is_in(ranked, victim[(actor != NOBODY) & (actor != victim)])
        is_asking = _is_in(ranked, actor[direction != Direction.SERVER])
        is_root = ~is_hit if (~is_hit).any() else is_asking if is_asking.any() else np.ones_like(is_hit)
        roots = ranked[is_root]
        befallen = self._rank(facts.victim)
        theirs = self._rank(facts.victim, _is_in(actor, roots) & ~_is_in(victim, roots))
        others = befallen[~_is_in(befallen, roots)]
        return roots, ranked[~is_root], next((one for one in (theirs, others) if len(one)), befallen)

    def _rank(self, codes: Codes, wanted: NDArray[np.bool_] | None = None) -> Codes:
        """Sort addresses by the worst severity and the number of their alerts, then by name."""
        facts, its = self._facts, codes[self._rows]
        kept = (its != NOBODY) if wanted is None else (its != NOBODY) & wanted
        found, inverse = np.unique(its[kept], return_inverse=True)
        worst = np.zeros(len(found), dtype=np.int64)
        np.maximum.at(worst, inverse, facts.severity[self._rows][kept])
        counts = np.bincount(inverse, minlength=len(found))
        names = np.array([facts.names[code] for code in found.tolist()], dtype=str)
        return np.asarray(found[np.lexsort((names, -counts, -worst))], dtype=np.int64)

    def _name(self, codes: Codes) -> list[str]:
        return [self._facts.names[code] for code in codes.tolist()]

    def _list_captures(self) -> list[str]:
        return self._words.captures.find(self._rows)[:LONGEST]

    def _datasets(self) -> frozenset[str]:
        return frozenset(self._words.datasets.find(self._rows))

    def _other_targets(self) -> list[str]:
        """Name what alerts without a target's address are about."""
        found: Counter[str] = Counter()
        for entities in self._facts.table["wanglou.alert.entities"].take(self._rows[:LONGEST]).to_pylist():
            pairs = (entity.partition("=") for entity in entities or ())
            found.update(value for name, _, value in pairs if name in _NAMES)
        return [name for name, _ in sorted(found.items(), key=lambda item: (-item[1], item[0]))]

    def _classify(self) -> tuple[str, str]:
        """Give class and subclass of the worst alerts, the commonest of them; a device's fault where nobody acts."""
        facts, rows = self._facts, self._rows
        worst = rows[facts.severity[rows] == facts.severity[rows].max()]
        counts = self._count_classes(worst)
        if not (facts.actor[rows] != NOBODY).any():
            everything = self._count_classes(rows)
            counts = Counter({pair: count for pair, count in everything.items() if pair[0] == FAILED}) or counts
        return min(counts, key=lambda pair: (-counts[pair], pair))

    def _count_classes(self, rows: Codes) -> Counter[tuple[str, str]]:
        return Counter(zip(self._words.classes.read(rows), self._words.subclasses.read(rows), strict=True))

    def _draw(self, roles: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Draw who acted on whom: the worst edges, the busiest nodes."""
        facts, rows = self._facts, self._rows
        width = len(facts.names)
        pairs, inverse = np.unique(facts.source[rows] * width + facts.destination[rows], return_inverse=True)
        worst = np.zeros(len(pairs), dtype=np.int64)
        np.maximum.at(worst, inverse, facts.severity[rows])
        alerts = np.bincount(inverse)
        edges = []
        for place in np.lexsort((pairs, -alerts, -worst))[:LONGEST].tolist():
            source, target = (facts.names[code] for code in divmod(int(pairs[place]), width))
            rules = sorted(facts.rules[code] for code in np.unique(facts.rule[rows[inverse == place]]).tolist())
            told = {"rules": rules, "severity": int(worst[place]), "alerts": int(alerts[place])}
            edges.append({"source": source, "target": target, **told})
        ends = np.concatenate([facts.source[rows], facts.destination[rows]])
        codes, counts = np.unique(ends[ends != NOBODY], return_counts=True)
        busiest = np.argsort(-counts, kind="stable")[:LONGEST]
        role_of = {name: role for role, names in roles.items() for name in names}
        nodes = [
            {"id": facts.names[code], "role": role_of.get(facts.names[code], "other"), "alerts": alerts_of}
            for code, alerts_of in zip(codes[busiest].tolist(), counts[busiest].tolist(), strict=True)
        ]
        return {"nodes": nodes, "edges": edges}


def _is_in(values: Codes, members: Codes) -> NDArray[np.bool_]:
    """Mark the values that are among ``members``: bool[n]."""
    if values.size * members.size <= _FEW:
        return np.asarray((values[:, None] == members).any(axis=1), dtype=np.bool_)
    return np.isin(values, members)
