"""The worker as a process of its own: uploads become records, alerts and incidents."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from correlation.lake import Lake
from tests.support.workers import SITE, open_console, read_lake, running, upload, wait_ended, wait_for
from wanglou.appliance import ReplayOptions, replay
from wanglou.bundled import captures_folder
from wanglou.site import load_site

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


def test_a_killed_worker_is_started_again_and_reads_again(tmp_path: Path) -> None:
    """After kill -9 in the midst of a replay the job is taken again, and the lake is that of an undisturbed run."""
    path = captures_folder() / "opcua_session_flood.pcap.gz"
    ledger, jobs, uploads = open_console(tmp_path)
    with ledger, running(tmp_path) as supervisor:
        pid = supervisor.status.pid
        assert pid is not None
        job = upload(uploads, jobs, path)
        wait_for(lambda: (one := jobs.find(job.id)) and one.state == "running")
        os.kill(pid, signal.SIGKILL)
        done = wait_ended(jobs, job)
        assert (done.state, done.attempts) == ("done", 2)
        assert supervisor.status.restarts == 1
    replay([path], ReplayOptions(tmp_path / "undisturbed", load_site(SITE), "chem"))
    assert read_lake(tmp_path / "lake") == read_lake(tmp_path / "undisturbed")
