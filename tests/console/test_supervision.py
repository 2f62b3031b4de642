"""The worker is kept running: started, started anew after it died, and ended with its console."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from console import supervision
from console.supervision import Supervisor
from tests.support.requirements import ROOT
from tests.support.workers import is_alive, make_settings, open_console, running, wait_for

_CONSOLE = """
import sys, time
from pathlib import Path
from tests.support.workers import running
with running(Path(sys.argv[1])) as supervisor:
    print(supervisor.status.pid, flush=True)
    time.sleep(60)
"""


def test_a_worker_runs_niced_and_ends(tmp_path: Path) -> None:
    """It is another process that gives way to the console, and ends in order with it."""
    with running(tmp_path) as supervisor:
        status = supervisor.status
        assert status.pid is not None
        assert (status.is_ready, status.restarts, status.exit_code, status.fault) == (True, 0, None, "")
        assert os.getpriority(os.PRIO_PROCESS, status.pid) > os.getpriority(os.PRIO_PROCESS, 0) or (
            os.getpriority(os.PRIO_PROCESS, status.pid) == 19
        )
    assert supervisor.status.exit_code == 0
    assert supervisor.status.pid is None


def test_a_worker_does_not_outlive_its_console(tmp_path: Path) -> None:
    """When the console is killed, its worker ends by itself."""
    with subprocess.Popen(
        [sys.executable, "-c", _CONSOLE, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as console:
        assert console.stdout is not None
        pid = int(console.stdout.readline())
        assert is_alive(pid)
        console.send_signal(signal.SIGKILL)
    wait_for(lambda: not is_alive(pid), 20)


def test_a_worker_that_cannot_begin_is_tried_less_and_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits grow up to a bound; that it does not run is told, and stopping does not wait for the next try."""
    monkeypatch.setattr(supervision, "MOST_WAIT_S", 0.3)
    settings = make_settings(tmp_path, site=str(tmp_path / "missing.yaml"))
    with (tmp_path / "log").open("wb") as log, Supervisor(settings, log=log, first_wait_s=0.1) as supervisor:
        wait_for(lambda: supervisor.status.restarts >= 2 and supervisor.status.wait_s)
        assert supervisor.status.wait_s == 0.3
        assert supervisor.status.exit_code == 3
        assert "missing.yaml" in supervisor.status.fault
        assert not supervisor.status.is_ready
        monkeypatch.setattr(supervision, "MOST_WAIT_S", 60.0)
        began = time.monotonic()
    assert time.monotonic() - began < 20
    assert "missing.yaml" in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_worker_makes_the_lake(tmp_path: Path) -> None:
    """Where there is no lake yet, one that is ready has made its ledger."""
    with running(tmp_path):
        ledger, jobs, _ = open_console(tmp_path)
        with ledger:
            assert jobs.count() == {}


def test_a_worker_is_replaced(tmp_path: Path) -> None:
    """On request another process takes its place."""
    with running(tmp_path) as supervisor:
        pid = supervisor.status.pid
        supervisor.restart()
        wait_for(lambda: supervisor.status.is_ready and supervisor.status.pid != pid)
        assert (supervisor.status.restarts, supervisor.status.exit_code) == (1, 0)


def test_one_worker_at_a_time(tmp_path: Path) -> None:
    """A second one of the same folder waits until the first is gone, and takes its place at once."""
    with Supervisor(make_settings(tmp_path)) as first:
        assert first.wait_ready(240)
        with Supervisor(make_settings(tmp_path)) as second:
            assert not second.wait_ready(1)
            first.stop()
            assert second.wait_ready(240)
