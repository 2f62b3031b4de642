"""The page of sensors."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import cast

import pytest

from console.jobs import Jobs
from console.supervision import Supervisor, WorkerStatus
from tests.support.accounts import ADMIN
from tests.support.consoles import Console
from tests.support.ledgers import list_audit


class Kept:
    """A supervisor that says what a test wants."""

    def __init__(self, status: WorkerStatus) -> None:
        """Say ``status``."""
        self.status, self.restarts = status, 0

    def restart(self) -> None:
        """Count."""
        self.restarts += 1


def keep(console: Console, monkeypatch: pytest.MonkeyPatch, status: WorkerStatus) -> Kept:
    """Let the console run a worker that is as ``status`` says."""
    kept = Kept(status)
    backstage = replace(console.services.backstage, supervisor=cast("Supervisor", kept))
    monkeypatch.setattr(console.services, "backstage", backstage)
    return kept


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (WorkerStatus(7, True, 0, None, 0.0, ""), "Running"),
        (WorkerStatus(7, False, 0, None, 0.0, ""), "Starting"),
        (WorkerStatus(None, False, 3, -9, 4.0, ""), "code -9"),
        (WorkerStatus(None, False, 3, 3, 4.0, "no site file"), "No site file"),
    ],
)
def test_the_worker_is_told_as_it_is(
    console: Console, monkeypatch: pytest.MonkeyPatch, status: WorkerStatus, word: str
) -> None:
    """Running, starting, ended with its code, or why it cannot begin."""
    keep(console, monkeypatch, status)
    page = console.as_("analyst").get("/sensors")
    assert page.status_code == 200
    assert word in page.text


def test_a_worker_elsewhere_is_heard(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one of its own, the console tells of what it heard in the ledger."""
    later_ns = time.time_ns() + 3_600 * 10**9
    with monkeypatch.context() as patched:
        patched.setattr(console.services, "clock", lambda: later_ns)
        assert "Not heard" in console.as_("analyst").get("/sensors").text
    jobs = Jobs(console.services.ledger)
    job = jobs.add(ADMIN, "replay", {"bundled": "x.pcap"}, "x.pcap")
    taken = jobs.take("other")
    assert taken is not None
    assert "another console" in console.as_("analyst").get("/sensors").text
    assert f'data-job="{job.id}"' in console.as_("analyst").get("/sensors").text
    jobs.release(taken, "other")
    jobs.cancel(job.id, ADMIN)


def test_an_administrator_restarts_it(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others may not; it is audited; where another console runs it, there is nothing to restart."""
    assert console.as_("park_admin").post("/sensors/worker/restart").status_code == 404
    kept = keep(console, monkeypatch, WorkerStatus(7, True, 0, None, 0.0, ""))
    assert console.as_("analyst").post("/sensors/worker/restart").status_code == 403
    assert console.as_("park_admin").post("/sensors/worker/restart").status_code == 303
    assert console.program("park_admin").post("/api/v1/sensors/worker/restart").status_code == 202
    assert kept.restarts == 2
    assert list_audit(console.services.ledger)[-1].action == "worker.restarted"
