"""The alerts of the groups that incidents are told of, group by group, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from correlation.alert_facts import AlertFacts, Codes
from correlation.distinct import Distinct, find_distinct


@dataclass(frozen=True)
class GroupedAlerts:
    """Alerts sorted by group, then as the facts are; n alerts in ``count`` groups."""

    facts: AlertFacts
    rows: Codes
    """Row of each alert in the facts, int64[n]."""
    of: Codes
    """Group of each alert, without gaps from 0, int64[n]."""
    bounds: Codes
    """Where each group begins, and where the last ends, int64[count + 1]."""

    @property
    def count(self) -> int:
        """Count the groups."""
        return len(self.bounds) - 1

    def read(self, column: Codes) -> Codes:
        """Give the values of a column of the facts."""
        return column[self.rows]

    def find_distinct(self, codes: Codes, width: int) -> Distinct:
        """Find the distinct codes, int64[n] below ``width``, of each group."""
        return find_distinct(self.of, codes, self.count, width)

    def find_worst(self, values: Codes) -> Codes:
        """Give the highest value, of int64[n], in each group."""
        return np.maximum.reduceat(values, self.bounds[:-1])

    def find_least(self, values: Codes) -> Codes:
        """Give the lowest value, of int64[n], in each group."""
        return np.minimum.reduceat(values, self.bounds[:-1])

    def add_up(self, values: Codes) -> Codes:
        """Give the sum of values, int64[n], of each group."""
        return np.add.reduceat(values, self.bounds[:-1])

    def has_any(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mark the groups that have any of bool[n]."""
        return np.logical_or.reduceat(chosen, self.bounds[:-1])

    @cached_property
    def severity(self) -> Codes:
        """Severity of each alert."""
        return self.read(self.facts.severity)

    @cached_property
    def actor(self) -> Codes:
        """Who acted in each alert; NOBODY where that is not sure."""
        return self.read(self.facts.actor)

    @cached_property
    def places_of_names(self) -> Codes:
        """Place of each address when they are sorted, by code."""
        names = self.facts.names
        places = np.empty(len(names), dtype=np.int64)
        places[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
        return places


def collect_groups(facts: AlertFacts, groups: Codes, least: int, by_hand: NDArray[np.bool_] | None) -> GroupedAlerts:
    """Collect the groups, int64[n], that have an alert of severity ``least`` or one of ``by_hand``, bool[n]."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    is_told = facts.severity >= least if by_hand is None else (facts.severity >= least) | by_hand
    sizes = np.diff(starts, append=len(order))
    is_kept = np.logical_or.reduceat(is_told[order], starts) if len(starts) else np.zeros(0, dtype=np.bool_)
    rows = order[np.repeat(is_kept, sizes)]
    kept = sizes[is_kept]
    return GroupedAlerts(facts, rows, np.repeat(np.arange(len(kept)), kept), np.concatenate([[0], np.cumsum(kept)]))
