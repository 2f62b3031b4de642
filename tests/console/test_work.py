"""What a worker makes of jobs: whatever is uploaded, cancelled or deleted, the store and the ledger stay right."""

from __future__ import annotations

import gzip
import hashlib
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console import work as work_module
from console.captures import delete_capture, replay_bundle
from console.heartbeat import Heartbeat
from console.job import Job, Outcome
from console.jobs import Jobs
from console.work import Held, Work
from correlation.incidents import Incidents
from correlation.inventory import Inventory
from correlation.lake import Lake
from tests.support.workers import LI, SITE, make_settings, open_console, read_lake, upload
from wanglou.appliance import replay
from wanglou.audit import Actor
from wanglou.bundled import captures_folder
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site

CAPTURE = captures_folder() / "unauthorized_write.pcap"
WORKER = Actor("system:worker", "box")
HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """A worker's work in this process."""
    ledger, _, _ = open_console(tmp_path)
    with ledger:
        yield Work(make_settings(tmp_path), ledger, load_site(SITE), WORKER, threading.Event())


def do(work: Work, job: Job) -> Job:
    """Do the next job, which is this one; gives what became of it."""
    assert work.do_next()
    found = work.jobs.find(job.id)
    assert found is not None
    return found


def send(work: Work, path: Path, enterprise: str = "chem", **options: Any) -> Job:
    """Upload a file and ask for its replay."""
    return upload(work.uploads, work.jobs, path, enterprise, **options)


def open_lake(work: Work) -> Lake:
    """Open the worker's lake."""
    return Lake(Path(work._settings.store))


def test_nothing_to_do(work: Work) -> None:
    """It says so."""
    assert not work.do_next()


def test_every_loss_is_reported(work: Work, tmp_path: Path) -> None:
    """A capture that is cut off is read as far as it goes; the outcome tells why it ends, and all counters."""
    path = tmp_path / "cut.pcap"
    path.write_bytes(CAPTURE.read_bytes()[:-7])
    done = do(work, send(work, path))
    assert done.state == "done"
    assert done.outcome.fault is not None
    assert "cut off" in done.outcome.fault.what
    assert done.outcome.counters["packets"] == done.outcome.packets == done.progress.packets > 1000
    assert all(done.outcome.counters.values())
    with open_lake(work) as lake:
        (capture,) = lake.captures()
        assert {name: count for name, count in capture.counters.items() if count} == dict(done.outcome.counters)


def test_what_is_no_capture_takes_no_room(work: Work, tmp_path: Path) -> None:
    """It is told what the file looks like, and the file goes."""
    path = tmp_path / "photo.pcap"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    done = do(work, send(work, path))
    assert done.state == "failed"
    assert done.outcome.fault is not None
    assert "no capture" in done.outcome.fault.what
    assert work.uploads.list_uploads() == []
    assert list((tmp_path / "uploads").rglob("*.pcap")) == []


def test_bytes_that_are_not_those_announced_are_refused(work: Work) -> None:
    """The worker compares the digest before it reads anything into the store."""
    data = CAPTURE.read_bytes()
    made = work.uploads.create(LI, "x.pcap", len(data), enterprise="chem")
    work.uploads.append(made.id, 0, data)
    done = do(work, work.uploads.finish(made.id, LI, work.jobs, sha256=hashlib.sha256(b"other").hexdigest()))
    assert done.state == "failed"
    assert done.outcome.fault is not None
    assert "SHA-256 differs" in done.outcome.fault.what
    made = work.uploads.create(LI, "x.pcap", len(data), enterprise="chem", sha256=hashlib.sha256(data).hexdigest())
    work.uploads.append(made.id, 0, data)
    assert do(work, work.uploads.finish(made.id, LI, work.jobs)).state == "done"


def test_the_same_bytes_again_are_kept_once(work: Work) -> None:
    """They are known; the second file goes, the first stays the capture's evidence."""
    first, second = do(work, send(work, CAPTURE)), do(work, send(work, CAPTURE))
    assert (first.outcome.state, second.outcome.state) == ("read", "known")
    assert second.outcome.records == first.outcome.records
    (kept,) = work.uploads.list_uploads()
    assert kept.id == first.subject["upload"]


