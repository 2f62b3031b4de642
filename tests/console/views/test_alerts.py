"""Alerts as pages and the API show them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import console.rendering
from console.figures import SEVERITIES
from console.views.alerts import LISTED, count_alerts, find_ends, list_alerts, read_query, tell_alert
from console.visit import Visit
from tests.support.consoles import EVER, Console
from tests.support.visits import make_guest, make_visit


def visit_of(console: Console, query: str = EVER) -> Visit:
    """Make the visit of an analyst of the whole park."""
    visit = make_visit(query=query)
    visit.services, visit.guest = console.services, make_guest("analyst")
    return visit


def test_lines_are_asked_for_all_that_they_show() -> None:
    """Every field that the templates of the list read."""
    folder = Path(console.rendering.__file__).parent / "templates" / "pages" / "alerts"
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("cells.html", "rows.html", "list.html")]
    read = {name for text in texts for name in re.findall(r"""record\[["']([^"']+)["']\]""", text)}
    assert len(read) > 5
    assert read <= {*LISTED}


def test_levels_and_bars_count_the_same_alerts(console: Console) -> None:
    """As many as the list has; each level by its own query."""
    visit = visit_of(console)
    query = read_query(visit, 500)
    rows = list_alerts(visit, query).rows
    counted = count_alerts(visit, query)
    assert counted.total == len(rows) == counted.bars.total
    for level in SEVERITIES:
        one = visit_of(console, f"{EVER}&severity={level}")
        assert len(list_alerts(one, read_query(one, 500)).rows) == counted.levels[level]


def test_an_alert_has_its_evidence(console: Console) -> None:
    """The records it rests on, in one question."""
    visit = visit_of(console)
    row = list_alerts(visit, read_query(visit, 1)).rows[0]
    story = tell_alert(visit, row.id)
    assert story.row.title("zh") != story.row.title("en")
    assert {one["event.id"] for one in story.evidence} == set(row.record["wanglou.alert.events"])
    assert row.id not in [one.id for one in story.related]
    assert {one.subject for one in story.history} <= {row.id}
    assert [(one.field, one.address) for one in story.ends] == [
        (name, row.record[name]) for name in ("source.ip", "destination.ip") if row.record[name]
    ]


def test_both_ends_of_an_alert_are_looked_up_in_the_inventory(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By address in the alert's enterprise, as far as the guest sees; who may not see assets is shown none."""
    visit, asked = visit_of(console), []
    monkeypatch.setattr("console.views.alerts.find_asset_of", lambda _connection, *given: asked.append(given))
    record = list_alerts(visit, read_query(visit, 1)).rows[0].record
    ends = find_ends(visit, record)
    assert asked == [(record["organization.id"] or "", end.address, None) for end in ends] != []
    visit.guest = make_guest("leader")
    assert find_ends(visit, record) == ends
    assert len(asked) == len(ends)


def test_oldest_first(console: Console) -> None:
    """The other way round holds the same alerts."""
    visit = visit_of(console)
    newest = [row.id for row in list_alerts(visit, read_query(visit, 500)).rows]
    oldest = [row.id for row in list_alerts(visit, read_query(visit, 500, "oldest")).rows]
    assert oldest == newest[::-1]
