"""Graphs of who acted on whom."""

from __future__ import annotations

import numpy as np

from correlation.alert_facts import read_facts
from correlation.entity_graph import EntityGraphs
from correlation.folds import fold_alerts
from correlation.grouped_alerts import collect_groups
from tests.support.alerts import READ, WRITE, make_alert, make_columns


def test_the_worst_edges_and_the_busiest_nodes_of_each_group() -> None:
    """So many of each group are drawn; an edge tells its rules, a later role goes before."""
    told = [(READ, "10.0.0.1"), (READ, "10.0.0.1"), (WRITE, "10.0.0.2"), (READ, "10.0.0.2"), (READ, "10.0.0.3")]
    alerts = [make_alert(rule, "10.0.0.9", target, at) for at, (rule, target) in enumerate(told)]
    facts = read_facts(make_columns(alerts))
    grouped = collect_groups(facts, np.array([0, 0, 0, 0, 1]), 0, None)
    graphs = EntityGraphs(fold_alerts(grouped), facts.names, facts.rules, grouped.count, 2)
    first = graphs.draw(0, {"target": ["10.0.0.9"], "actor": ["10.0.0.9"]})
    assert [(edge["target"], edge["rules"]) for edge in first["edges"]] == [
        ("10.0.0.2", sorted([READ, WRITE])), ("10.0.0.1", [READ]),
    ]  # fmt: skip
    assert first["nodes"][0] == {"id": "10.0.0.9", "role": "actor", "alerts": 4}
    assert len(first["nodes"]) == 2
    assert [edge["target"] for edge in graphs.draw(1, {})["edges"]] == ["10.0.0.3"]
