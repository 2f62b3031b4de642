"""Figures of the alerts that a filter finds: how many, when, how severe, of which rules, from and to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from correlation.alert_filter import DATASET, AlertFilter, AlertQueries, find_field, join
from correlation.alert_ranking import CELL_NS
from correlation.alert_states import NEW
from correlation.groups import MOST_GROUPS
from correlation.query_tree import Equal, Everything, Node, Not
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
    taken = _count_taken(queries, connection, asked, interval_ns)
    node = queries.compile(connection, asked if taken is None else replace(asked, states=frozenset()))
    groups = Groups(("@timestamp", "rule.level"), interval_ns=interval_ns, size=MOST_BARS)
    bars: dict[int, dict[str, int]] = {}
    for bucket in queries.store.aggregate(DATASET, groups, node):
        start, level = int(str(bucket.keys[0])), str(bucket.keys[1] or "")
        left = int(bucket.value) - (taken[start, level] if taken else 0)
        if left > 0:
            bars.setdefault(start, {})[level] = left
    return [Bar(start, bars[start]) for start in sorted(bars)]


def _count_taken(
    queries: AlertQueries, connection: sa.Connection, asked: AlertFilter, interval_ns: int
) -> Counter[tuple[int, str]] | None:
    """Count the alerts in states that are not asked for, by interval and severity; None where that cannot be told so.

    Most alerts are new, so all of them, which rollups tell, less these few is quicker than a look at each alert's
    state. The few are asked for without period and scope: one question for all readers, which a store may keep.
    """
    is_plain = not (asked.text.strip() or asked.ids or asked.incident) and asked.assignee is None
    times = (asked.start_ns or 0, asked.end_ns or 0, interval_ns)
    if not is_plain or NEW not in asked.states or any(one % CELL_NS for one in times):
        return None
    queries.states.refresh(connection)
    others = queries.states.narrow(find_field(queries.store, DATASET, "event.id"), asked.states, None)
    if not isinstance(others, Not):
        return Counter() if isinstance(others, Everything) else None
    groups = Groups(("@timestamp", "rule.level", "organization.id"), MOST_GROUPS, CELL_NS)
    cells = queries.store.aggregate(DATASET, groups, others.part)
    if len(cells) >= MOST_GROUPS:
        return None
    start_ns, end_ns = asked.start_ns, asked.end_ns
    counts: Counter[tuple[int, str]] = Counter()
    for cell in cells:
        at_ns, level, enterprise = int(str(cell.keys[0])), str(cell.keys[1] or ""), cell.keys[2]
        is_within = (start_ns is None or at_ns >= start_ns) and (end_ns is None or at_ns < end_ns)
        if is_within and (asked.enterprises is None or enterprise in asked.enterprises):
            counts[at_ns - at_ns % interval_ns, level] += int(cell.value)
    return counts


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
