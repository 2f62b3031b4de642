"""The API of alerts: lists with cursors, one alert, triage with ETags, and downloads."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import Header, Query
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response, StreamingResponse

from console.disclosure import note_download
from console.figures import write_time
from console.problem import CHANGES
from console.record import Record
from console.refusal import Refused
from console.routing import Api, Now
from console.table import MOST_ROWS
from console.views.alerts import (
    AlertList,
    AlertQuery,
    AlertRow,
    StateChoice,
    get_alert,
    list_alerts,
    read_query,
    triage_alerts,
)
from console.visit import Visit
from correlation.query import parse_query

router = Api("alerts")
MOST_EXPORTED = 100_000
"""Alerts of one download."""
EXPORT_PAGE = 500
TIMES = ("@timestamp", "event.start", "event.end")
CSV_COLUMNS = (
    "@timestamp",
    "event.id",
    "event.severity",
    "rule.name",
    "organization.id",
    "source.ip",
    "destination.ip",
    "wanglou.alert.count",
    "threat.technique.id",
    "state",
    "assignee",
)
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""How a cell begins that a spreadsheet would compute (OWASP: CSV injection); full-width signs are among them."""
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Alerts wanted.")]
Text = Annotated[str, Query(max_length=8_192)]
IfMatch = Annotated[str | None, Header(description="ETag that the alert was read with.")]


class Alert(BaseModel):
    """One alert: its record's fields by their dotted names, and what people made of it."""

    id: str
    state: Literal["new", "acknowledged", "closed"]
    assignee: str
    comment: str
    version: int = Field(description="Counts the changes of state, assignee and comment.")
    record: dict[str, Any] = Field(description="Fields that have a value; times as RFC 3339 in UTC.")


class Alerts(BaseModel):
    """One page of alerts."""

    items: list[Alert]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


class Triage(BaseModel):
    """What to change; what is left out stays."""

    state: Literal["new", "acknowledged", "closed"] | None = None
    assignee: str | None = Field(None, max_length=128)
    comment: str | None = Field(None, max_length=4_000)


@router.get("/alerts", permission="alerts.read", response_model=Alerts)
def list_them(
    visit: Now,
    limit: Limit = 50,
    q: Text = "",
    severity: Text = "",
    state: StateChoice = "open",
    cursor: Text = "",
    from_: Annotated[str, Query(alias="from", max_length=64)] = "",
    to: Annotated[str, Query(max_length=64)] = "",
) -> Alerts:
    """List the alerts of a period, newest first."""
    del q, severity, state, cursor, from_, to  # the visit reads them, for pages and programs alike
    found = list_alerts(visit, ask(visit, limit))
    return Alerts(items=[describe(row) for row in found.rows], next=found.next or None)


@router.get("/alerts.csv", permission="alerts.read", response_class=StreamingResponse)
def export_csv(visit: Now) -> Response:
    """Download the alerts of a period as CSV (RFC 4180), UTF-8."""
    return download(visit, _write_csv(_walk(visit)), "text/csv; charset=utf-8", "alerts.csv")


@router.get("/alerts.ndjson", permission="alerts.read", response_class=StreamingResponse)
def export_ndjson(visit: Now) -> Response:
    """Download the alerts of a period as NDJSON: one alert a line."""
    lines = (json.dumps(describe(row).model_dump(), ensure_ascii=False) + "\n" for row in _walk(visit))
    return download(visit, lines, "application/x-ndjson", "alerts.ndjson")


@router.get("/alerts/{identity}", permission="alerts.read", response_model=Alert)
def get_one(visit: Now, identity: str) -> Response:
    """Give one alert, with its ETag."""
    return _answer(get_alert(visit, identity))


@router.patch("/alerts/{identity}", permission="alerts.triage", response_model=Alert, responses={**dict(CHANGES)})
def change_one(visit: Now, identity: str, change: Triage, if_match: IfMatch = None) -> Response:
    """Change state, assignee or comment of one alert, if it is still as it was read."""
    if if_match is None:
        raise Refused(428)
    values = change.model_dump(exclude_none=True)
    return _answer(triage_alerts(visit, [identity], expected=if_match, **values)[0])


def ask(visit: Visit, limit: int) -> AlertQuery:
    """Read what the address asks for; raises QueryError where pages would show the mark themselves."""
    query = read_query(visit, limit)
    if query.question.fault:
        parse_query(query.question.text, visit.store.datasets["alert"], now_ns=visit.now_ns)
    return query


def describe(row: AlertRow) -> Alert:
    """Give an alert as the API does."""
    triaged = row.triaged
    return Alert(
        id=row.id,
        state=triaged.state,
        assignee=triaged.assignee,
        comment=triaged.comment,
        version=triaged.version,
        record=tell_times(row.record),
    )


def tell_times(record: Record) -> dict[str, Any]:
    """Give a record with its times as RFC 3339."""
    return {name: write_time(value) if name in TIMES else value for name, value in record.items()}


def download(visit: Visit, lines: Iterable[str], media_type: str, name: str) -> Response:
    """Send lines as a file, as they come, once the audit has it."""
    note_download(visit, "export", name)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines, media_type=media_type, headers=headers)


def plain_cell(value: object) -> str:
    """Write a cell of CSV so that no spreadsheet computes it; numbers stay numbers."""
    if isinstance(value, int | float):
        return str(value)
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _answer(row: AlertRow) -> Response:
    return JSONResponse(describe(row).model_dump(), headers={"etag": row.version})


def _walk(visit: Visit) -> Iterator[AlertRow]:
    """Give the alerts of all pages; the first one is read at once, so that what is wrong is told."""
    query = ask(visit, EXPORT_PAGE)
    first = list_alerts(visit, query)
    return _go_on(visit, query, first)


def _go_on(visit: Visit, query: AlertQuery, found: AlertList) -> Iterator[AlertRow]:
    left = MOST_EXPORTED
    while True:
        yield from found.rows
        left -= len(found.rows)
        if not found.next or left <= 0:
            return
        found = list_alerts(visit, replace(query, cursor=found.next))


def _write_csv(rows: Iterable[AlertRow]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        facts = tell_times(row.record) | {"state": row.triaged.state, "assignee": row.triaged.assignee}
        writer.writerow([plain_cell(facts.get(name)) for name in CSV_COLUMNS])
        if out.tell() > 65_536:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()
