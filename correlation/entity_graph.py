"""Graphs of who acted on whom in each group of alerts: the worst edges, the busiest nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from correlation.alert_facts import NOBODY, Codes
from correlation.distinct import find_distinct, keep_first
from correlation.folds import Folds


class EntityGraphs:
    """The edges and nodes of all groups, up to ``most`` of each group are drawn."""

    def __init__(self, folds: Folds, names: Sequence[str], rules: Sequence[str], groups: int, most: int) -> None:
        """Take folds of ``groups`` groups, with the names of addresses and rules by code."""
        self._names, self._rules = names, rules
        fresh = np.ones(len(folds), dtype=np.bool_)
        columns = (folds.of, folds.source, folds.destination)
        fresh[1:] = np.logical_or.reduce([one[1:] != one[:-1] for one in columns])
        starts = np.flatnonzero(fresh)
        of, source, target = (one[starts] for one in columns)
        alerts, worst = np.add.reduceat(folds.alerts, starts), np.maximum.reduceat(folds.severity, starts)
        self._draw_edges(folds, starts, (of, source, target, worst, alerts), groups, most)
        self._draw_nodes(np.concatenate([of, of]), np.concatenate([source, target]), alerts, groups, most)

    def _draw_edges(
        self, folds: Folds, starts: Codes, columns: tuple[Codes, Codes, Codes, Codes, Codes], groups: int, most: int
    ) -> None:
        of, *_, worst, alerts = columns
        order = np.lexsort((-alerts, -worst, of))
        kept = order[keep_first(of[order], np.searchsorted(of, np.arange(groups + 1)), most)]
        self._edge_bounds = np.searchsorted(of[kept], np.arange(groups + 1)).tolist()
        ends = np.append(starts[1:], len(folds))
        its = (*(column[kept] for column in columns[1:]), starts[kept], ends[kept])
        self._edges = list(zip(*(column.tolist() for column in its), strict=True))
        self._fold_rules = folds.rule.tolist()

    def _draw_nodes(self, of: Codes, code: Codes, alerts: Codes, groups: int, most: int) -> None:
        ends = find_distinct(of, code, groups, len(self._names))
        counts = ends.add_up(np.concatenate([alerts, alerts]))
        named = np.flatnonzero(ends.code != NOBODY)
        of, code, counts = ends.of[named], ends.code[named], counts[named]
        order = np.lexsort((code, -counts, of))
        kept = order[keep_first(of[order], np.searchsorted(of, np.arange(groups + 1)), most)]
        self._node_bounds = np.searchsorted(of[kept], np.arange(groups + 1)).tolist()
        self._nodes = list(zip(code[kept].tolist(), counts[kept].tolist(), strict=True))

    def draw(self, group: int, roles: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Draw one group; ``roles`` are names by role, of which a later one goes before."""
        role_of = {name: role for role, names in roles.items() for name in names}
        low, high = self._node_bounds[group : group + 2]
        named = ((self._names[code], alerts) for code, alerts in self._nodes[low:high])
        nodes = [{"id": name, "role": role_of.get(name, "other"), "alerts": alerts} for name, alerts in named]
        low, high = self._edge_bounds[group : group + 2]
        return {"nodes": nodes, "edges": [self._tell_edge(*edge) for edge in self._edges[low:high]]}

    def _tell_edge(self, source: int, target: int, worst: int, alerts: int, low: int, high: int) -> dict[str, Any]:
        rules = sorted(self._rules[code] for code in self._fold_rules[low:high])
        told = {"rules": rules, "severity": worst, "alerts": alerts}
        return {"source": self._names[source], "target": self._names[target], **told}
