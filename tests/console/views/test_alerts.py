"""Alerts as pages and the API show them."""

from __future__ import annotations

from console.figures import SEVERITIES
from console.views.alerts import count_levels, draw_bars, get_alert, level_query, list_alerts, list_evidence, read_query
from console.visit import Visit
from tests.support.consoles import EVER, Console
from tests.support.visits import make_guest, make_visit


def visit_of(console: Console, query: str = EVER) -> Visit:
    """Make the visit of an analyst of the whole park."""
    visit = make_visit(query=query)
    visit.services, visit.guest = console.services, make_guest("analyst")
    return visit


def test_levels_and_bars_count_the_same_alerts(console: Console) -> None:
    """As many as the list has; each level by its own query."""
    visit = visit_of(console)
    query = read_query(visit, 500)
    rows = list_alerts(visit, query).rows
    counted = count_levels(visit, query)
    assert counted.total == len(rows) == draw_bars(visit, query, counted).total
    for level in SEVERITIES:
        one = visit_of(console, f"{EVER}&severity={level}")
        assert len(list_alerts(one, read_query(one, 500)).rows) == counted.levels[level]


def test_level_queries_leave_nothing_out() -> None:
    """Each severity of 0 to 100 is in one level."""
    assert level_query("critical") == "event.severity:[90 TO *]"
    assert level_query("high") == "event.severity:[70 TO 90}"
    assert level_query("informational") == "event.severity:[0 TO 20}"


def test_an_alert_has_its_evidence(console: Console) -> None:
    """The records it rests on, in one question."""
    visit = visit_of(console)
    row = list_alerts(visit, read_query(visit, 1)).rows[0]
    alert = get_alert(visit, row.id)
    assert alert.title("zh") != alert.title("en")
    found = [one["event.id"] for one in list_evidence(visit, alert)]
    assert set(found) == set(alert.record["wanglou.alert.events"])


def test_oldest_first(console: Console) -> None:
    """The other way round holds the same alerts."""
    visit = visit_of(console)
    newest = [row.id for row in list_alerts(visit, read_query(visit, 500)).rows]
    oldest = [row.id for row in list_alerts(visit, read_query(visit, 500, newest_first=False)).rows]
    assert oldest == newest[::-1]
