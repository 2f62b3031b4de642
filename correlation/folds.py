"""Alerts of each group, folded: those of one rule between the same ends are one line of a timeline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from correlation.alert_facts import Codes
from correlation.distinct import keep_first
from correlation.grouped_alerts import GroupedAlerts
from correlation.strand import number_columns


@dataclass(frozen=True, slots=True)
class Folds:
    """Folds sorted by group, source, destination and rule; arrays are of length folds, but ``bounds``."""

    of: Codes
    """Group of each."""
    first: Codes
    """Place of the first alert."""
    source: Codes
    destination: Codes
    rule: Codes
    last_ns: Codes
    severity: Codes
    """Highest of its alerts."""
    alerts: Codes
    records: Codes
    bounds: Codes
    """Where those of each group begin, and where the last end."""

    def __len__(self) -> int:
        """Count the folds."""
        return len(self.of)

    def choose_worst(self, most: int) -> Codes:
        """Choose the worst ``most`` of each group, the first of equals; gives them by group and time."""
        ranked = np.lexsort((self.first, -self.severity, self.of))
        kept = ranked[keep_first(self.of[ranked], self.bounds, most)]
        return np.asarray(kept[np.argsort(self.first[kept])], dtype=np.int64)


def fold_alerts(alerts: GroupedAlerts) -> Folds:
    """Fold the alerts of each group."""
    facts = alerts.facts
    source, destination, rule = (alerts.read(codes) for codes in (facts.source, facts.destination, facts.rule))
    ends = number_columns(np.stack([source, destination, rule]))
    found = alerts.find_distinct(ends, int(ends.max(initial=0)) + 1)
    return Folds(
        found.of,
        found.first,
        source[found.first],
        destination[found.first],
        rule[found.first],
        found.find_worst(alerts.read(facts.end)),
        found.find_worst(alerts.severity),
        found.count(),
        found.add_up(alerts.read(facts.records)),
        found.bounds,
    )
