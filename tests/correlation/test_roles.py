"""Who acted, who passed it on, and whom it befell, in several groups at once."""

from __future__ import annotations

import numpy as np

from correlation.alert_facts import read_facts
from correlation.grouped_alerts import collect_groups
from correlation.roles import find_roles
from tests.support.alerts import READ, SILENT, SPOOFED, WRITE, make_alert, make_columns


def test_each_group_by_itself() -> None:
    """A relay of one group is an actor of another; who only answers is a relay; a victim alone has no actor."""
    alerts = [
        make_alert(WRITE, "10.0.0.9", "10.0.0.5", 0),
        make_alert(READ, "10.0.0.5", "10.0.0.1", 1),
        make_alert(READ, "10.0.0.5", "10.0.0.2", 2),
        make_alert(READ, "10.0.0.9", "10.0.0.7", 3),
        make_alert(SPOOFED, "10.0.0.9", "10.0.0.7", 4),
        make_alert(SILENT, None, "10.0.0.3", 5),
    ]
    facts = read_facts(make_columns(alerts))
    roles = find_roles(collect_groups(facts, np.array([0, 0, 1, 2, 2, 3]), 0, None))
    assert [roles.actors.read(group) for group in range(4)] == [["10.0.0.9"], ["10.0.0.5"], ["10.0.0.9"], []]
    assert [roles.relays.read(group) for group in range(4)] == [["10.0.0.5"], [], ["10.0.0.7"], []]
    assert [roles.targets.read(group) for group in range(4)] == [["10.0.0.5"], ["10.0.0.2"], ["10.0.0.7"], ["10.0.0.3"]]
    assert roles.has_actor.tolist() == [True, True, True, False]
    assert roles.is_own.tolist() == [True, True, True, True, False, True]
