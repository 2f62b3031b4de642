"""Jobs as pages show them."""

from __future__ import annotations

from dataclasses import replace

from console.job import Fault, Job, Outcome, Progress
from console.views.jobs import show_job
from tests.support.visits import make_visit

JOB = Job("job-1", "chem", "replay", "x.pcap", {}, "running", "user:li", 1, 2, 0, 1, False,
          Progress("reading", 50, 200, 10, 0, 1.0, 10.0, 50.0, 3.0), Outcome())  # fmt: skip


def test_a_running_job_tells_share_rate_and_time_left() -> None:
    """As far as reading goes; later stages have no share."""
    row = show_job(make_visit(), JOB)
    assert (row.share, row.left, row.kind) == (0.25, "3 s", "active")
    assert "10 packets/s" in row.rate
    later = show_job(make_visit(), replace(JOB, progress=Progress("stages", 200, 200)))
    assert (later.share, later.rate, bool(later.phase)) == (None, "", True)


def test_a_fault_is_told_without_its_folder() -> None:
    """In English as the original where it is not known in Chinese."""
    failed = replace(JOB, state="failed", outcome=Outcome(fault=Fault("something new", "/a/b/x.pcap", "look")))
    row = show_job(make_visit(language="zh"), failed)
    assert row.fault is not None
    assert row.fault.original == "X.pcap: something new"
    assert row.may_retry
