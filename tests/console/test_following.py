"""What people decide in the console or at the command line is in the read copy on a cluster within seconds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.following import FIRST_WAIT_S, LOOK_S, MOST_WAIT_S, Follower
from console.work_settings import WorkSettings
from console.worker import open_ledger
from correlation.elastic import Elastic
from correlation.incidents import Incidents
from correlation.mirror import Mirrored
from correlation.opening import open_elastic
from correlation.triage import Triage
from tests.support.command_line import run
from tests.support.consoles import Console, open_console
from tests.support.gate import stand_before
from tests.support.stores import list_records, take_captures, write
from tests.support.workers import LI, SITE, make_settings, running, wait_for
from tools.elasticsearch.server import Cluster
from wanglou.audit import Actor
from wanglou.errors import StoreError
from wanglou.ledger import Ledger
from wanglou.site import load_site
from wanglou.stages import update_stages

WORKER = Actor("system:worker", "box")


@contextmanager
def filled(url: str, folder: Path) -> Iterator[tuple[WorkSettings, Elastic, Ledger]]:
    """Give a cluster with a capture of alerts, and its stages; at the end nothing is left there."""
    address = f"{url}?prefix=t{secrets.token_hex(6)}&dead={folder}/dead.ndjson"
    settings = replace(make_settings(folder), store=address, ledger=str(folder / "ledger.db"))
    with open_elastic(address) as store, open_ledger(settings) as ledger:
        try:
            taken = take_captures()[1]
            write(store, taken)
            update_stages(store, ledger, load_site(SITE), [taken.record.identity], WORKER)
            yield settings, store, ledger
        finally:
            store.remove_all()


def test_a_thread_follows_every_edit(elasticsearch: Cluster, tmp_path: Path) -> None:
    """Of an alert and of an incident, without being told."""
    with filled(elasticsearch.urls[0], tmp_path) as (settings, store, ledger), Follower(settings, ledger):
        alert = str(list_records(store, "alert")[0]["event.id"])
        Triage(ledger).set_state({alert: ""}, LI, state="acknowledged", comment="看过")
        wait_for(lambda: read(store, "alert", alert).get("wanglou.triage.comment") == "看过", 20)
        case = Incidents(ledger).cases()[0]
        Incidents(ledger).set_state(case.id, LI, assignee="li")
        wait_for(lambda: read(store, "incident", case.id).get("incident.assignee") == "li", 20)


def read(store: Elastic, kind: str, name: str) -> dict[str, Any]:
    """Read a document of the copy; empty where there is none."""
    found = store.get_document(kind, name)
    return dict(found.body) if found is not None else {}


def test_an_attempt_that_failed_is_made_again(
    elasticsearch: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while that grows; nothing stops, an error of the program neither."""
    outcomes: list[Exception] = [StoreError("away"), StoreError("away"), ZeroDivisionError()]

    def follow(*_: object) -> Mirrored:
        if outcomes:
            raise outcomes.pop(0)
        return Mirrored()

    monkeypatch.setattr("console.following.mirror_changes", follow)
    with filled(elasticsearch.urls[0], tmp_path) as (settings, store, ledger):
        follower = Follower(settings, ledger)
        waits = [follower.look(store) for _ in range(5)]
        assert waits == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, MOST_WAIT_S, LOOK_S, LOOK_S]


def test_a_lake_has_no_copy(tmp_path: Path) -> None:
    """No thread is started."""
    settings = make_settings(tmp_path)
    with open_ledger(settings) as ledger, Follower(settings, ledger) as follower:
        assert not follower._thread.is_alive()


def test_an_edit_never_waits_for_a_cluster(elasticsearch: Cluster, tmp_path: Path) -> None:
    """It is away: a command still changes an incident, says what lacks, and the health page counts it."""
    with stand_before(elasticsearch.urls[0]) as gate:
        gate.open()
        with filled(gate.url, tmp_path) as (settings, store, ledger):
            case = Incidents(ledger).cases()[0]
            place = ("--store", settings.store, "--ledger", settings.ledger)
            gate.shut()
            done = run("incidents", "change", case.id, "--comment", "noted", *place)
            assert (done.code, Incidents(ledger).find(case.id).comment) == (0, "noted"), done
            assert "read copy" in done.err
            with open_console(tmp_path, store=settings.store, ledger=settings.ledger) as console:
                assert tell_copy(console) == ("warn", "failed")
                gate.open()
                with open_elastic(settings.store) as behind:
                    assert Follower(settings, ledger).look(behind) == LOOK_S
                assert tell_copy(console) == ("good", "")
            assert read(store, "incident", case.id)["incident.comment"] == "noted"


def tell_copy(console: Console) -> tuple[str, str]:
    """What the health page says of the copy."""
    answer = console.program("park_admin").get("/api/v1/health").json()
    (row,) = (one for one in answer["items"] if one["name"] == "copy")
    return row["condition"], row["reason"]


@pytest.mark.heavy
def test_an_edit_in_the_console(elasticsearch: Cluster, tmp_path: Path) -> None:
    """A worker's process has it in the copy while the console's own process knows nothing of that."""
    with (
        filled(elasticsearch.urls[0], tmp_path) as (settings, store, _),
        running(tmp_path, store=settings.store, ledger=settings.ledger),
        open_console(tmp_path, store=settings.store, ledger=settings.ledger) as console,
    ):
        alert = str(list_records(store, "alert")[0]["event.id"])
        client, path = console.program("analyst"), f"/api/v1/alerts/{alert}"
        etag = client.get(path).headers["etag"]
        assert client.patch(path, json={"state": "closed"}, headers={"if-match": etag}).status_code == 200
        wait_for(lambda: read(store, "alert", alert).get("wanglou.triage.state") == "closed", 30)
