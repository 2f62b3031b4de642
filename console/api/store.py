"""The API of the store."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from console.api.jobs import QUEUE_FULL, Job
from console.api.jobs import describe as describe_job
from console.figures import write_time
from console.routing import Api, Now
from console.views.store import StoreState, read_store
from console.views.store_expiry import expire, find_expiry, read_days

router = Api("store")


class Finding(BaseModel):
    """One thing that was looked at."""

    subject: str
    grade: Literal["fine", "warning", "wrong"]
    what: str
    do: str


class Due(BaseModel):
    """What goes at the next expiry by age."""

    before: str = Field(description="The first day that stays.")
    days: int
    records: int
    size_bytes: int


class Store(BaseModel):
    """What the store holds."""

    kind: Literal["lake", "cluster"]
    captures: int
    records: dict[str, int] = Field(description="Records by dataset.")
    start: str | None = Field(description="Time of the first record, RFC 3339.")
    end: str | None
    records_bytes: int | None = Field(description="What records take; null where that cannot be told.")
    ledger_bytes: int | None
    free_bytes: int | None
    keep_days: int | None = Field(description="Days that records are kept; null as long as there is room.")
    max_bytes: int | None
    uploads_bytes: int
    uploads_quota_bytes: int
    findings: list[Finding]
    due: Due | None


class Day(BaseModel):
    """One day that goes."""

    day: str = Field(description="UTC.")
    records: int
    size_bytes: int


class Expiry(BaseModel):
    """What would go at once."""

    before: str = Field(description="The first day that stays.")
    items: list[Day]
    next: None = None


class Before(BaseModel):
    """What to remove."""

    before: str = Field(max_length=16, description="The first day that stays, as 2026-11-21, UTC.")


@router.get("/store/expiry", permission="store.manage", response_model=Expiry)
def preview_expiry(visit: Now, days: Annotated[str, Query(max_length=8, description="Days that stay.")] = "") -> Expiry:
    """Tell which days would go, and remove nothing."""
    del days  # the visit reads it
    found = find_expiry(visit, read_days(visit))
    items = [Day(day=one.day, records=sum(one.rows.values()), size_bytes=one.size_bytes) for one in found.days]
    return Expiry(before=found.before.isoformat(), items=items)


@router.post("/store/expiry", permission="store.manage", response_model=Job, status_code=202, responses={**QUEUE_FULL})
def expire_now(visit: Now, body: Before) -> Job:
    """Ask for whole days before one to be removed: a job."""
    return describe_job(expire(visit, body.before))


@router.get("/store", permission="store.read", response_model=Store)
def get_store(visit: Now) -> Store:
    """Tell what the store holds and what a look at it found."""
    return describe(read_store(visit))


def describe(state: StoreState) -> Store:
    """Give the store as the API does."""
    usage, keeping, due = state.usage, state.keeping, state.due
    return Store(
        kind=state.kind,
        captures=state.captures,
        records=dict(state.rows),
        start=None if state.start_ns is None else write_time(state.start_ns),
        end=None if state.end_ns is None else write_time(state.end_ns),
        records_bytes=usage.records_bytes if usage else None,
        ledger_bytes=usage.ledger_bytes if usage else None,
        free_bytes=usage.free_bytes if usage else None,
        keep_days=keeping.days,
        max_bytes=keeping.max_bytes,
        uploads_bytes=keeping.used_bytes,
        uploads_quota_bytes=keeping.quota_bytes,
        findings=[
            Finding(subject=one.finding.subject, grade=one.finding.grade, what=one.finding.what, do=one.finding.do)
            for one in state.looks
        ],
        due=Due(before=due.before, days=due.days, records=due.records, size_bytes=due.size_bytes) if due else None,
    )
