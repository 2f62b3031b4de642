"""The API of the audit: lists with cursors, one change, downloads, and its verification."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from console.api.alerts import download, plain_cell
from console.figures import write_time
from console.routing import Api, Now
from console.table import MOST_ROWS
from console.views.audit import get_change, list_changes, read_head, read_state, verify_audit, walk_changes
from wanglou.audit import AuditRow
from wanglou.chain import Kind

router = Api("audit")
CSV_COLUMNS = ("seq", "at", "actor", "origin", "action", "kind", "subject", "enterprise", "before", "after", "digest")
CHUNK = 65_536
Text = Annotated[str, Query(max_length=256)]


class Change(BaseModel):
    """One change, with its place in the chain of digests."""

    seq: int = Field(description="Number, from 1 without a gap.")
    at: str = Field(description="When, RFC 3339 in UTC.")
    actor: str
    origin: str
    action: str
    kind: str
    subject: str
    enterprise: str
    site: str
    before: dict[str, Any] | None = Field(description="What it was, as far as it changed; null where it was not there.")
    after: dict[str, Any] | None = Field(description="What it is, as far as it changed; null where it is gone.")
    previous: str = Field(description="SHA-256 of the change before.")
    digest: str


class Changes(BaseModel):
    """One page of changes."""

    items: list[Change]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


class End(BaseModel):
    """Where the audit ends: what an auditor keeps elsewhere."""

    head: str = Field(description="NUMBER:DIGEST of the last change.")
    count: int


class Finding(BaseModel):
    """Something wrong with some rows."""

    kind: Kind
    first: int
    last: int
    was: int | None = Field(None, description="Number that the first one had, of those that were moved.")


class Verdict(BaseModel):
    """What a verification found."""

    rows: int = Field(description="Rows looked at.")
    head: str
    findings: list[Finding] = Field(description="Empty where the audit is as it was written.")


class Kept(BaseModel):
    """What to compare the audit with."""

    head: str = Field("", max_length=200, description="A head that was kept; empty for none.")


@router.get("/audit", permission="audit.read", response_model=Changes)
def list_them(
    visit: Now,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
    actor: Text = "",
    action: Annotated[str, Query(max_length=256, description="A whole action, or its beginning with *.")] = "",
    kind: Text = "",
    subject: Annotated[str, Query(max_length=256, description="An id, or its beginning.")] = "",
    enterprise: Text = "",
    cursor: Annotated[str, Query(max_length=8_192)] = "",
    from_: Annotated[str, Query(alias="from", max_length=64)] = "",
    to: Annotated[str, Query(max_length=64)] = "",
) -> Changes:
    """List the changes of a period, the newest first."""
    del actor, action, kind, subject, enterprise, cursor, from_, to  # the visit reads them, as for pages
    found = list_changes(visit, limit)
    return Changes(items=[describe(one.row) for one in found.rows], next=found.next or None)


@router.get("/audit.csv", permission="audit.read", response_class=StreamingResponse)
def export_csv(visit: Now) -> Response:
    """Download the changes of a period as CSV (RFC 4180), UTF-8."""
    return download(visit, _write_csv(walk_changes(visit)), "text/csv; charset=utf-8", "audit.csv")


@router.get("/audit.ndjson", permission="audit.read", response_class=StreamingResponse)
def export_ndjson(visit: Now) -> Response:
    """Download the changes of a period as NDJSON: one change a line."""
    lines = (json.dumps(describe(row).model_dump(), ensure_ascii=False) + "\n" for row in walk_changes(visit))
    return download(visit, lines, "application/x-ndjson", "audit.ndjson")


@router.get("/audit/head", permission="audit.read", response_model=End)
def get_head(visit: Now) -> End:
    """Tell where the audit ends, for an auditor to keep."""
    head = read_head(visit)
    return End(head=str(head), count=head.count)


@router.post("/audit/verify", permission="audit.read", response_model=Verdict)
def verify(visit: Now, kept: Kept) -> Verdict:
    """Look at every row: what was changed, moved, added or removed since it was written."""
    verdict = verify_audit(visit, kept.head)
    findings = [Finding(kind=one.kind, first=one.first, last=one.last, was=one.was) for one in verdict.findings]
    return Verdict(rows=verdict.rows, head=str(verdict.head), findings=findings)


@router.get("/audit/{seq}", permission="audit.read", response_model=Change)
def get_one(visit: Now, seq: str) -> Change:
    """Give one change by its number."""
    return describe(get_change(visit, seq).row)


def describe(row: AuditRow) -> Change:
    """Give a change as the API does."""
    return Change(
        seq=row.seq,
        at=write_time(row.at_ns),
        actor=row.actor,
        origin=row.origin,
        action=row.action,
        kind=row.kind,
        subject=row.subject,
        enterprise=row.enterprise,
        site=row.site,
        before=None if row.before is None else read_state(row.before),
        after=None if row.after is None else read_state(row.after),
        previous=row.previous,
        digest=row.digest,
    )


def _write_csv(rows: Iterable[AuditRow]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        facts = {name: getattr(row, name, "") for name in CSV_COLUMNS} | {"at": write_time(row.at_ns)}
        writer.writerow([plain_cell(facts[name]) for name in CSV_COLUMNS])
        if out.tell() > CHUNK:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()
