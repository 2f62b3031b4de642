"""Pages of alerts: the list with its side panel, one alert, and what people decide about some of them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from console.address import local_address
from console.capture_time import find_capture_times
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.table import Column, Table, choose_columns, choose_limit, choose_sort
from console.toast import Toast, add_toast
from console.views.alerts import (
    LISTED,
    STATE_CHOICES,
    AlertRow,
    count_alerts,
    get_alert,
    list_alerts,
    list_levels,
    read_query,
    tell_alert,
    triage_alerts,
)
from console.views.saved_views import show_views
from console.visit import Visit
from correlation.alert_list import Order
from wanglou.errors import UsageError

router = Pages("alerts")
COLUMNS = (
    Column("severity", "alerts.column_severity", sort=True, is_fixed=True),
    Column("time", "alerts.column_time", sort=True, is_fixed=True),
    Column("title", "alerts.column_title", is_wide=True, is_fixed=True),
    Column("source", "alerts.column_source"),
    Column("destination", "alerts.column_destination"),
    Column("enterprise", "alerts.column_enterprise", is_rare=True),
    Column("count", "alerts.column_count", sort=True, is_number=True, is_rare=True),
    Column("state", "alerts.column_state"),
    Column("assignee", "alerts.column_assignee", is_usual=False),
    Column("technique", "alerts.column_technique", is_usual=False),
    Column("class", "alerts.column_class", is_usual=False),
    Column("rule", "alerts.column_rule", sort=True, is_usual=False),
)
ORDERS: Mapping[str, Order] = {"-time": "newest", "time": "oldest", "-severity": "severity", "-count": "count"}
ORDERS = {**ORDERS, "rule": "rule"}
"""Orders of the table; severities and counts come largest first only."""
MOST_CHOSEN = 500
"""Alerts that are changed at once."""


@router.get("/alerts", permission="alerts.read")
def show_list(visit: Now) -> Response:
    """Show the alerts of the period."""
    asked = choose_sort(visit, COLUMNS, "-time")
    sort = asked if asked in ORDERS else f"-{asked}" if f"-{asked}" in ORDERS else asked.removeprefix("-")
    query = read_query(visit, choose_limit(visit), ORDERS[sort])
    if query.question.fault:
        table = Table(COLUMNS, (), sort=sort, chosen=choose_columns(visit, COLUMNS))
        values = {"times": True, "query": query, "table": table, "state_words": _words(visit)}
        return render(visit, "pages/alerts/list.html", values, status=400)
    found = list_alerts(visit, query, LISTED)
    table = Table(COLUMNS, found.rows, found.next, sort, choose_columns(visit, COLUMNS))
    values = {"query": query, "table": table, "state_words": _words(visit), "times": True}
    if visit.target == "more-rows":
        return render(visit, "pages/alerts/rows.html", values)
    counted = count_alerts(visit, query)
    values |= {"counted": counted, "levels": list_levels(visit, counted), "bars": counted.bars}
    values["saved"] = show_views(visit)
    values["capture_times"] = find_capture_times(visit, query.question.text)
    selected = visit.asked("selected")
    if selected:
        values |= _tell(visit, selected)
    return render(visit, "pages/alerts/list.html", values)


@router.get("/alerts/{identity}", permission="alerts.read")
def show_one(visit: Now, identity: str) -> Response:
    """Show one alert, by itself or in the side panel of the list."""
    values = _tell(visit, identity)
    if visit.target == "side":
        return render(visit, "pages/alerts/panel.html", values)
    return render(visit, "pages/alerts/one.html", values)


@router.post("/alerts/triage", permission="alerts.triage")
def triage(visit: Now) -> Response:
    """Change the state of the chosen alerts, who looks after them, or the comment; goes back to where one was."""
    ids = [str(one) for one in visit.form.getlist("id")]
    if not ids or len(ids) > MOST_CHOSEN:
        raise UsageError(f"{len(ids)} alerts are chosen", do=f"choose 1 to {MOST_CHOSEN}")
    given = {name: str(visit.form[name]) for name in ("state", "assignee", "comment") if visit.form.get(name)}
    before = [get_alert(visit, one) for one in ids]
    triage_alerts(visit, ids, **given)
    response = redirect(local_address(str(visit.form.get("back", "")), "/alerts"))
    return add_toast(response, _tell_triage(visit, before, given))


def _tell_triage(visit: Visit, before: list[AlertRow], given: dict[str, str]) -> Toast:
    word = visit.say(f"alerts.state_{given['state']}") if "state" in given else visit.say("alerts.changed")
    text = visit.say("alerts.triaged", count=len(before), state=word)
    states = {row.triaged.state for row in before}
    if "state" not in given or len(states) != 1:
        return Toast(text)
    fields = [("id", row.id) for row in before] + [("state", states.pop())]
    return Toast(text, "/alerts/triage", urlencode(fields)) if len(before) <= 20 else Toast(text)


def _words(visit: Visit) -> list[tuple[str, str]]:
    return [(name, visit.say(f"alerts.choice_{name}")) for name in STATE_CHOICES]


def _tell(visit: Visit, identity: str) -> dict[str, object]:
    story = tell_alert(visit, identity)
    return {"alert": story.row, "story": story}
