"""Alerts folded to lines."""

from __future__ import annotations

import numpy as np

from correlation.alert_facts import read_facts
from correlation.folds import fold_alerts
from correlation.grouped_alerts import collect_groups
from tests.support.alerts import READ, WRITE, make_alert, make_columns


def test_one_line_for_each_rule_between_the_same_ends() -> None:
    """Lines of one group count its alerts alone; of many the worst are chosen, and given by time."""
    told = [(READ, "10.0.0.1"), (WRITE, "10.0.0.1"), (READ, "10.0.0.1"), (WRITE, "10.0.0.2"), (READ, "10.0.0.1")]
    alerts = [make_alert(rule, "10.0.0.9", target, at) for at, (rule, target) in enumerate(told)]
    facts = read_facts(make_columns(alerts))
    folds = fold_alerts(collect_groups(facts, np.array([0, 0, 0, 0, 1]), 0, None))
    assert sorted(zip(folds.of.tolist(), folds.first.tolist(), folds.alerts.tolist(), strict=True)) == [
        (0, 0, 2), (0, 1, 1), (0, 3, 1), (1, 4, 1),
    ]  # fmt: skip
    assert folds.first[folds.choose_worst(9)].tolist() == [0, 1, 3, 4]
    assert folds.first[folds.choose_worst(2)].tolist() == [1, 3, 4]
