"""A line of a list is a record with what people made of it; untouched alerts are new, and of no incident."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation import alert_line
from correlation.alert_line import AlertLine, add_triage, find_incidents, read_states
from correlation.triage import Triage, Triaged
from tests.support.desk import ACTOR, make_alerts, open_desk, write_alerts
from tests.support.lakes import make_identity

A = make_identity("a")


def test_lines_have_state_and_incident(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few are asked for at once, each record has its own, in the order given."""
    monkeypatch.setattr(alert_line, "_AT_ONCE", 2)
    alerts = make_alerts(7, A)
    with open_desk(tmp_path) as desk:
        write_alerts(desk.lake, A, alerts)
        Triage(desk.ledger).set_state({one["event.id"]: "" for one in alerts[::2]}, ACTOR, state="closed")
        with desk.ledger.reading() as connection:
            lines = add_triage(connection, alerts)
            touched = read_states(connection, [one["event.id"] for one in alerts])
            assert find_incidents(connection, [one["event.id"] for one in alerts]) == {}
    assert [line.record for line in lines] == alerts
    assert [line.id for line in lines] == [one["event.id"] for one in alerts]
    assert [line.triaged.state for line in lines] == ["closed", "new"] * 3 + ["closed"]
    assert touched.keys() == {one["event.id"] for one in alerts[::2]}
    untouched = alerts[1]
    identity = untouched["event.id"]
    assert lines[1] == AlertLine(untouched, Triaged(identity, enterprise=untouched["organization.id"]), "")
