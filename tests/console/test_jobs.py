"""Jobs in the ledger: taken once, in turn between tenants, taken again after a death, cancelled, forgotten."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import jobs as jobs_module
from console.feed import read_events
from console.job import Outcome, Progress
from console.job_tables import JOBS
from console.jobs import LEASE_NS, MOST_ATTEMPTS, Jobs, QueueFullError
from tests.support.ledgers import list_audit
from tests.support.workers import LI
from wanglou.audit import Actor
from wanglou.ledger import Ledger

WORKER = Actor("system:worker", "box")
CHEM, WATER = frozenset({"chem"}), frozenset({"water"})


class Clock:
    """A clock that is set, and goes on by one with each look."""

    def __init__(self) -> None:
        """Begin in 2001."""
        self.now_ns = 10**18

    def __call__(self) -> int:
        """Give the time."""
        self.now_ns += 1
        return self.now_ns


@pytest.fixture
def clock() -> Clock:
    """The clock of the jobs."""
    return Clock()


@pytest.fixture
def jobs(place: Path | str, clock: Clock) -> Iterator[Jobs]:
    """Jobs in a ledger of their own, on each database."""
    with Ledger(place, [JOBS], create=True) as ledger:
        yield Jobs(ledger, clock=clock)


def add(jobs: Jobs, name: str, enterprise: str = "chem") -> str:
    """Ask for a job; gives its id."""
    return jobs.add(LI, "replay", {"bundled": name}, name, enterprise=enterprise).id


def test_a_job_from_asking_to_its_end(jobs: Jobs) -> None:
    """It waits, runs with progress, ends with an outcome; the audit and the feed tell of it."""
    job_id = add(jobs, "x.pcap")
    job = jobs.take("w")
    assert job is not None
    assert (job.id, job.state, job.attempts) == (job_id, "running", 1)
    assert jobs.take("w") is None
    assert jobs.beat(job, "w", Progress("reading", 1, 2))
    assert jobs.beat(job, "w", Progress("reading", 1, 2))
    outcome = Outcome("c" * 64, "read", records={"flow": 3})
    assert jobs.finish(job, "w", "done", outcome, WORKER)
    found = jobs.find(job_id)
    assert found is not None
    assert (found.state, found.outcome, found.progress.position_bytes) == ("done", outcome, 1)
    assert found.finished_ns > found.started_ns > found.created_ns
    rows = [(row.action, row.actor, row.enterprise) for row in list_audit(jobs._ledger)]
    assert rows[2:] == [("job.queued", LI.name, "chem"), ("job.done", WORKER.name, "chem")]
    events = read_events(jobs._ledger, 0)
    assert [(event.kind, event.body.get("state")) for event in events] == [
        ("job.changed", "queued"),
        ("job.changed", "running"),
        ("job.progressed", None),
        ("job.changed", "done"),
    ]
    assert {(event.subject, event.enterprise) for event in events} == {(job_id, "chem")}


def test_jobs_are_taken_in_turn(jobs: Jobs) -> None:
    """An enterprise that asked for many does not keep others waiting; its own go in their order."""
    for name in ("a1", "a2", "a3"):
        add(jobs, name)
    add(jobs, "b1", "water")
    taken = []
    while (job := jobs.take("w")) is not None:
        taken.append(job.name)
        jobs.finish(job, "w", "done", Outcome(), WORKER)
    assert taken == ["a1", "b1", "a2", "a3"]


def test_no_job_is_taken_twice(jobs: Jobs) -> None:
    """Whatever number of workers asks at once."""
    for number in range(12):
        add(jobs, str(number))
    taken: list[str] = []

    def work(worker: str) -> None:
        while (job := jobs.take(worker)) is not None:
            taken.append(job.name)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken, key=int) == [str(number) for number in range(12)]


def test_cancelling(jobs: Jobs) -> None:
    """What waits is cancelled at once, what runs is asked to end, what ended stays."""
    first, second = add(jobs, "a"), add(jobs, "b")
    job = jobs.take("w")
    assert job is not None
    assert job.id == first
    waiting, running = jobs.cancel(second, LI), jobs.cancel(first, LI)
    assert waiting is not None
    assert running is not None
    assert (waiting.state, running.state, running.is_cancelled) == ("cancelled", "running", True)
    assert not jobs.beat(job, "w")
    assert jobs.finish(job, "w", "cancelled", Outcome(), WORKER)
    assert jobs.cancel(first, LI) == jobs.find(first)
    assert jobs.cancel("job-none", LI) is None
    actions = [row.action for row in list_audit(jobs._ledger)][4:]
    assert actions == ["job.cancelled", "job.cancel_asked", "job.cancelled"]


def test_asking_again(jobs: Jobs) -> None:
    """What failed or was cancelled can be asked for again, as another job; what is done or waits cannot."""
    first = add(jobs, "a")
    assert jobs.retry(first, LI) == jobs.find(first)
    jobs.cancel(first, LI)
    again = jobs.retry(first, LI)
    assert again is not None
    assert again.id != first
    assert (again.state, again.subject, again.enterprise) == ("queued", {"bundled": "a"}, "chem")
    assert jobs.retry("job-none", LI) is None


def test_a_dead_worker_loses_its_job(jobs: Jobs, clock: Clock) -> None:
    """One not heard for long loses it, and cannot say anything of it any more; one that is heard keeps it."""
    add(jobs, "a")
    job = jobs.take("w")
    assert job is not None
    clock.now_ns += LEASE_NS - 10**9
    assert jobs.recover("other", WORKER) == []
    assert jobs.beat(job, "w")
    clock.now_ns += LEASE_NS + 10**9
    (lost,) = jobs.recover("other", WORKER)
    assert (lost.id, lost.state) == (job.id, "interrupted")
    assert not jobs.beat(job, "w")
    again = jobs.take("w")
    assert again is not None
    assert again.attempts == 2
    assert not jobs.beat(job, "w"), "the first taking is over, though the name is the same"
    assert not jobs.finish(job, "w", "done", Outcome(), WORKER)
    assert jobs.beat(again, "w")


def test_a_job_that_ends_its_workers_fails(jobs: Jobs) -> None:
    """A worker that begins anew gives up the job it died of after some times, and says so; a cancelled one ends."""
    job_id = add(jobs, "a")
    for attempt in range(1, MOST_ATTEMPTS + 1):
        job = jobs.take("w")
        assert job is not None
        assert job.attempts == attempt
        (lost,) = jobs.recover("w", WORKER)
        assert lost.state == ("failed" if attempt == MOST_ATTEMPTS else "interrupted")
    found = jobs.find(job_id)
    assert found is not None
    assert found.outcome.fault is not None
    assert "3 times" in found.outcome.fault.what
    other = add(jobs, "b")
    jobs.take("w")
    jobs.cancel(other, LI)
    assert [job.state for job in jobs.recover("w", WORKER)] == ["cancelled"]


def test_a_job_given_back_is_no_attempt(jobs: Jobs) -> None:
    """A worker that is told to end gives its job back; the next one takes it as if for the first time."""
    add(jobs, "a")
    job = jobs.take("w")
    assert job is not None
    jobs.release(job, "w")
    again = jobs.take("w2")
    assert again is not None
    assert (again.id, again.attempts) == (job.id, 1)


def test_two_tenants(jobs: Jobs) -> None:
    """Another's job is not there: not to be found, listed, counted, cancelled or asked for again."""
    own, other = add(jobs, "a"), add(jobs, "b", "water")
    assert jobs.find(other, CHEM) is None
    assert [job.id for job in jobs.list_jobs(CHEM)] == [own]
    assert jobs.count(CHEM) == {"queued": 1}
    assert jobs.count() == {"queued": 2}
    assert jobs.cancel(other, LI, CHEM) is None
    assert jobs.retry(other, LI, CHEM) is None
    assert jobs.find(other, WATER) is not None
    assert jobs.list_jobs(frozenset()) == []


