"""What people decided about the grouping, applied to every later grouping: merges and splits.

Decisions name alerts, not incidents, so that they hold whatever else comes in: a merge joins the groups of two alerts,
a split takes alerts out of the group of another, by their ids or by who acted, whom it befell and which rule told it.
They are applied in the order they were made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from correlation.alert_facts import AlertFacts, Codes
from correlation.incident_grouping import number_by_first

ANCHORS = 20
"""Alerts that stand for a side of a decision; the first that is still there counts (ours)."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which alerts a split takes out; of what is given, all must hold."""

    alerts: tuple[str, ...] = ()
    """Ids."""
    source: str = ""
    """Client's address."""
    destination: str = ""
    """Server's address."""
    rule: str = ""
    """Name of the rule."""

    @property
    def is_empty(self) -> bool:
        """True where it names nothing."""
        return not (self.alerts or self.source or self.destination or self.rule)

    def select(self, table: pa.Table) -> NDArray[np.bool_]:
        """Mark the alerts it names: bool[n]."""
        chosen = np.ones(table.num_rows, dtype=np.bool_)
        if self.alerts:
            chosen &= _is_in(table["event.id"], self.alerts)
        for name, value in (
            ("source.ip", self.source),
            ("destination.ip", self.destination),
            ("rule.name", self.rule),
        ):
            if value:
                chosen &= _is_in(table[name], [value])
        return chosen


@dataclass(frozen=True, slots=True)
class Decision:
    """One merge or split."""

    kind: Literal["merge", "split"]
    anchors: tuple[str, ...]
    """Alerts of the incident that stays."""
    others: tuple[str, ...] = ()
    """Of a merge: alerts of the incident that goes into it. Of a split: alerts that left, to tell whom it concerns."""
    part: Part = Part()
    """Of a split: what leaves."""
    captures: tuple[str, ...] = ()
    """Captures that alerts of both sides are in: these are grouped with one another from then on."""


def apply_decisions(facts: AlertFacts, groups: Codes, decisions: Sequence[Decision]) -> tuple[Codes, NDArray[np.bool_]]:
    """Give the groups int64[n] after the decisions, and bool[n]: alerts that people laid where they are."""
    by_hand = np.zeros(len(facts), dtype=np.bool_)
    if not decisions or not len(facts):
        return groups, by_hand
    labels = groups.copy()
    rows = {identity: row for row, identity in enumerate(facts.table["event.id"].to_pylist())}
    for decision in decisions:
        kept = _find(decision.anchors, rows)
        if kept is None:
            continue
        if decision.kind == "merge":
            other = _find(decision.others, rows)
            if other is not None and facts.enterprise[other] == facts.enterprise[kept]:
                labels[labels == labels[other]] = labels[kept]
        else:
            whole = labels == labels[kept]
            labels[whole & decision.part.select(facts.table)] = labels.max() + 1
            by_hand |= whole
    return number_by_first(labels), by_hand


def _find(ids: Sequence[str], rows: Mapping[str, int]) -> int | None:
    return next((rows[one] for one in ids if one in rows), None)


def _is_in(column: pa.ChunkedArray, values: Sequence[str]) -> NDArray[np.bool_]:
    found = pc.is_in(column.cast(pa.string()), value_set=pa.array(values, pa.string()))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)
