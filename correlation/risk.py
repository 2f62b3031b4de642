"""Risk of assets, enterprises and the park, 0 to 100, each figure with the parts that add up to it.

docs/risk.md tells the formula. Nothing here reads a store or a clock: the same facts, alerts, weights and moment give
the same figures, in whatever order they come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from correlation.risk_facts import SUPPRESSED, Alerts, Asset, Fact, Integers, Numbers
from correlation.risk_formula import (
    HOUR_NS,
    Groups,
    add_up,
    combine,
    fade,
    group_rows,
    share_out,
    to_scores,
    to_strength,
)
from correlation.risk_weights import LEVELS, Weights

Kind = Literal["asset", "enterprise", "park"]
COMPONENTS = ("threat", "exposure", "handling", "vulnerability")
"""What makes the risk of an asset."""
EVIDENCE = 5
"""Records a part points at."""
MOST_PARTS = 40
"""Parts of an asset told apart; weaker ones are told together."""
OTHERS = "others"
_LEAST = (90, 70, 40, 20, 0)
"""Lowest severity of each of LEVELS."""


@dataclass(frozen=True, slots=True)
class Part:
    """One line of what makes a figure."""

    component: str
    """One of COMPONENTS; ``asset`` or ``enterprise`` in the figures of what holds these."""
    kind: str
    """Key of the weight, name of the rule, or ``others``; the asset's enterprise in an enterprise's figure."""
    text: str
    """What exactly: a client's address, or the id of the asset or enterprise."""
    points: int
    """Hundredths of points it adds; parts add up to the figure."""
    alone: int
    """Hundredths of points it would give alone."""
    count: int = 1
    """Records or alerts behind it."""
    evidence: tuple[str, ...] = ()
    """``event.id`` of some of these, the strongest first."""
    name: str = ""
    """Of a part that is an asset, what it is called; empty where it has no other name than its id."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The risk of one asset, of one enterprise, or of the park."""

    kind: Kind
    enterprise: str
    """Empty for the park, and for assets that belong to none."""
    subject: str
    """Id of the asset; empty for others."""
    score: int
    """Hundredths of points, 0 to 10,000."""
    parts: tuple[Part, ...] = ()
    """The largest first; their points add up to the score."""
    name: str = ""
    criticality: int = 0
    """1 to 5, as it was used; 0 for others than assets."""
    factor: float = 1.0
    """What the asset is worth, 0 to 1."""
    stated: bool = False
    """True when somebody said how critical the asset is."""

    def component(self, name: str) -> int:
        """Add up the points of one component."""
        return sum(part.points for part in self.parts if part.component == name)


@dataclass(frozen=True, slots=True)
class Assessment:
    """All figures of one moment."""

    as_of_ns: int
    park: Figure
    enterprises: Sequence[Figure] = field(default=())
    assets: Sequence[Figure] = field(default=())
    """Every asset, the worst first."""

    def figures(self) -> Iterator[Figure]:
        """Give all figures: the park, enterprises, assets."""
        yield self.park
        yield from self.enterprises
        yield from self.assets


def assess(assets: Sequence[Asset], alerts: Alerts, weights: Weights, as_of_ns: int) -> Assessment:
    """Work out all figures as they stood at a moment; alerts first seen after it do not count yet.

    ``alerts.asset`` are indexes of ``assets``, whose (enterprise, id) must differ from each other.
    """
    threat, handling = weigh_threat(alerts, weights, as_of_ns), weigh_handling(alerts, weights, as_of_ns)
    strongest = [list(_facts(asset, weights)) for asset in assets]
    sums = np.array([sum(strength for *_, strength in found) for found in strongest], np.int64).reshape(-1)
    for groups in (threat, handling):
        sums += add_up(groups.first, groups.strength, len(assets))
    criticalities = np.array([asset.criticality or weights.unknown for asset in assets], np.int64)
    factors = np.array([weights.factors[int(one)] for one in criticalities], np.float64)
    scores = to_scores(sums, factors)
    lists = _Parts(alerts, strongest, {"threat": threat, "handling": handling})
    figures = [
        Figure(
            "asset", asset.enterprise, asset.id, int(scores[at]), lists.make(at, int(scores[at]), float(factors[at])),
            asset.name, int(criticalities[at]), float(factors[at]), bool(asset.criticality),
        )
        for at, asset in enumerate(assets)
    ]  # fmt: skip
    figures.sort(key=_rank)
    enterprises = _combine_enterprises(figures, weights)
    park = _combine("park", "", enterprises, weights.park)
    return Assessment(as_of_ns, park, enterprises, figures)


def weigh_threat(alerts: Alerts, weights: Weights, as_of_ns: int) -> Groups:
    """Group alerts by asset and rule, with their strength: severity, side, how they stand, and how long ago."""
    states = np.array(weights.states)[alerts.states(as_of_ns)]
    left = fade(as_of_ns - alerts.last_ns, weights.threat_half_life_days)
    share = np.where(alerts.aimed, 1.0, weights.source_share)
    values = to_strength(weights.threat) * (alerts.severity / 100) * share * states * left
    return _group(alerts, values, weights, as_of_ns)