def test_pages_of_jobs(jobs: Jobs) -> None:
    """The newest first, page by page without a gap, of some states only if wanted."""
    ids = [add(jobs, str(number)) for number in range(7)]
    jobs.cancel(ids[3], LI)
    found = []
    before = None
    while page := jobs.list_jobs(limit=3, before=before):
        found += [job.id for job in page]
        before = (page[-1].created_ns, page[-1].id)
    assert found == ids[::-1]
    assert [job.id for job in jobs.list_jobs(states=["cancelled"])] == [ids[3]]


def test_the_queue_is_bounded(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """One enterprise, and all together, have so many jobs wait and no more."""
    monkeypatch.setattr(jobs_module, "MOST_WAITING_OF_ONE", 2)
    monkeypatch.setattr(jobs_module, "MOST_WAITING", 3)
    add(jobs, "a")
    add(jobs, "b")
    with pytest.raises(QueueFullError, match="2 jobs wait"):
        add(jobs, "c")
    last = add(jobs, "d", "water")
    with pytest.raises(QueueFullError, match="too many"):
        add(jobs, "e", "machining")
    jobs.cancel(last, LI)
    add(jobs, "e", "machining")


def test_old_jobs_are_forgotten(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that ended first go first; what waits stays."""
    monkeypatch.setattr(jobs_module, "KEPT", 2)
    ids = [add(jobs, str(number)) for number in range(5)]
    for job_id in ids[:4]:
        jobs.cancel(job_id, LI)
    assert jobs.prune() == 2
    assert {job.id for job in jobs.list_jobs()} == set(ids[2:])
    assert jobs.prune() == 0
