"""What commands change is in the read copy on a cluster when they end."""

from __future__ import annotations

from pathlib import Path

from correlation.incidents import Incidents
from tests.console.test_following import filled, read
from tests.support.command_line import run
from tests.support.stores import list_records
from tools.elasticsearch.server import Cluster


def test_commands_send_what_they_changed(elasticsearch: Cluster, tmp_path: Path) -> None:
    """In the same call; where the cluster takes nothing the edit stays, and the user is told."""
    with filled(elasticsearch.urls[0], tmp_path) as (settings, store, ledger):
        place = ("--store", settings.store, "--ledger", settings.ledger)
        alert = str(list_records(store, "alert")[0]["event.id"])
        assert run("alerts", "triage", alert, "--state", "closed", *place).code == 0
        assert read(store, "alert", alert)["wanglou.triage.state"] == "closed"
        case = Incidents(ledger).cases()[0]
        assert run("incidents", "change", case.id, "--assignee", "wang", *place).code == 0
        assert read(store, "incident", case.id)["incident.assignee"] == "wang"
        asset = next(store.list_documents("asset"))
        assert run("assets", "edit", asset.id, "owner=zhao", *place).code == 0
        assert read(store, "asset", asset.id)["owner"] == "zhao"
