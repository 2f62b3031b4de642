"""Alerts group by group."""

from __future__ import annotations

import numpy as np

from correlation.alert_facts import read_facts
from correlation.grouped_alerts import collect_groups
from tests.support.alerts import READ, WRITE, make_alert, make_columns


def test_groups_that_are_severe_or_laid_by_hand() -> None:
    """Others are left out; rows keep their order, and figures are of each group."""
    alerts = [make_alert(rule, "10.0.0.9", "10.0.0.1", at) for at, rule in enumerate((READ, WRITE, READ, READ))]
    facts = read_facts(make_columns(alerts))
    groups, least = np.array([1, 0, 1, 2]), int(facts.severity.max())
    severe = collect_groups(facts, groups, least, None)
    assert (severe.count, severe.rows.tolist()) == (1, [1])
    by_hand = collect_groups(facts, groups, least, np.array([True, False, False, False]))
    assert (by_hand.rows.tolist(), by_hand.of.tolist(), by_hand.bounds.tolist()) == ([1, 0, 2], [0, 1, 1], [0, 1, 3])
    ones = np.array([1, 2, 3])
    assert by_hand.find_worst(ones).tolist() == [1, 3]
    assert by_hand.find_least(ones).tolist() == [1, 2]
    assert by_hand.add_up(ones).tolist() == [1, 5]
    assert by_hand.has_any(ones == 3).tolist() == [False, True]
    assert by_hand.read(facts.start).tolist() == facts.start[[1, 0, 2]].tolist()


def test_no_alerts() -> None:
    """None are no groups."""
    facts = read_facts(make_columns([]))
    assert collect_groups(facts, np.zeros(0, dtype=np.int64), 40, None).count == 0
