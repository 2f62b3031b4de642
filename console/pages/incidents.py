"""Pages of incidents: the list with its side panel, one incident with its tabs, and the form that changes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from console.address import local_address
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.table import Column, Table, choose_columns, choose_limit, choose_sort
from console.toast import Toast, add_toast
from console.views.event_classes import STANDARD, is_confirmed
from console.views.incident import (
    FIELDS,
    change_case,
    check_form,
    count_stages,
    draw_stages,
    get_case,
    list_form_choices,
    list_steps,
    make_row,
    read_form,
    read_values,
    tell_values,
)
from console.views.incident_decisions import list_made
from console.views.incident_graph import MOST_NODES, draw_graph
from console.views.incidents import (
    STATUS_CHOICES,
    count_choices,
    count_found,
    count_open,
    count_statuses,
    list_levels,
    list_options,
    list_rows,
    read_query,
)
from console.views.saved_views import show_views
from console.visit import Visit
from correlation.case import Case
from wanglou.errors import ConflictError, UsageError

router = Pages("incidents")
COLUMNS = (
    Column("severity", "incidents.column_severity", sort=True, is_fixed=True),
    Column("title", "incidents.column_title", is_wide=True, is_fixed=True),
    Column("status", "incidents.column_status"),
    Column("level", "incidents.column_level"),
    Column("stage", "incidents.column_stage"),
    Column("enterprise", "incidents.column_enterprise"),
    Column("alerts", "incidents.column_alerts", sort=True, is_number=True),
    Column("began", "incidents.column_began", sort=True, is_fixed=True),
    Column("last", "incidents.column_last", sort=True, is_usual=False),
    Column("assignee", "incidents.column_assignee", is_usual=False),
    Column("verdict", "incidents.column_verdict", is_usual=False),
    Column("class", "incidents.column_class", is_usual=False),
)
MOST_IN_PANEL = 6
"""Lines of the timeline in the side panel."""


@router.get("/incidents", permission="incidents.read")
def show_list(visit: Now) -> Response:
    """Show incidents, those that are open unless asked otherwise, the worst first."""
    sort = choose_sort(visit, COLUMNS, "-severity")
    query = read_query(visit, choose_limit(visit), sort)
    found = list_rows(visit, query)
    table = Table(COLUMNS, found.rows, found.next, sort, choose_columns(visit, COLUMNS))
    values: dict[str, Any] = {"query": query, "table": table, "times": True, "classes": is_confirmed()}
    if visit.target == "more-rows":
        return render(visit, "pages/incidents/rows.html", values)
    counts = count_choices(visit, query)
    values |= {
        "open": count_open(visit),
        "found": count_found(visit, query) if query.is_narrow or query.status != "open" else None,
        "saved": show_views(visit),
        "severities": list_levels(visit, counts),
        "options": list_options(visit, counts),
        "elsewhere": 0 if found.rows else count_statuses(visit, query),
        "status_words": [(name, visit.say(f"incidents.choice_{name}")) for name in STATUS_CHOICES],
    }
    if selected := visit.asked("selected"):
        values |= _tell(visit, get_case(visit, selected))
    return render(visit, "pages/incidents/list.html", values)


@router.get("/incidents/{identity}", permission="incidents.read")
def show_one(visit: Now, identity: str) -> Response:
    """Show one incident, as a page or in the side panel of the list."""
    case = get_case(visit, identity)
    if visit.target == "side":
        return render(visit, "pages/incidents/panel.html", _tell(visit, case))
    return render(visit, "pages/incidents/one.html", tell_page(visit, case))


@router.post("/incidents/{identity}/decide", permission="incidents.decide")
def decide(visit: Now, identity: str) -> Response:
    """Change status, verdict, assignee, level, class or comment; what was typed is kept where it cannot be."""
    case = get_case(visit, identity)
    typed, changed = read_form(visit, case)
    asked = check_form(visit, case, typed, changed)
    if asked.faults:
        values = tell_page(visit, case) | {"typed": typed, "faults": asked.faults}
        return render(visit, "pages/incidents/one.html", values, status=422)
    expected = _read_version(visit)
    before = read_values(case)
    try:
        after = change_case(visit, case, asked.values, expected)
    except ConflictError:
        return _show_conflict(visit, identity, typed, changed)
    response = redirect(local_address(str(visit.form.get("back", "")), f"/incidents/{case.id}"))
    if after.version == case.version:
        return add_toast(response, Toast(visit.say("incidents.unchanged")))
    undo = [(name, before[name]) for name in FIELDS if name in changed] + [("version", str(after.version))]
    words = visit.say("incidents.closed" if asked.values.get("status") == "closed" else "incidents.saved")
    is_short = sum(len(value) for _, value in undo) < 1_000
    toast = Toast(words, f"/incidents/{case.id}/decide", urlencode(undo)) if is_short else Toast(words)
    return add_toast(response, toast)


def _read_version(visit: Visit) -> int:
    text = str(visit.form.get("version", ""))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError("the form lacks the version of the incident", do="open the incident again")
    return int(text)


def _show_conflict(visit: Visit, identity: str, typed: Mapping[str, str], changed: set[str]) -> Response:
    """Show what was typed beside what is there now; fields that the person left alone follow what is there."""
    case = get_case(visit, identity)
    now = read_values(case)
    merged = {name: typed[name] if name in changed else now[name] for name in FIELDS}
    values = {
        "case": case,
        "row": make_row(case),
        "typed": merged,
        "faults": {},
        "changed": [name for name in FIELDS if name in changed],
        "now_words": tell_values(visit, now),
        "typed_words": tell_values(visit, typed),
        "last": next(iter(list_steps(visit, case)), None),
        "choices": list_form_choices(visit, case),
        "now": now,
        "standard": STANDARD,
        "is_confirmed": is_confirmed(),
    }
    return render(visit, "pages/incidents/conflict.html", values, status=412)


def tell_page(visit: Visit, case: Case) -> dict[str, Any]:
    """Give what the page of an incident shows."""
    values = read_values(case)
    return _tell(visit, case) | {
        "graph": draw_graph(case.incident.graph),
        "made": list_made(visit, case),
        "most_nodes": MOST_NODES,
        "steps": list_steps(visit, case),
        "choices": list_form_choices(visit, case),
        "typed": values,
        "now": values,
        "faults": {},
    }


def _tell(visit: Visit, case: Case) -> dict[str, Any]:
    return {
        "case": case,
        "row": make_row(case),
        "stages": draw_stages(visit, case),
        "reached": count_stages(case),
        "most_in_panel": MOST_IN_PANEL,
        "standard": STANDARD,
        "is_confirmed": is_confirmed(),
    }
