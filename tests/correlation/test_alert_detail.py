"""An alert's page: the alert, what is related to it, and what was done to it."""

from __future__ import annotations

from pathlib import Path

from correlation.alert_detail import find_alert, find_related, list_history
from correlation.triage import Triage
from tests.support.desk import ACTOR, make_alerts, open_desk, write_alerts
from tests.support.lakes import make_identity

A = make_identity("a")
ENDS = ("source.ip", "destination.ip")


def test_detail_of_an_alert(tmp_path: Path) -> None:
    """Found by id, with or without its time, only within the scope; related ones share an address or the rule."""
    alerts = make_alerts(60, A)
    one = next(alert for alert in alerts if alert["source.ip"])
    with open_desk(tmp_path) as desk:
        write_alerts(desk.lake, A, alerts)
        Triage(desk.ledger).set_state({one["event.id"]: "chem"}, ACTOR, state="acknowledged", comment="seen")
        with desk.ledger.reading() as connection:
            for at_ns in (None, one["@timestamp"], 0):
                line = find_alert(desk.lake, connection, one["event.id"], None, at_ns)
                assert line is not None
                assert (line.id, line.triaged.state) == (one["event.id"], "acknowledged")
            assert find_alert(desk.lake, connection, one["event.id"], frozenset({"other"})) is None
            assert find_alert(desk.lake, connection, "alert-none") is None
            assert line is not None
            related = find_related(desk.lake, connection, line.record)
            history = list_history(connection, "alert", one["event.id"])
    others = [alert for alert in alerts if alert is not one and alert["organization.id"] == one["organization.id"]]
    ends = {one[name] for name in ENDS}
    near = {alert["event.id"] for alert in others if any(alert[name] in ends for name in ENDS)}
    assert {alert.id for alert in related.by_entity} <= near
    assert len(related.by_entity) == min(10, len(near))
    assert all(alert.record["rule.name"] == one["rule.name"] for alert in related.by_rule)
    assert sum(count for _, count in related.rules) == len(near)
    assert [(row.action, row.actor) for row in history] == [("alert.triaged", "user:li")]
