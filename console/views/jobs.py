"""Jobs as pages and the API show them: what the worker does, how far it is, what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.figures import write_count, write_size
from console.formats import write_span
from console.job import ENDED, Job, Kind, State
from console.losses import Loss, tell_losses
from console.permission import Permission
from console.refusal import Refused, not_found
from console.translation import Told, translate
from console.visit import Visit
from wanglou.errors import WanglouError

NEEDED: Mapping[Kind, Permission] = {"replay": "captures.upload", "delete": "captures.delete", "expire": "store.manage"}
"""Who may cancel a job or ask for it again: those who may ask for it."""
BADGES: dict[State, str] = {
    "queued": "waiting",
    "running": "active",
    "done": "done",
    "failed": "failed",
    "cancelled": "quiet",
    "interrupted": "waiting",
}
"""Kind of the badge of each state."""
SECOND_NS = 10**9


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as a row of the queue shows it."""

    job: Job
    state: str
    """In the reader's language."""
    kind: str
    """Of its badge."""
    share: float | None
    """How much of it is done, 0 to 1; None where that is not known."""
    rate: str
    left: str
    phase: str
    """What is being done; empty where nothing is."""
    losses: Sequence[Loss]
    may_change: bool
    """True where the reader may cancel it or ask for it again."""
    fault: Told | None
    """Why it failed, or could not be read to its end."""

    @property
    def id(self) -> str:
        """Its id."""
        return self.job.id

    @property
    def name(self) -> str:
        """What people call its subject."""
        return self.job.name

    @property
    def is_over(self) -> bool:
        """True once it has ended."""
        return self.job.state in ENDED

    @property
    def may_retry(self) -> bool:
        """True where it can be asked for again."""
        return self.job.state in ("failed", "cancelled")


def list_jobs(
    visit: Visit, states: Sequence[State] = (), limit: int = 50, before: tuple[int, str] | None = None
) -> list[JobRow]:
    """List the jobs that the guest may see, the newest first."""
    found = visit.services.backstage.jobs.list_jobs(visit.enterprises, states=states, limit=limit, before=before)
    return [show_job(visit, one) for one in found]


def get_job(visit: Visit, identity: str) -> JobRow:
    """Give one job; raises Refused (404) for what is not there or may not be seen."""
    found = visit.services.backstage.jobs.find(identity, visit.enterprises)
    if found is None:
        raise not_found()
    return show_job(visit, found)


def cancel_job(visit: Visit, identity: str) -> JobRow:
    """Cancel a job, unless it has ended."""
    _check(visit, identity)
    found = visit.services.backstage.jobs.cancel(identity, visit.actor, visit.enterprises)
    if found is None:
        raise not_found()
    return show_job(visit, found)


def retry_job(visit: Visit, identity: str) -> JobRow:
    """Ask again for what failed or was cancelled."""
    _check(visit, identity)
    found = visit.services.backstage.jobs.retry(identity, visit.actor, visit.enterprises)
    if found is None:
        raise not_found()
    return show_job(visit, found)


def _check(visit: Visit, identity: str) -> None:
    found = visit.services.backstage.jobs.find(identity, visit.enterprises)
    if found is not None and not visit.may(NEEDED[found.kind]):
        raise Refused(403, permission=NEEDED[found.kind])


def show_job(visit: Visit, job: Job) -> JobRow:
    """Put what is shown of a job into the reader's words."""
    say, progress = visit.say, job.progress
    is_running = job.state == "running"
    is_reading = is_running and progress.phase in ("checking", "reading")
    share = progress.position_bytes / progress.size_bytes if is_reading and progress.size_bytes else None
    if job.state == "done":
        share = 1.0
    rate = ""
    if is_reading and progress.packets_per_s:
        packets, size = write_count(progress.packets_per_s), write_size(progress.bytes_per_s)
        rate = say("captures.rate", packets=packets, size=size)
    left = write_span(int(progress.left_s) * SECOND_NS, visit.language) if is_reading and progress.left_s else ""
    phase = say(f"captures.phase_{progress.phase}") if is_running and progress.phase else ""
    state = say("captures.job_stopping" if is_running and job.is_cancelled else f"captures.job_{job.state}")
    return JobRow(
        job,
        state,
        BADGES[job.state],
        None if share is None else min(share, 1.0),
        rate,
        left,
        phase,
        tell_losses(job.outcome.counters, visit.language),
        visit.may(NEEDED[job.kind]),
        _tell_fault(visit, job),
    )


def _tell_fault(visit: Visit, job: Job) -> Told | None:
    fault = job.outcome.fault
    if fault is None:
        return None
    where = fault.where.rpartition("/")[2]  # pages tell no folders of the machine
    return translate(WanglouError(fault.what, where=where, do=fault.do), visit.language)
