"""Figures of the alerts that a filter finds: how many, when, how severe, of which rules, from and to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from correlation.alert_filter import DATASET, AlertFilter, AlertQueries, find_field, join
from correlation.query_tree import Equal, Node
from correlation.record import read_records
from correlation.store import Bucket, Groups, Several, Store, Terms
from correlation.triage import AlertState
from detection.rule import Ruleset

MINUTE_NS = 60 * 10**9
STEPS_NS = tuple(MINUTE_NS * minutes for minutes in (1, 5, 15, 30, 60, 180, 360, 720, 1440, 7 * 1440))
"""Intervals that a histogram may have; all consist of minutes, which rollups count."""
MOST_RULES = 1_000
"""Rules whose alerts are told apart by technique."""
Ranked = tuple[tuple[str, int], ...]
"""Values with their alerts, the commonest first."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The alerts of one interval."""

    start_ns: int
    levels: Mapping[str, int]
    """Alerts by ``rule.level``; those of none are left out."""

    @property
    def total(self) -> int:
        """All alerts of the interval."""
        return sum(self.levels.values())


@dataclass(frozen=True, slots=True)
class AlertFigures:
    """What the alerts of a filter are."""

    total: int
    levels: Ranked
    rules: Ranked
    techniques: Ranked
    """By ids of ATT&CK for ICS, version 18; an alert may count with several."""
    enterprises: Ranked
    sources: Ranked
    destinations: Ranked


def choose_interval(start_ns: int, end_ns: int, bars: int = 80) -> int:
    """Choose the shortest step that cuts a period into at most ``bars``."""
    span = max(0, end_ns - start_ns)
    return next((step for step in STEPS_NS if span <= bars * step), STEPS_NS[-1])


def draw_histogram(queries: AlertQueries, connection: sa.Connection, asked: AlertFilter, interval_ns: int) -> list[Bar]:
    """Count by interval and severity, the oldest interval first; intervals without alerts are left out."""
    node = queries.compile(connection, asked)
    groups = Groups(("@timestamp", "rule.level"), interval_ns=interval_ns, size=MOST_BARS)
    bars: dict[int, dict[str, int]] = {}
    for bucket in queries.store.aggregate(DATASET, groups, node):
        start, level = bucket.keys
        bars.setdefault(int(str(start)), {})[str(level or "")] = int(bucket.value)
    return [Bar(start, bars[start]) for start in sorted(bars)]


MOST_BARS = 50_000
"""Intervals times severities of a histogram."""


def count_alerts(queries: AlertQueries, connection: sa.Connection, asked: AlertFilter) -> int:
    """Count the alerts that a filter finds."""
    return queries.store.count(DATASET, queries.compile(connection, asked))


def count_states(queries: AlertQueries, connection: sa.Connection, asked: AlertFilter) -> dict[AlertState, int]:
    """Count by state, whatever states the filter names."""
    total = count_alerts(queries, connection, replace(asked, states=frozenset()))
    counts: dict[AlertState, int] = {}
    for state in ("acknowledged", "closed"):
        counts[state] = count_alerts(queries, connection, replace(asked, states=frozenset({state})))
    return {"new": max(0, total - sum(counts.values())), **counts}


def figure_alerts(
    queries: AlertQueries,
    connection: sa.Connection,
    asked: AlertFilter,
    techniques: Mapping[str, Sequence[str]],
    size: int = 10,
) -> AlertFigures:
    """Count by the fields that the facets of a list show; ``techniques`` are those of each rule's name."""
    node = queries.compile(connection, asked)
    parts = {
        "levels": Terms("rule.level", 10),
        "rules": Terms("rule.name", MOST_RULES),
        "enterprises": Terms("organization.id", size),
        "sources": Terms("source.ip", size),
        "destinations": Terms("destination.ip", size),
    }
    found = {str(one.key): _rank(one.parts) for one in queries.store.aggregate(DATASET, Several(parts), node)}
    return AlertFigures(
        total=sum(count for _, count in found["levels"]),
        levels=found["levels"],
        rules=found["rules"][:size],
        techniques=_count_techniques(queries.store, node, found["rules"], techniques)[:size],
        enterprises=found["enterprises"],
        sources=found["sources"],
        destinations=found["destinations"],
    )


def _rank(buckets: Sequence[Bucket]) -> Ranked:
    return tuple((str(bucket.key), int(bucket.value)) for bucket in buckets)


def techniques_of(ruleset: Ruleset) -> dict[str, tuple[str, ...]]:
    """Give the techniques of each rule by its name."""
    return {rule.name: rule.facts.attack_v18 for rule in ruleset.rules if rule.facts is not None}


def _count_techniques(store: Store, node: Node, rules: Ranked, techniques: Mapping[str, Sequence[str]]) -> Ranked:
    """Count through the rules, as lists of techniques are slow to read; a rule that is gone is told by an alert."""
    counts: Counter[str] = Counter()
    name = find_field(store, DATASET, "rule.name")
    for rule, count in rules:
        its = techniques.get(rule)
        if its is None:
            newest = store.search(DATASET, join(node, Equal(name, rule)), limit=1)
            records = [record for batch in newest for record in read_records(batch)]
            told = records[0].get("threat.technique.id") if records else None
            its = [str(one) for one in told] if isinstance(told, list) else []
        for technique in its:
            counts[technique] += count
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
