"""Incidents with what people made of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from correlation.alert_facts import read_facts
from correlation.case import is_worse, judged, read_case, write_body
from correlation.description import describe_incidents
from correlation.incident import Incident
from correlation.incident_grouping import group_alerts
from tests.support.alerts import READ, WRITE, make_alert, make_columns


@pytest.fixture
def incident() -> Incident:
    """One of two alerts."""
    alerts = [make_alert(READ, "10.0.0.9", "10.0.0.1"), make_alert(WRITE, "10.0.0.9", "10.0.0.1", 9)]
    facts = read_facts(make_columns(alerts))
    return next(describe_incidents(facts, group_alerts(facts)))[0]


def test_a_body_gives_the_incident_back(incident: Incident) -> None:
    """What is written is what is read; a level that somebody set comes before the proposed one."""
    noted = {
        "status": "closed",
        "verdict": "attack",
        "assignee": "li",
        "comment": "",
        "level_set": 2,
        "class_set": "",
        "subclass_set": "",
    }
    row = {
        "id": incident.id,
        "body": write_body(incident),
        **noted,
        "is_touched": True,
        "version": 3,
        "site": "",
        "alerts": 2,
    }
    case = read_case(row)
    assert case.incident == incident
    assert (case.status, case.level, case.version) == ("closed", 2, 3)
    assert read_case({**row, "level_set": 0}).level == incident.level
    assert case.event_class == incident.event_class
    set_by_hand = read_case({**row, "class_set": "数据安全事件"})
    assert (set_by_hand.event_class, set_by_hand.event_subclass) == ("数据安全事件", "")


def test_what_is_worse(incident: Incident) -> None:
    """More of the same is not; a higher severity or a further stage is."""
    then = judged(incident)
    assert not is_worse(replace(incident, alerts=99), then)
    assert is_worse(replace(incident, severity=incident.severity + 1), then)
    assert is_worse(replace(incident, stage="Impact"), then)
    assert is_worse(incident, "")
