"""Incidents, assets and triage as JSON objects."""

from __future__ import annotations

import json

from correlation.case import Case
from correlation.incident_scopes import group_scope
from correlation.stage_document import write_asset, write_case, write_time, write_triage
from correlation.triage import Triaged
from tests.support.alerts import CAPTURE, READ, make_alert, make_columns
from tests.support.claims import PLC, arp, find, served, source


def test_an_incident() -> None:
    """It has its times, ends, captures and lines; what is empty is left out, and what is gone is said."""
    (found,) = group_scope(make_columns([make_alert(READ, "10.0.0.9", "10.0.0.1")]))
    told = write_case(Case(found.incident, site="park"), found.alerts)
    assert json.loads(json.dumps(told)) == told
    assert told["@timestamp"] == "2026-09-21T14:13:20.000000000Z"
    assert (told["wanglou.site"], told["incident.captures"], told["incident.actors"]) == (
        "park",
        [CAPTURE],
        ["10.0.0.9"],
    )
    assert told["incident.alert_ids"] == list(found.alerts)
    assert not {"incident.assignee", "incident.alerts_gone"} & told.keys()
    assert write_case(Case(found.incident, is_empty=True))["incident.alerts_gone"] is True


def test_an_asset() -> None:
    """Times are texts, those that never were are none."""
    (asset,) = find(source([*arp("10.0.1.11", PLC), *served("10.0.1.11")]))
    told = write_asset(asset)
    assert json.loads(json.dumps(told))["id"] == asset.id
    assert told["first"] == write_time(asset.first_ns) if asset.first_ns else told["first"] is None
    assert [event["kind"] for event in told["history"]] == [event.kind for event in asset.history]


def test_triage() -> None:
    """An alert that nobody touched is new; what nobody said is left out."""
    assert write_triage(None) == {"wanglou.triage.state": "new"}
    told = write_triage(Triaged("a", "closed", "li"))
    assert told == {"wanglou.triage.state": "closed", "wanglou.triage.assignee": "li"}


def test_times() -> None:
    """Nanoseconds are kept."""
    assert write_time(1_790_000_000_000_000_001) == "2026-09-21T14:13:20.000000001Z"
