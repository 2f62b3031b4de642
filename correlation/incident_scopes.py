"""Scopes: which captures' alerts are grouped, kept and compared together, and how one scope is grouped.

A **scope** is one or several parts of recordings (``recording.py``). Each part is grouped by itself; several are one
scope where a decision by hand crosses them. Scopes depend on the captures in the store and on the decisions alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from correlation.alert_facts import AlertFacts, Codes, read_facts
from correlation.decision import Decision, apply_decisions
from correlation.description import describe_incidents
from correlation.incident_grouping import group_alerts, number_by_first
from correlation.incident_ledger import Kept
from correlation.name_sets import NameSets
from correlation.reconciliation import Found
from correlation.recording import Piece, find_parts
from correlation.triage import Suppression, find_suppressed


@dataclass(frozen=True, slots=True)
class Scope:
    """Captures that are kept and compared together."""

    name: str
    parts: tuple[tuple[str, ...], ...]
    """Captures that are grouped with each other."""
    site: str
    decisions: tuple[Kept, ...] = ()

    @property
    def captures(self) -> list[str]:
        """All captures of it."""
        return [one for part in self.parts for one in part]


def group_scope(
    alerts: pa.Table,
    suppressions: Sequence[Suppression] = (),
    decisions: Sequence[Decision] = (),
    parts: Sequence[Collection[str]] = (),
) -> Iterator[Found]:
    """Group the alerts of one scope: in any order, the same incidents. Without ``parts`` all are grouped together."""
    if not alerts.num_rows:
        return
    facts = read_facts(alerts)
    del alerts  # where nobody else has them either, their memory is free from here on
    facts = _drop_suppressed(facts, suppressions)
    groups, by_hand = apply_decisions(facts, _group_parts(facts, parts), decisions)
    ids = facts.table["event.id"].to_pylist()
    for incident, rows in describe_incidents(facts, groups, by_hand):
        yield Found(incident, [ids[row] for row in rows.tolist()])


def _group_parts(facts: AlertFacts, parts: Sequence[Collection[str]]) -> Codes:
    """Number the groups, of each part by itself."""
    if len(parts) < 2 or not len(facts):
        return group_alerts(facts)
    part_of = {capture: place for place, part in enumerate(parts) for capture in part}
    names = facts.table["wanglou.capture"].cast(pa.string()).to_pylist()
    places = np.array([part_of.get(name, -1) for name in names], dtype=np.int64)
    groups = np.zeros(len(facts), dtype=np.int64)
    count = 0
    for place in np.unique(places).tolist():
        rows = np.flatnonzero(places == place)
        its = group_alerts(read_facts(facts.table.take(pa.array(rows))))
        groups[rows] = its + count
        count += int(its.max()) + 1
    return number_by_first(groups)


def _drop_suppressed(facts: AlertFacts, suppressions: Sequence[Suppression]) -> AlertFacts:
    hidden = find_suppressed(facts.table, facts.start, suppressions)
    return read_facts(facts.table.filter(pa.array(~hidden))) if hidden.any() else facts


def make_scopes(pieces: Iterable[Piece], decisions: Sequence[Kept]) -> list[Scope]:
    """Give the scopes of captures: their parts, joined where decisions cross them; named by their first capture."""
    listed = list(pieces)
    site_of = {piece.identity: piece.site for piece in listed}
    parts = [tuple(piece.identity for piece in part) for part in find_parts(listed)]
    part_of = {capture: place for place, part in enumerate(parts) for capture in part}
    sets = NameSets()
    for place in range(len(parts)):
        sets.join(str(place), str(place))
    touched: dict[int, list[Kept]] = defaultdict(list)
    for kept in decisions:
        places = sorted({part_of[capture] for capture in kept.decision.captures if capture in part_of})
        for place in places:
            sets.join(str(places[0]), str(place))
        for place in places[:1]:
            touched[place].append(kept)
    scopes = []
    for names in sets.list_all().values():
        places = sorted(int(name) for name in names)
        its = sorted((kept for place in places for kept in touched[place]), key=lambda kept: kept.seq)
        first = parts[places[0]][0]
        scopes.append(Scope(first, tuple(parts[place] for place in places), site_of[first], tuple(its)))
    return scopes
