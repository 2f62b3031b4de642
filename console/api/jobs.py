"""The API of jobs: what the worker was asked for, how far it is, what became of it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from console.figures import write_time
from console.job import Fault as JobFault
from console.job import Job as StoredJob
from console.job import State
from console.problem import Problem
from console.routing import Api, Now
from console.table import MOST_ROWS
from console.views.jobs import cancel_job, get_job, list_jobs, retry_job
from wanglou.errors import UsageError

router = Api("jobs")
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Jobs wanted.")]
QUEUE_FULL = {429: {"description": "Too many requests, or as many jobs wait as may.", "model": Problem}}


class Progress(BaseModel):
    """How far a job has come."""

    phase: Literal["", "checking", "reading", "stages", "deleting"]
    position_bytes: int = Field(description="Bytes of the file, as stored, read so far.")
    size_bytes: int
    packets: int
    dropped: int = Field(description="Packets that could not be decoded.")
    packets_per_s: float
    bytes_per_s: float
    left_s: float | None = Field(description="Seconds left by the rate so far; null where that cannot be told.")


class Fault(BaseModel):
    """Why a job failed, or a capture could not be read to its end."""

    what: str
    do: str


class Outcome(BaseModel):
    """What became of a job."""

    capture: str = Field(description="Identity of the capture that was read or deleted.")
    state: str = Field(description="read, known or alerts_replaced of a replay; deleted; expired.")
    packets: int
    seconds: float
    records: dict[str, int] = Field(description="Rows by dataset, alerts among them.")
    incidents: int
    expired: dict[str, int] = Field(description="Records that went by age or size, by day.")
    counters: dict[str, int] = Field(description="Every counter of losses and bounds that is not zero.")
    fault: Fault | None


class Job(BaseModel):
    """One job."""

    id: str
    kind: Literal["replay", "delete", "expire"]
    name: str
    enterprise: str
    state: Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
    is_cancelled: bool = Field(description="True once somebody asked to cancel it.")
    actor: str
    created: str = Field(description="RFC 3339, UTC.")
    started: str | None
    finished: str | None
    attempts: int
    progress: Progress
    outcome: Outcome


class Jobs(BaseModel):
    """One page of jobs."""

    items: list[Job]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


@router.get("/jobs", permission="captures.read", response_model=Jobs)
def list_them(
    visit: Now,
    limit: Limit = 50,
    state: Annotated[list[State], Query(description="States wanted; none for all.")] = [],  # noqa: B006 - FastAPI copies it
    cursor: Annotated[str, Query(max_length=64)] = "",
) -> Jobs:
    """List the jobs, the newest first."""
    rows = list_jobs(visit, state, limit + 1, read_cursor(cursor))
    last = rows[limit - 1].job if len(rows) > limit else None
    onward = f"{last.created_ns}.{last.id}" if last else None
    return Jobs(items=[describe(row.job) for row in rows[:limit]], next=onward)


@router.get("/jobs/{identity}", permission="captures.read", response_model=Job)
def get_one(visit: Now, identity: str) -> Job:
    """Give one job."""
    return describe(get_job(visit, identity).job)


@router.post("/jobs/{identity}/cancel", permission="captures.read", response_model=Job)
def cancel(visit: Now, identity: str) -> Job:
    """Cancel a job: at once while it waits, soon while it runs; one that ended stays as it is."""
    return describe(cancel_job(visit, identity).job)


@router.post("/jobs/{identity}/retry", permission="captures.read", response_model=Job, responses={**QUEUE_FULL})
def retry(visit: Now, identity: str) -> Job:
    """Ask again for what failed or was cancelled: a job of its own; any other is given as it is."""
    return describe(retry_job(visit, identity).job)


def read_cursor(text: str) -> tuple[int, str] | None:
    """Read a cursor; raises UsageError for what this API never gave."""
    if not text:
        return None
    at, _, identity = text.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 20 and identity):
        raise UsageError("this is no cursor", do="give what the page before gave, or none")
    return int(at), identity


def describe(job: StoredJob) -> Job:
    """Give a job as the API does."""
    progress, made = job.progress, job.outcome
    return Job(
        id=job.id, kind=job.kind, name=job.name, enterprise=job.enterprise, state=job.state,
        is_cancelled=job.is_cancelled, actor=job.actor, created=write_time(job.created_ns),
        started=_time(job.started_ns), finished=_time(job.finished_ns), attempts=job.attempts,
        progress=Progress(
            phase=progress.phase, position_bytes=progress.position_bytes, size_bytes=progress.size_bytes,
            packets=progress.packets, dropped=progress.dropped, packets_per_s=progress.packets_per_s,
            bytes_per_s=progress.bytes_per_s, left_s=progress.left_s,
        ),
        outcome=Outcome(
            capture=made.capture, state=made.state, packets=made.packets, seconds=made.seconds,
            records=dict(made.records), incidents=made.incidents, expired=dict(made.expired),
            counters=dict(made.counters), fault=_fault(made.fault),
        ),
    )  # fmt: skip


def _time(ns: int) -> str | None:
    return write_time(ns) if ns else None


def _fault(fault: JobFault | None) -> Fault | None:
    return None if fault is None else Fault(what=fault.what, do=fault.do)
