"""Pages of the audit: the list with its side panel, one change, and whether the audit is as it was written."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.rendering import render
from console.routing import Now, Pages
from console.table import Column, Table, choose_columns, choose_limit
from console.views.audit import (
    FILTERS,
    count_changes,
    get_change,
    list_changes,
    list_names,
    read_asked,
    read_head,
    verify_audit,
)
from console.visit import Visit
from wanglou.errors import UsageError

router = Pages("audit")
COLUMNS = (
    Column("time", "audit.column_time", is_fixed=True),
    Column("actor", "audit.column_actor", is_fixed=True),
    Column("action", "audit.column_action", is_wide=True, is_fixed=True),
    Column("subject", "audit.column_subject", is_fixed=True),
    Column("change", "audit.column_change"),
    Column("origin", "audit.column_origin"),
    Column("enterprise", "audit.column_enterprise", is_usual=False),
    Column("number", "audit.column_number", is_number=True),
)


@router.get("/audit", permission="audit.read")
def show_list(visit: Now) -> Response:
    """Show the changes of the period."""
    found = list_changes(visit, choose_limit(visit))
    table = Table(COLUMNS, found.rows, found.next, chosen=choose_columns(visit, COLUMNS))
    if visit.target == "more-rows":
        return render(visit, "pages/audit/rows.html", {"table": table})
    count, is_more = count_changes(visit)
    values: dict[str, Any] = {"times": True, "table": table, "count": count, "is_more": is_more}
    values |= {"asked": read_asked(visit), "names": list_names(visit), "filters": FILTERS}
    if selected := visit.asked("selected"):
        values["change"] = get_change(visit, selected)
    return render(visit, "pages/audit/list.html", values)


@router.get("/audit/verify", permission="audit.read")
def show_verify(visit: Now) -> Response:
    """Show where the audit ends, and the form that verifies it."""
    return _show_verify(visit, {})


@router.post("/audit/verify", permission="audit.read")
def verify(visit: Now) -> Response:
    """Look at every row, and compare with the head that the auditor kept, where one is given."""
    kept = str(visit.form.get("head", ""))[:200]
    try:
        verdict = verify_audit(visit, kept)
    except UsageError:
        return _show_verify(visit, {"head": visit.say("audit.no_head")}, kept=kept)
    return _show_verify(visit, {}, kept=kept, verdict=verdict)


@router.get("/audit/{seq}", permission="audit.read")
def show_one(visit: Now, seq: str) -> Response:
    """Show one change, by itself or in the side panel of the list."""
    template = "pages/audit/panel.html" if visit.target == "side" else "pages/audit/one.html"
    return render(visit, template, {"change": get_change(visit, seq)})


def _show_verify(visit: Visit, faults: dict[str, str], **values: Any) -> Response:
    values = {"kept": "", "verdict": None, **values, "faults": faults, "head": read_head(visit)}
    values["is_anchored"] = visit.ledger.anchor is not None
    return render(visit, "pages/audit/verify.html", values, status=422 if faults else 200)
