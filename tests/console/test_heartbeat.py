"""Signs of life of running jobs: progress goes out, the wish to cancel comes in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import heartbeat
from console.heartbeat import STUCK_CODE, Heartbeat, StoppedError
from console.job import Job
from console.job_tables import JOBS
from console.jobs import Jobs
from tests.support.workers import LI, wait_for
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

FILE = Path("x.pcap")


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """Jobs in a ledger of their own; hearts beat fast."""
    monkeypatch.setattr(heartbeat, "BEAT_S", 0.02)
    with Ledger(tmp_path / "ledger.db", [JOBS], create=True) as ledger:
        yield Jobs(ledger)


def take(jobs: Jobs) -> Job:
    """Ask for a job and take it."""
    jobs.add(LI, "replay", {}, "x.pcap")
    job = jobs.take("w")
    assert job is not None
    return job


def find(jobs: Jobs, job: Job) -> Job:
    """Look at a job."""
    found = jobs.find(job.id)
    assert found is not None
    return found


def test_progress_goes_out_and_the_wish_to_cancel_comes_in(jobs: Jobs) -> None:
    """Within a beat; the ledger has the progress with rates and the time left."""
    job = take(jobs)
    with Heartbeat(jobs, job, "w", threading.Event()) as beat:
        beat.start(FILE, 1000)
        beat.advance(250, 10, 1)
        wait_for(lambda: find(jobs, job).progress.packets == 10)
        told = find(jobs, job).progress
        assert (told.phase, told.size_bytes, told.dropped) == ("reading", 1000, 1)
        assert told.left_s == pytest.approx(3 * told.seconds)
        assert told.bytes_per_s == pytest.approx(250 / told.seconds)
        assert told.packets_per_s == pytest.approx(10 / told.seconds)
        jobs.cancel(job.id, LI)
        wait_for(beat._is_refused.is_set)
        with pytest.raises(StoppedError):
            beat.advance(500, 20, 1)


def test_the_end_of_the_worker_is_heard_at_once(jobs: Jobs) -> None:
    """Without a beat; what cannot be stopped asks for nothing."""
    ending = threading.Event()
    with Heartbeat(jobs, take(jobs), "w", ending) as beat:
        beat.start(FILE, 1000)
        ending.set()
        beat.enter("stages")
        with pytest.raises(StoppedError):
            beat.check()
        with pytest.raises(StoppedError):
            beat.check_ending()


def test_what_cannot_be_cancelled_hears_only_of_the_end(jobs: Jobs) -> None:
    """A job that was cancelled goes on to bring the stages up."""
    job = take(jobs)
    with Heartbeat(jobs, job, "w", threading.Event()) as beat:
        jobs.cancel(job.id, LI)
        wait_for(beat._is_refused.is_set)
        beat.check_ending()


def test_a_replay_that_cannot_be_cancelled_ends_its_process(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs in a kernel hears of nothing; the process goes, and the job is cancelled for the next worker."""
    ended = threading.Event()
    monkeypatch.setattr(heartbeat, "STUCK_S", 0.05)
    monkeypatch.setattr("os._exit", lambda code: ended.set() if code == STUCK_CODE else None)
    job = take(jobs)
    with Heartbeat(jobs, job, "w", threading.Event()) as beat:
        beat.start(FILE, 1000)
        assert not ended.wait(0.2)
        jobs.cancel(job.id, LI)
        assert ended.wait(20)
    assert [one.state for one in jobs.recover("w", LI)] == ["cancelled"]


def test_later_stages_are_let_end(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a replay is ended by force: what the stages write is whole or not there, and takes its time."""
    monkeypatch.setattr(heartbeat, "STUCK_S", 0.0)
    ended = threading.Event()
    monkeypatch.setattr("os._exit", lambda _: ended.set())
    job = take(jobs)
    with Heartbeat(jobs, job, "w", threading.Event()) as beat:
        beat.start(FILE, 1000)
        beat.enter("stages")
        jobs.cancel(job.id, LI)
        wait_for(beat._is_refused.is_set)
        assert not ended.wait(0.2)


def test_a_ledger_that_is_away_for_a_moment_ends_nothing(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next beat tries again; alerts that could not be announced stop no replay."""
    job = take(jobs)
    beat_now, failures = Jobs.beat, iter([True, True, False])

    def beat_or_fail(*given: object) -> bool:
        if next(failures, False):
            raise StoreError("away")
        return beat_now(*given)  # type: ignore[arg-type] # passed on as they are

    def announce(_job: Job, _identity: str) -> None:
        raise StoreError("away")

    monkeypatch.setattr(Jobs, "beat", beat_or_fail)
    with Heartbeat(jobs, job, "w", threading.Event(), announce) as beat:
        beat.start(FILE, 1000)
        beat.kept("c" * 64)
        beat.advance(250, 10, 1)
        wait_for(lambda: find(jobs, job).progress.packets == 10)
        beat.check()
