"""Pages of captures: what was read, the queue, uploads, and the captures that come with the product."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from console.address import local_address
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.table import Column, Table, choose_columns, choose_limit, choose_sort
from console.toast import Toast, add_toast
from console.views.captures import (
    CaptureRow,
    find_expiry,
    get_capture,
    list_bundled,
    list_captures,
    list_enterprises,
    remove_capture,
    replay_bundled,
    tell_keeping,
)
from console.views.jobs import JobRow, cancel_job, get_job, list_jobs, retry_job
from console.visit import Visit

router = Pages("captures")
VIEWS = ("captures", "jobs", "bundled")
COLUMNS = (
    Column("name", "captures.column_name", sort=True, is_wide=True, is_fixed=True),
    Column("state", "captures.column_state"),
    Column("enterprise", "captures.column_enterprise"),
    Column("time", "captures.column_time", sort=True, is_fixed=True),
    Column("end", "captures.column_end", is_usual=False),
    Column("packets", "captures.column_packets", is_number=True, sort=True),
    Column("records", "captures.column_records", is_number=True, sort=True),
    Column("alerts", "captures.column_alerts", is_number=True, sort=True),
    Column("lost", "captures.column_lost", is_number=True, sort=True),
    Column("size", "captures.column_size", is_number=True, sort=True, is_usual=False),
)
JOB_COLUMNS = (
    Column("name", "captures.column_job", is_wide=True, is_fixed=True),
    Column("kind", "captures.column_kind"),
    Column("state", "captures.column_state", is_fixed=True),
    Column("enterprise", "captures.column_enterprise"),
    Column("asked", "captures.column_asked"),
    Column("took", "captures.column_took", is_number=True),
    Column("actor", "captures.column_actor"),
)
SORTS: Mapping[str, Callable[[CaptureRow], Any]] = {
    "name": lambda row: row.name.casefold(),
    "time": lambda row: row.capture.min_ns or 0,
    "packets": lambda row: row.packets,
    "records": lambda row: row.records,
    "alerts": lambda row: row.alerts,
    "lost": lambda row: row.lost,
    "size": lambda row: row.capture.record.size_bytes,
}


@router.get("/captures", permission="captures.read")
def show_list(visit: Now) -> Response:
    """Show captures, the queue, or what comes with the product."""
    view = visit.asked("view") if visit.asked("view") in VIEWS else "captures"
    if view == "bundled":
        return _show(visit, view, {"bundles": list_bundled(visit)})
    if view == "jobs":
        table = Table(JOB_COLUMNS, list_jobs(visit, limit=200), chosen=choose_columns(visit, JOB_COLUMNS))
        return _show(visit, view, {"table": table, **_select(visit, "job")})
    table, found = _make_table(visit)
    values = {"table": table, "captures": found, "records": sum(row.records for row in found)}
    if visit.target == "more-rows":
        return render(visit, "pages/captures/rows.html", values)
    values |= {"losing": sum(1 for row in found if row.losses), **_select(visit, "capture")}
    return _show(visit, view, values)


def _make_table(visit: Visit) -> tuple[Table, list[CaptureRow]]:
    """Give one page of the captures in the order that was asked for, and all of them."""
    sort = choose_sort(visit, COLUMNS, "-time")
    found = list_captures(visit)
    text = visit.asked("q").strip().casefold()
    rows = [row for row in found if text in row.name.casefold() or text in row.id]
    rows.sort(key=SORTS[sort.removeprefix("-")], reverse=sort.startswith("-"))
    cursor = visit.asked("cursor")
    start = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 8 else 0
    end = start + choose_limit(visit)
    onward = str(end) if end < len(rows) else ""
    return Table(COLUMNS, rows[start:end], onward, sort, choose_columns(visit, COLUMNS)), found


def _select(visit: Visit, kind: str) -> dict[str, Any]:
    selected = visit.asked("selected")
    if not selected:
        return {}
    return {"job": get_job(visit, selected)} if kind == "job" else _tell(visit, get_capture(visit, selected))


def _show(visit: Visit, view: str, values: Mapping[str, Any]) -> Response:
    """Show one view with what stands on all of them: what the worker does now, uploads, retention."""
    active = list_jobs(visit, ("queued", "running", "interrupted"), limit=20)
    common = {"view": view, "active": active, "keeping": tell_keeping(visit), "enterprises": list_enterprises(visit)}
    words = [(name, visit.say(f"captures.view_{name}")) for name in VIEWS]
    if not visit.may("captures.upload"):
        words.pop()
    return render(visit, "pages/captures/list.html", {**common, "views": words, **values})


def _tell(visit: Visit, row: CaptureRow) -> dict[str, Any]:
    keeping = tell_keeping(visit)
    return {"capture": row, "keeping": keeping, "expiry": find_expiry(row.capture, keeping.days)}


@router.get("/captures/jobs/{identity}", permission="captures.read")
def show_job(visit: Now, identity: str) -> Response:
    """Show one job with what became of it."""
    return _show_part(visit, "job", {"job": get_job(visit, identity)})


@router.get("/captures/{identity}", permission="captures.read")
def show_one(visit: Now, identity: str) -> Response:
    """Show one capture."""
    return _show_part(visit, "capture", _tell(visit, get_capture(visit, identity)))


def _show_part(visit: Visit, name: str, values: Mapping[str, Any]) -> Response:
    if visit.target == "side":
        return render(visit, f"pages/captures/{name}_panel.html", values)
    return render(visit, f"pages/captures/{name}.html", values)


@router.post("/captures/bundled", permission="captures.upload")
def replay_one(visit: Now) -> Response:
    """Ask for a bundled capture to be read."""
    file = str(visit.form.get("file", ""))
    enterprise = visit.form.get("enterprise")
    job = replay_bundled(
        visit, file, is_moved=visit.form.get("moved") == "1", enterprise=None if enterprise is None else str(enterprise)
    )
    return _go_back(visit, visit.say("captures.queued", name=job.name))


@router.post("/captures/jobs/{identity}/cancel", permission="captures.read")
def cancel(visit: Now, identity: str) -> Response:
    """Cancel a job."""
    return _tell_job(visit, "captures.cancelled", cancel_job(visit, identity))


@router.post("/captures/jobs/{identity}/retry", permission="captures.read")
def retry(visit: Now, identity: str) -> Response:
    """Ask for a job again."""
    return _tell_job(visit, "captures.queued", retry_job(visit, identity))


@router.post("/captures/{identity}/delete", permission="captures.delete")
def delete(visit: Now, identity: str) -> Response:
    """Ask for a capture to be deleted with all that came from it."""
    job = remove_capture(visit, identity)
    return add_toast(redirect("/captures"), Toast(visit.say("captures.deleting", name=job.name)))


def _tell_job(visit: Visit, key: str, row: JobRow) -> Response:
    return _go_back(visit, visit.say(key, name=row.name))


def _go_back(visit: Visit, text: str) -> Response:
    address = local_address(str(visit.form.get("back", "")), "/captures")
    return add_toast(redirect(address), Toast(text))