def test_two_tenants_upload_the_same_file(work: Work) -> None:
    """They are two captures, with records, alerts, incidents and assets of their own; deleting one leaves the other."""
    chem, water = do(work, send(work, CAPTURE)), do(work, send(work, CAPTURE, "water"))
    with open_lake(work) as lake:
        assert {one.record.enterprise for one in lake.captures()} == {"chem", "water"}
        assert delete_capture(work.jobs, lake, LI, chem.outcome.capture, frozenset({"water"})) is None
        job = delete_capture(work.jobs, lake, LI, chem.outcome.capture, frozenset({"chem"}))
        assert job is not None
        assert do(work, job).state == "done"
        assert [one.record.identity for one in lake.captures()] == [water.outcome.capture]
        assert {one.enterprise for one in Inventory(lake, work._ledger, LI).list_assets()} == {"water"}
    assert {case.incident.enterprise for case in Incidents(work._ledger).cases()} <= {"water"}
    assert [one.enterprise for one in work.uploads.list_uploads()] == ["water"]


def test_deleting_leaves_nothing_behind(work: Work, tmp_path: Path) -> None:
    """Records, alerts, assets, incidents and the file are gone; doing it again does no harm."""
    done = do(work, send(work, CAPTURE))
    assert (done.outcome.incidents, done.outcome.records["alert"] > 0) == (1, True)
    with open_lake(work) as lake:
        job = delete_capture(work.jobs, lake, LI, done.outcome.capture)
        again = delete_capture(work.jobs, lake, LI, done.outcome.capture)
        assert job is not None
        assert again is not None
        gone = do(work, job)
        assert (gone.state, gone.outcome.records) == ("done", done.outcome.records)
        assert do(work, again).state == "done"
        assert [*lake.captures()] == []
        assert Inventory(lake, work._ledger, LI).list_assets() == []
    assert Incidents(work._ledger).cases() == []
    assert not any(read_lake(tmp_path / "lake").values())
    assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []


def test_a_bundled_capture_is_replayed_where_it_is_wanted(work: Work) -> None:
    """One click reads it, moved in time; its file stays where it is, and taking the job again moves it no further."""
    end_ns = 1_800_000_000 * 10**9
    done = do(work, replay_bundle(work.jobs, LI, CAPTURE.name, shift_to_ns=end_ns))
    assert done.state == "done"
    with open_lake(work) as lake:
        (capture,) = lake.captures()
        assert capture.record.name == str(CAPTURE)
        assert capture.max_ns is not None
        assert end_ns - 60 * 10**9 < capture.max_ns <= end_ns
    again = do(work, replay_bundle(work.jobs, LI, CAPTURE.name, shift_to_ns=end_ns))
    assert again.outcome.state == "known"


