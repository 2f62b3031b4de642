"""What open pages are told of a capture: each enterprise its own."""

from __future__ import annotations

from pathlib import Path

from console import announcement
from console.announcement import announce_alerts, announce_stages
from console.feed import Event, read_events
from correlation.inventory import Update
from correlation.reconciliation import Outcome
from correlation.risk_update import Outcome as Assessed
from tests.support.lakes import fill, make_alert, make_identity, make_lake, make_records
from tests.support.workers import open_console
from wanglou.ledger import Ledger
from wanglou.stages import StageReport

CAPTURE = make_identity("a")


def read(ledger: Ledger) -> list[Event]:
    """All events."""
    return read_events(ledger, 0)


def test_alerts_by_enterprise(tmp_path: Path) -> None:
    """How many and how bad; those of no enterprise are the park's."""
    ledger, _, _ = open_console(tmp_path)
    alerts = [
        {**make_alert(name), "event.severity": severity, "organization.id": enterprise}
        for name, severity, enterprise in (("a", 30, "chem"), ("b", 70, "chem"), ("c", 50, "water"), ("d", 10, ""))
    ]
    with ledger, make_lake(tmp_path / "lake") as lake:
        fill(lake, make_records(range(3)), alerts=alerts)
        announce_alerts(ledger, lake, CAPTURE, "job-1")
        announce_alerts(ledger, lake, make_identity("b"), "job-2")
        told = sorted((one.enterprise, one.body["alerts"], one.body["severity"], one.subject) for one in read(ledger))
    assert told == [("", 1, 10, "job-1"), ("chem", 2, 70, "job-1"), ("water", 1, 50, "job-1")]


def make_report(incidents: list[tuple[str, str]], **changes: int) -> StageReport:
    """Make what stages tell."""
    return StageReport(Update(changes=changes), Outcome(), len(incidents), incidents, Assessed(changed=1))


def test_stages_by_enterprise(tmp_path: Path) -> None:
    """Each enterprise hears of its incidents, and that its capture, assets and risk changed."""
    ledger, _, _ = open_console(tmp_path)
    with ledger:
        announce_stages(ledger, make_report([("i1", "chem"), ("i2", "water")], new=2), CAPTURE, "chem")
        told = {(one.kind, one.enterprise, one.subject) for one in read(ledger)}
    assert told == {
        ("incident.changed", "chem", "i1"),
        ("incident.changed", "water", "i2"),
        *((kind, enterprise, CAPTURE if kind == "capture.changed" else "")
          for kind in ("capture.changed", "assets.changed", "risk.changed") for enterprise in ("chem", "water")),
    }  # fmt: skip


def test_many_incidents_are_not_all_announced(tmp_path: Path) -> None:
    """So many one by one; that there are more is told once."""
    ledger, _, _ = open_console(tmp_path)
    many = [(f"i{number}", "chem") for number in range(announcement.MOST_ANNOUNCED + 5)]
    with ledger:
        announce_stages(ledger, make_report(many), enterprise="chem")
        kinds = [one.kind for one in read(ledger)]
        (told,) = [one for one in read(ledger) if one.kind == "capture.changed"]
    assert kinds.count("incident.changed") == announcement.MOST_ANNOUNCED
    assert told.body == {"incidents": len(many)}
    assert "assets.changed" not in kinds
