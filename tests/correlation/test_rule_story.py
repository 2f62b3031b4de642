"""What the rules of each group tell."""

from __future__ import annotations

import numpy as np

from correlation.alert_facts import read_facts
from correlation.behaviour import find_behaviour
from correlation.grouped_alerts import collect_groups
from correlation.rule_story import RuleStories
from tests.support.alerts import READ, SCAN, WRITE, make_alert, make_columns


def test_rules_in_the_order_they_began() -> None:
    """Of each group by itself; what is not the actors' own is left out, unless all is."""
    told = (WRITE, READ, SCAN, READ)
    alerts = [make_alert(rule, "10.0.0.9", "10.0.0.1", at) for at, rule in enumerate(told)]
    facts = read_facts(make_columns(alerts))
    grouped = collect_groups(facts, np.array([0, 0, 0, 1]), 0, None)
    stories = RuleStories(grouped, np.array([True, False, True, False]))
    assert stories.list_behaviours(0) == (find_behaviour(WRITE, ()), find_behaviour(SCAN, ()))
    assert stories.list_behaviours(1) == (find_behaviour(READ, ()),)
    assert stories.reach(0).rules == {WRITE, READ, SCAN}
    assert stories.reach(0).stages == ("Discovery", "Collection", "Impair Process Control")
    assert [one.rule for one in stories.find_told(np.array([2, 3]))] == [SCAN, READ]
