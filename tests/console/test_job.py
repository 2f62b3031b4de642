"""Jobs as pages see them: what was written is what is read."""

from __future__ import annotations

import json
from dataclasses import asdict

from console.job import ENDED, STATES, WAITING, Fault, Outcome, Progress, read_job, write_part

ROW = {
    "id": "job-1", "enterprise": "chem", "site": "", "kind": "replay", "name": "x.pcap", "subject": '{"upload":"u"}',
    "state": "queued", "actor": "user:li", "created_ns": 1, "started_ns": 2, "finished_ns": 3, "attempts": 4,
    "is_cancelled": False, "progress": "", "outcome": "",
}  # fmt: skip


def test_a_new_job_has_no_progress_and_no_outcome() -> None:
    """Both are blank, not missing."""
    job = read_job(ROW)
    assert (job.progress, job.outcome) == (Progress(), Outcome())
    assert (job.id, job.subject, job.attempts) == ("job-1", {"upload": "u"}, 4)


def test_parts_are_read_as_written() -> None:
    """Progress and outcome survive the ledger, with a fault and without."""
    progress = Progress("reading", 5, 10, 3, 1, 2.0, 1.5, 2.5, 2.0)
    outcome = Outcome("c", "read", 3, 300, 2.0, {"flow": 1}, 1, {"packets": 3}, {"2026-11-21": 5}, Fault("a", "b", "c"))
    job = read_job({**ROW, "progress": write_part(progress), "outcome": write_part(outcome)})
    assert (job.progress, job.outcome) == (progress, outcome)
    assert json.loads(write_part(progress)) == asdict(progress)


def test_states_are_told_apart() -> None:
    """A job waits, runs, or has ended."""
    assert {*WAITING, "running", *ENDED} == set(STATES)