def test_cancelling_in_the_midst(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay ends at its next batch; nothing of it is left in the store, and the next job is done."""
    job = send(work, CAPTURE)
    advance = Heartbeat.advance

    def cancel(beat: Heartbeat, position_bytes: int, packets: int, dropped: int) -> None:
        work.jobs.cancel(job.id, LI)
        assert not work.jobs.beat(replace(job, attempts=1), work.name)
        beat._is_refused.set()
        advance(beat, position_bytes, packets, dropped)

    monkeypatch.setattr(Heartbeat, "advance", cancel)
    assert do(work, job).state == "cancelled"
    with open_lake(work) as lake:
        assert [*lake.captures()] == []
    assert len(work.uploads.list_uploads()) == 1, "the file is kept, to be asked for again"
    monkeypatch.undo()
    again = work.jobs.retry(job.id, LI)
    assert again is not None
    assert do(work, again).outcome.incidents == 1


def test_a_worker_that_is_to_end_gives_its_job_back(work: Work, tmp_path: Path) -> None:
    """The job waits again, with what was read of it; the next worker ends it as if nothing had been."""
    job = send(work, CAPTURE)
    work._ending.set()
    assert do(work, job).state == "interrupted"
    work._ending.clear()
    done = do(work, job)
    assert (done.state, done.attempts) == ("done", 1)
    replay([CAPTURE], ReplayOptions(tmp_path / "undisturbed", load_site(SITE), "chem"))
    assert read_lake(tmp_path / "lake") == read_lake(tmp_path / "undisturbed")


def test_errors_of_the_program_end_one_job_only(
    work: Work, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The job fails and says so, the log has the traceback, and the next job is done."""
    job = send(work, CAPTURE)
    monkeypatch.setattr(work_module, "update_stages", lambda *_, **__: 1 / 0)
    failed = do(work, job)
    assert failed.state == "failed"
    assert failed.outcome.fault is not None
    assert "ZeroDivisionError" in failed.outcome.fault.what
    assert "Traceback" in caplog.text
    monkeypatch.undo()
    again = work.jobs.retry(job.id, LI)
    assert again is not None
    assert do(work, again).state == "done"


@pytest.mark.parametrize("kind", ["zeros", "records", "nested"])
def test_bombs_are_bounded(work: Work, tmp_path: Path, kind: str) -> None:
    """Files that unpack to thousands of times their size are read in windows, or refused; the job ends."""
    record = struct.pack("<IIII", 0, 0, 0, 0)
    unpacked = {
        "zeros": HEADER + bytes(64 << 20),
        "records": HEADER + struct.pack("<IIII", 1, 0, 65535, 65535) + bytes(65535) + record * (1 << 20),
        "nested": gzip.compress(HEADER + bytes(16 << 20)),
    }[kind]
    path = tmp_path / "bomb.pcap.gz"
    path.write_bytes(gzip.compress(unpacked, 6))
    assert path.stat().st_size < len(unpacked) / 50 or kind == "nested"
    done = do(work, send(work, path))
    assert done.state == ("failed" if kind == "nested" else "done")
    assert sum(done.outcome.records.values()) < 100


def test_a_job_of_a_missing_upload_fails(work: Work) -> None:
    """It says what to do."""
    job = Jobs(work._ledger).add(LI, "replay", {"upload": "upload-none"}, "x.pcap")
    done = do(work, job)
    assert done.state == "failed"
    assert done.outcome.fault is not None
    assert done.outcome.fault.do == "upload it again"


def test_old_days_go_at_once(work: Work) -> None:
    """All of them before the job's day: records, alerts and incidents; the outcome tells days and records."""
    read = do(work, send(work, CAPTURE))
    with open_lake(work) as lake:
        (capture,) = lake.captures()
    day = datetime.fromtimestamp((capture.max_ns or 0) // 10**9, UTC).date()
    kept = do(work, work.jobs.add(LI, "expire", {"before": "2000-01-01"}, "2000-01-01"))
    assert (kept.state, kept.outcome.state, dict(kept.outcome.expired)) == ("done", "expired", {})
    after = (day + timedelta(days=1)).isoformat()
    gone = do(work, work.jobs.add(LI, "expire", {"before": after}, after))
    assert gone.state == "done"
    assert sum(gone.outcome.expired.values()) == sum(gone.outcome.records.values()) > 0
    assert gone.outcome.records["alert"] == read.outcome.records["alert"]
    with open_lake(work) as lake:
        assert lake.count("alert") == lake.count("modbus") == 0
    assert Incidents(work._ledger).cases() == []


def test_the_stages_are_left_and_done_by_the_next_worker(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is to end gives the job back in the midst of them; that is no attempt, and nothing is lost."""
    job = send(work, CAPTURE)
    enter = Heartbeat.enter

    def end_then(self: Heartbeat, phase: Any, size_bytes: int | None = None) -> None:
        enter(self, phase, size_bytes)
        if phase == "stages":
            work._ending.set()

    monkeypatch.setattr(Heartbeat, "enter", end_then)
    left = do(work, job)
    assert (left.state, left.attempts) == ("interrupted", 0)
    assert not list(Incidents(work._ledger).cases())
    work._ending.clear()
    monkeypatch.undo()
    done = do(work, job)
    assert (done.state, done.attempts, done.outcome.incidents) == ("done", 1, 1)
    assert work._ledger.verify().findings == []


def test_the_job_that_is_held_can_be_given_back(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """By another thread, while it is done; what the worker makes of it afterwards counts no more."""
    job = send(work, CAPTURE)
    held = Held()
    held.give_back()
    other = Work(work._settings, work._ledger, work._site, WORKER, work._ending, held)

    def give_back(*_: Any) -> Any:
        held.give_back()
        return "failed", Outcome()

    monkeypatch.setattr(other, "_replay", give_back)
    assert do(other, job).state == "interrupted"
    assert held.job is None
    assert do(work, job).state == "done"
