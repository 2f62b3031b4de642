"""The API of captures: what was read, and the captures that come with the product."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from console.api.jobs import QUEUE_FULL, Job
from console.api.jobs import describe as describe_job
from console.captures import Bundle as StoredBundle
from console.figures import write_time
from console.routing import Api, Now
from console.table import MOST_ROWS
from console.views.captures import (
    CaptureRow,
    get_capture,
    list_bundled,
    list_captures,
    remove_capture,
    replay_bundled,
)
from wanglou.errors import UsageError

router = Api("captures")
MOST_DIGITS = 9


class Loss(BaseModel):
    """One counter of something lost, cut or given up."""

    counter: str
    count: int
    words: str = Field(description="In the language asked for.")


class Capture(BaseModel):
    """One capture."""

    id: str = Field(description="Identity: what wanglou.capture of its records says.")
    name: str
    enterprise: str
    state: str = Field(description="complete, ingesting, or expired where no records are left.")
    records: dict[str, int] = Field(description="Rows by dataset, alerts among them.")
    start: str | None = Field(description="Time of its first record, RFC 3339.")
    end: str | None
    shift_ns: int = Field(description="By how much it was moved in time; 0 where it was not.")
    original_start: str | None = Field(description="When its first record really was.")
    original_end: str | None
    size_bytes: int
    counters: dict[str, int]
    losses: list[Loss]
    uploaded_by: str


class Captures(BaseModel):
    """One page of captures."""

    items: list[Capture]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


class Bundle(BaseModel):
    """One capture that comes with the product."""

    file: str
    title: dict[str, str] = Field(description="By language.")
    enterprise: str
    dataset: str
    packets: int
    size_bytes: int
    captures: list[str] = Field(description="Identities under which it was read already.")


class Bundles(BaseModel):
    """All captures that come with the product."""

    items: list[Bundle]
    next: str | None = None


class Replay(BaseModel):
    """How a bundled capture shall be read."""

    is_moved: bool = Field(True, description="Move it in time so that it ends now.")
    enterprise: str | None = Field(None, max_length=64, description="By default its own; empty: the site file decides.")


@router.get("/captures", permission="captures.read", response_model=Captures)
def list_them(
    visit: Now,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
    cursor: Annotated[str, Query(max_length=64)] = "",
) -> Captures:
    """List the captures, those with the newest records first."""
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= MOST_DIGITS):
        raise UsageError("this is no cursor", do="give what the page before gave, or none")
    rows, start = list_captures(visit), int(cursor or 0)
    end = start + limit
    return Captures(items=[describe(row) for row in rows[start:end]], next=str(end) if end < len(rows) else None)


@router.get("/captures/{identity}", permission="captures.read", response_model=Capture)
def get_one(visit: Now, identity: str) -> Capture:
    """Give one capture."""
    return describe(get_capture(visit, identity))


@router.delete(
    "/captures/{identity}", permission="captures.delete", response_model=Job, status_code=202, responses={**QUEUE_FULL}
)
def delete_one(visit: Now, identity: str) -> Job:
    """Ask for a capture to be deleted with its records, alerts, file, and what it told of assets."""
    return describe_job(remove_capture(visit, identity))


@router.get("/bundled-captures", permission="captures.upload", response_model=Bundles)
def list_bundled_captures(visit: Now) -> Bundles:
    """List the captures that come with the product."""
    return Bundles(items=[describe_bundle(one) for one in list_bundled(visit)])


@router.post(
    "/bundled-captures/{file}/replay",
    permission="captures.upload",
    response_model=Job,
    status_code=202,
    responses={**QUEUE_FULL},
)
def replay_one(visit: Now, file: str, how: Replay) -> Job:
    """Ask for a bundled capture to be read."""
    return describe_job(replay_bundled(visit, file, is_moved=how.is_moved, enterprise=how.enterprise))


def describe_bundle(one: StoredBundle) -> Bundle:
    """Give a bundled capture as the API does."""
    return Bundle(
        file=one.file,
        title=dict(one.title),
        enterprise=one.enterprise,
        dataset=one.dataset,
        packets=one.packets,
        size_bytes=one.size_bytes,
        captures=list(one.captures),
    )


def describe(row: CaptureRow) -> Capture:
    """Give a capture as the API does."""
    kept, original = row.capture, row.original
    return Capture(
        id=row.id,
        name=row.name,
        enterprise=row.enterprise,
        state=row.state,
        records=dict(kept.rows),
        start=None if kept.min_ns is None else write_time(kept.min_ns),
        end=None if kept.max_ns is None else write_time(kept.max_ns),
        shift_ns=row.shift_ns,
        original_start=write_time(original[0]) if original else None,
        original_end=write_time(original[1]) if original else None,
        size_bytes=kept.record.size_bytes,
        counters={name: count for name, count in kept.counters.items() if count},
        losses=[Loss(counter=one.counter, count=one.count, words=one.words) for one in row.losses],
        uploaded_by=row.upload.actor if row.upload else "",
    )