def weigh_handling(alerts: Alerts, weights: Weights, as_of_ns: int) -> Groups:
    """Group alerts by asset and rule, with the strength of having been left: none in time, all at twice the time."""
    since = np.minimum(alerts.handled_ns, as_of_ns) - alerts.first_ns
    late = np.clip(since / (_hours(alerts.severity, weights) * HOUR_NS) - 1, 0, 1)
    ended = np.where(alerts.closed_ns <= as_of_ns, as_of_ns - np.minimum(alerts.closed_ns, as_of_ns), 0)
    left = fade(ended, weights.handling_half_life_days)
    counts = (alerts.states(as_of_ns) != SUPPRESSED) & alerts.aimed
    values = to_strength(weights.handling) * (alerts.severity / 100) * late * left * counts
    return _group(alerts, values, weights, as_of_ns)


def _hours(severity: Integers, weights: Weights) -> Numbers:
    """Give the time for taking up an alert; a more severe one never has more."""
    times = np.minimum.accumulate([weights.hours[level] for level in reversed(LEVELS)])
    level = np.searchsorted(np.array(_LEAST[::-1]), severity, side="right") - 1
    return np.asarray(times[np.maximum(level, 0)], np.float64)


def _group(alerts: Alerts, values: Numbers, weights: Weights, now: int) -> Groups:
    whole = np.where(alerts.first_ns <= now, np.floor(values), 0).astype(np.int64)
    return group_rows(alerts.asset, alerts.rule, whole, alerts.event, repeat=weights.repeat, further=weights.next_rule)


def _facts(asset: Asset, weights: Weights) -> Iterator[tuple[str, Fact, int]]:
    """Give the facts that have a weight, with their strength."""
    for component, facts, points in (
        ("exposure", asset.exposures, weights.exposure),
        ("vulnerability", asset.vulnerabilities, weights.vulnerability),
    ):
        for fact in facts:
            if strength := to_strength(points[fact.kind]):
                yield component, fact, strength


@dataclass(slots=True)
class _Line:
    """A part before the score is shared out."""

    strength: int
    alone: int
    component: str
    kind: str
    text: str
    count: int
    evidence: tuple[str, ...]


class _Told:
    """The groups of one component as lists, which Python reads faster than arrays."""

    def __init__(self, component: str, groups: Groups, alerts: Alerts, assets: int) -> None:
        self.component, self._rules, self._events = component, alerts.rules, alerts.events
        self._bounds = np.searchsorted(groups.first, np.arange(assets + 1)).tolist()
        columns = (groups.strength, groups.alone, groups.second, groups.count, groups.start)
        self._groups = list(zip(*(column.tolist() for column in columns), strict=True))
        self._codes = alerts.event[groups.rows].tolist()

    def lines(self, at: int) -> Iterator[_Line]:
        """Give a line for each group of an asset."""
        for strength, alone, rule, count, start in self._groups[self._bounds[at] : self._bounds[at + 1]]:
            codes = self._codes[start : start + min(count, EVIDENCE)]
            events = tuple([self._events[code] for code in codes])
            yield _Line(strength, alone, self.component, self._rules[rule], "", count, events)


class _Parts:
    """Makes the parts of assets, one asset after the other."""

    def __init__(
        self, alerts: Alerts, facts: Sequence[Sequence[tuple[str, Fact, int]]], groups: dict[str, Groups]
    ) -> None:
        self._facts = facts
        self._told = [_Told(name, its, alerts, len(facts)) for name, its in groups.items()]

    def make(self, at: int, score: int, factor: float) -> tuple[Part, ...]:
        found = [
            _Line(strength, strength, component, fact.kind, fact.text, fact.count, fact.evidence)
            for component, fact, strength in self._facts[at]
        ]
        for told in self._told:
            found += told.lines(at)
        if not found:
            return ()
        found.sort(key=lambda line: (-line.strength, line.component, line.kind, line.text))
        kept = found if len(found) <= MOST_PARTS else [*found[:MOST_PARTS], *_join(found[MOST_PARTS:])]
        alone = to_scores(np.array([line.alone for line in kept]), factor).tolist()
        shares = share_out(score, [line.strength for line in kept])
        return tuple(
            [
                Part(line.component, line.kind, line.text, points, single, line.count, line.evidence)
                for line, points, single in zip(kept, shares, alone, strict=True)
            ]
        )


def _join(lines: Sequence[_Line]) -> list[_Line]:
    """Tell weaker lines together, by component."""
    by_component: dict[str, list[_Line]] = defaultdict(list)
    for line in lines:
        by_component[line.component].append(line)
    return [
        _Line(sum(it.strength for it in its), sum(it.strength for it in its), name, OTHERS, "",
              sum(it.count for it in its), its[0].evidence)
        for name, its in sorted(by_component.items())
    ]  # fmt: skip


def _rank(figure: Figure) -> tuple[int, str, str]:
    return -figure.score, figure.enterprise, figure.subject


def _combine_enterprises(figures: Sequence[Figure], weights: Weights) -> list[Figure]:
    by_enterprise: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        by_enterprise[figure.enterprise].append(figure)
    found = [_combine("enterprise", name, its, weights.enterprise) for name, its in by_enterprise.items()]
    return sorted(found, key=_rank)


def _combine(kind: Kind, enterprise: str, figures: Sequence[Figure], ratio: float) -> Figure:
    """Make one figure of others, which come the worst first."""
    total, shares = combine(np.array([figure.score for figure in figures], np.int64), ratio)
    parts = tuple(
        Part(figure.kind, figure.enterprise, figure.subject, points, figure.score, name=figure.name)
        for figure, points in zip(figures, shares, strict=True)
        if points
    )
    return Figure(kind, enterprise, "", total, parts)
