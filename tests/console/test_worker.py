"""The worker as a process of its own: uploads become records, alerts and incidents."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from console.job import ENDED, Job
from console.jobs import Jobs
from console.worker import _tidy
from correlation.incidents import Incidents
from correlation.lake import Lake
from correlation.opening import LEDGER
from tests.support.ledgers import list_audit
from tests.support.requirements import ROOT
from tests.support.workers import LI, SITE, is_alive, open_console, read_lake, running, upload, wait_ended, wait_for
from wanglou.appliance import replay
from wanglou.bundled import captures_folder
from wanglou.errors import StoreError
from wanglou.ledger import Ledger
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site
from wanglou.stages import open_stages, update_stages

CAPTURE = captures_folder() / "unauthorized_write.pcap"


def test_an_upload_is_read(tmp_path: Path) -> None:
    """An uploaded file is replayed for its enterprise, the stages follow, and the job tells what came of it."""
    ledger, jobs, uploads = open_console(tmp_path)
    with ledger, running(tmp_path):
        job = upload(uploads, jobs, CAPTURE)
        done = wait_ended(jobs, job)
        assert (done.state, done.outcome.fault) == ("done", None)
        assert done.outcome.capture.endswith("@chem")
        assert done.outcome.records["alert"] > 0
        assert done.outcome.incidents == 1
        assert done.outcome.counters["packets"] == 1147
        assert done.progress.packets == 1147
        (kept,) = uploads.list_uploads()
        assert (kept.capture, kept.path.read_bytes()) == (done.outcome.capture, CAPTURE.read_bytes())
        with Lake(tmp_path / "lake") as lake:
            (capture,) = lake.captures()
            assert capture.record.name == str(kept.path.resolve())


def is_taken(jobs: Jobs, job: Job, ledger: Ledger) -> bool:
    """True once the worker has begun."""
    del ledger
    return jobs.list_jobs(states=["running"])[:1] == [jobs.find(job.id)]


def is_kept(jobs: Jobs, job: Job, ledger: Ledger) -> bool:
    """True once the capture is whole, before the later stages have seen it."""
    del jobs, job
    return any(row.action == "capture.read" for row in list_audit(ledger))


def read_incidents(ledger: Ledger) -> list[tuple[str, int, int]]:
    """Incidents by id, with their alerts and severity."""
    return sorted((one.id, one.incident.alerts, one.incident.severity) for one in Incidents(ledger).cases())


@pytest.mark.parametrize("is_time", [is_taken, is_kept])
def test_a_killed_worker_is_started_again_and_reads_again(
    tmp_path: Path, is_time: Callable[[Jobs, Job, Ledger], bool]
) -> None:
    """After kill -9 the job is taken again, and the lake and its incidents are those of an undisturbed run."""
    path = captures_folder() / "opcua_session_flood.pcap.gz"
    ledger, jobs, uploads = open_console(tmp_path)
    with ledger, running(tmp_path) as supervisor:
        pid = supervisor.status.pid
        assert pid is not None
        job = upload(uploads, jobs, path)
        wait_for(lambda: is_time(jobs, job, ledger))
        os.kill(pid, signal.SIGKILL)
        done = wait_ended(jobs, job)
        assert (done.state, done.attempts, done.outcome.fault) == ("done", 2, None)
        assert supervisor.status.restarts == 1
        found = read_incidents(ledger)
    site = load_site(SITE)
    (report,) = replay([path], ReplayOptions(tmp_path / "undisturbed", site, "chem"))
    assert read_lake(tmp_path / "lake") == read_lake(tmp_path / "undisturbed")
    with Lake(tmp_path / "undisturbed") as lake, open_stages(tmp_path / "undisturbed" / LEDGER) as other:
        update_stages(lake, other, site, [report.identity], LI)
        assert found == read_incidents(other) != []


_CONSOLE = """
import sys, time
from pathlib import Path
from tests.support.workers import running
with running(Path(sys.argv[1])) as supervisor:
    print(supervisor.status.pid, flush=True)
    time.sleep(600)
"""


def test_a_console_that_is_killed_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Its worker, which is at the later stages just then, ends by itself; the next one brings them to their end."""
    path = captures_folder() / "opcua_session_flood.pcap.gz"
    ledger, jobs, uploads = open_console(tmp_path)
    with ledger:
        command = [sys.executable, "-c", _CONSOLE, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as console:
            assert console.stdout is not None
            pid = int(console.stdout.readline())
            job = upload(uploads, jobs, path)
            wait_for(lambda: (one := jobs.find(job.id)) and (one.progress.phase == "stages" or one.state in ENDED))
            console.kill()
        wait_for(lambda: not is_alive(pid), 60)
        with running(tmp_path):
            done = wait_ended(jobs, job)
        assert (done.state, done.attempts) == ("done", 1)
        assert read_incidents(ledger)
        assert ledger.verify().findings == []


def test_jobs_wait_for_a_worker(tmp_path: Path) -> None:
    """What is asked for while there is none is done by the next one."""
    ledger, jobs, uploads = open_console(tmp_path)
    with ledger:
        job = upload(uploads, jobs, CAPTURE)
        with running(tmp_path):
            assert wait_ended(jobs, job).state == "done"


def test_tidying_that_fails_stops_no_worker(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged; only a store that is away is waited for."""

    def fail() -> dict[str, int]:
        raise ZeroDivisionError

    def be_away() -> dict[str, int]:
        raise StoreError("away")

    _tidy(fail)
    assert "could not tidy up" in caplog.text
    with pytest.raises(StoreError):
        _tidy(be_away)
