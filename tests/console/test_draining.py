"""The worker sends what waited for a cluster, and the later stages follow, while it has no job."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from console.draining import PROBE_S, Drainer
from console.feed import ALERTS_MADE, CAPTURE_CHANGED, read_events
from console.work_settings import WorkSettings
from console.worker import open_ledger
from correlation import elastic_bulk, elastic_ingest
from correlation.elastic import Elastic
from correlation.elastic_client import parse_address
from correlation.incidents import Incidents
from correlation.inventory import Inventory
from correlation.opening import open_elastic
from tests.support.command_line import run
from tests.support.consoles import open_console
from tests.support.gate import Gate, stand_before
from tests.support.stores import Taken, take_captures, write
from tests.support.workers import LI, SITE, make_settings, running, wait_for
from tools.elasticsearch.server import Cluster
from wanglou.audit import Actor
from wanglou.site import load_site

WORKER = Actor("system:worker", "box")


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try for moments only."""
    monkeypatch.setattr(elastic_ingest, "SPOOLED_PATIENCE_S", 0.02)
    monkeypatch.setattr(elastic_bulk, "FIRST_WAIT_S", 0.01)


@contextmanager
def away(cluster: Cluster, folder: Path) -> Iterator[tuple[Gate, str]]:
    """Give a shut gate before the cluster, and the address of a store behind it; at the end nothing is left there."""
    prefix = f"t{secrets.token_hex(6)}"
    with stand_before(cluster.urls[0]) as gate:
        yield gate, f"{gate.url}?prefix={prefix}&spool={folder}/spool&dead={folder}/dead.ndjson"
    with open_elastic(f"{cluster.urls[0]}?prefix={prefix}") as store:
        store.remove_all()


def settle(folder: Path, address: str) -> WorkSettings:
    """Give the settings of a worker on that cluster."""
    return replace(make_settings(folder), store=address, ledger=str(folder / "ledger.db"))


def see(address: str) -> Taken:
    """Let a sensor write one capture while the cluster is away."""
    taken = take_captures()[1]
    live = replace(taken, record=replace(taken.record, size_bytes=0))
    with Elastic(parse_address(address), dead_letters=Path("unused")) as store:
        write(store, live)
        assert store.waiting().entries > 2
    return live


def test_what_waited_is_sent_and_followed(elasticsearch: Cluster, tmp_path: Path) -> None:
    """A cluster that is away is tried now and then; once it is back all is there, and assets and incidents are made."""
    clock = Clock()
    with away(elasticsearch, tmp_path) as (gate, address):
        taken = see(address)
        settings = settle(tmp_path, address)
        with open_ledger(settings) as ledger, Drainer(settings, ledger, load_site(SITE), WORKER, clock) as drainer:
            assert not drainer.drain()
            gate.open()
            assert not drainer.drain(), "it is tried again after a while only"
            clock.now += PROBE_S
            while drainer.drain():
                pass
            with open_elastic(address) as store:
                assert store.waiting().entries == 0
                state = store.state(taken.record.identity)
                assert state is not None
                assert (state.is_complete, state.rows["alert"]) == (True, taken.alerts.num_rows)
                assert Inventory(store, ledger, LI).list_assets()
                assert {one.id for one in store.list_documents("asset")}
            assert Incidents(ledger).cases()
            told = {event.kind for event in read_events(ledger, 0)}
            assert {ALERTS_MADE, CAPTURE_CHANGED} <= told
            assert not drainer.drain()


def test_a_lake_has_no_spool(tmp_path: Path) -> None:
    """Nothing is opened."""
    settings = make_settings(tmp_path)
    with open_ledger(settings) as ledger, Drainer(settings, ledger, None, WORKER) as drainer:
        assert not drainer.drain()


def test_stages_that_fail_stop_no_worker(
    elasticsearch: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What was sent stays sent; an error of the program is logged."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with away(elasticsearch, tmp_path) as (gate, address):
        see(address)
        settings = settle(tmp_path, address)
        gate.open()
        monkeypatch.setattr("console.draining.update_stages", fail)
        with open_ledger(settings) as ledger, Drainer(settings, ledger, None, WORKER) as drainer:
            while drainer.drain():
                pass
            assert "could not follow" in caplog.text
        with open_elastic(address) as store:
            assert store.waiting().entries == 0


def test_pages_tell_what_waits(elasticsearch: Cluster, tmp_path: Path) -> None:
    """Health does while the cluster is away, the store's page and `store check` do as soon as it answers."""
    with away(elasticsearch, tmp_path) as (gate, address):
        with open_console(tmp_path, store=address, ledger=str(tmp_path / "ledger.db")) as console:
            taken = see(address)
            health = console.as_("park_admin", "zh").get("/health")
            assert health.status_code == 200
            assert "有文档暂存在本机磁盘" in health.text
            rows = taken.alerts.num_rows + sum(table.num_rows for _, table in taken.tables)
            items = {one["name"]: one for one in console.program("park_admin").get("/api/v1/health").json()["items"]}
            assert (items["store"]["condition"], items["spool"]["condition"]) == ("bad", "warn")
            assert items["spool"]["values"]["rows"] == f"{rows:,}"
            asked = run("store", "check", "--store", address, width=300)
            assert asked.code != 0
            assert "documents wait in" in asked.out
            assert "个文档在" in run("--lang", "zh", "store", "check", "--store", address, width=300).out
            gate.open()
            page = console.as_("park_admin", "zh").get("/store")
            assert page.status_code == 200
            assert "个文档在" in page.text
            findings = re.findall(r"look-head.*?</li>", page.text, re.DOTALL)
            assert findings
            assert not [one for one in findings if 'lang="en"' in one], "every finding is told in Chinese"
        assert run("store", "drain", "--store", address).code == 0


@pytest.mark.heavy
def test_the_process_does_it_by_itself(elasticsearch: Cluster, tmp_path: Path) -> None:
    """A worker that runs through the outage sends what waits once the cluster is back, without being asked."""
    with away(elasticsearch, tmp_path) as (gate, address):
        taken = see(address)
        settings = settle(tmp_path, address)
        with running(tmp_path, store=address, ledger=settings.ledger), open_elastic(address) as store:
            assert store.waiting().entries
            gate.open()
            wait_for(lambda: not store.waiting().entries)
            with open_ledger(settings) as ledger:
                wait_for(lambda: Incidents(ledger).cases())
            state = store.state(taken.record.identity)
            assert state is not None
            assert state.is_complete
