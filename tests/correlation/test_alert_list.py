"""Pages of alerts: every order and filter gives each alert once, in order, whatever the size of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation import alert_ranking
from correlation.alert_filter import AlertFilter
from correlation.alert_line import AlertLine
from correlation.alert_list import ORDERS, Order, list_alerts, select_ids
from correlation.query_error import QueryError
from correlation.triage import Triage
from tests.support.desk import ACTOR, Desk, make_alerts, open_desk, write_alerts
from tests.support.lakes import HOUR_NS, START_NS, Record, make_identity
from wanglou.errors import UsageError

A, B = make_identity("a"), make_identity("b")
ALERTS = make_alerts(90, A) + make_alerts(60, B, seed=2)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give 150 alerts of two captures; a third is closed, some of the others are somebody's."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        for capture in (A, B):
            write_alerts(desk.lake, capture, [one for one in ALERTS if one["wanglou.capture"] == capture])
        triage = Triage(desk.ledger)
        triage.set_state({one["event.id"]: "" for one in ALERTS[::3]}, ACTOR, state="closed")
        triage.set_state({one["event.id"]: "" for one in ALERTS[1::9]}, ACTOR, state="acknowledged", assignee="li")
        triage.set_state({one["event.id"]: "" for one in ALERTS[2::9]}, ACTOR, assignee="wang")
        yield desk


def state_of(record: Record) -> tuple[str, str]:
    """Tell state and assignee as the fixture set them."""
    place = ALERTS.index(record)
    if place % 3 == 0:
        return "closed", ""
    return {1: ("acknowledged", "li"), 2: ("new", "wang")}.get(place % 9, ("new", ""))


def expect(asked: AlertFilter, order: str) -> list[str]:
    """Filter and sort as a list comprehension does."""
    found = [
        one
        for one in ALERTS
        if (not asked.states or state_of(one)[0] in asked.states)
        and (asked.assignee is None or state_of(one)[1] == asked.assignee)
        and (not asked.levels or one["rule.level"] in asked.levels)
        and (asked.enterprises is None or one["organization.id"] in asked.enterprises)
        and (asked.start_ns is None or one["@timestamp"] >= asked.start_ns)
    ]
    found.sort(key=lambda one: (one["@timestamp"], one["event.id"]), reverse=order != "oldest")
    keys: dict[str, Any] = {
        "severity": lambda one: -one["event.severity"],
        "count": lambda one: -one["wanglou.alert.count"],
        "rule": lambda one: one["rule.name"],
    }
    return [one["event.id"] for one in sorted(found, key=keys.get(order, lambda _: 0))]


def walk(desk: Desk, asked: AlertFilter, order: Order, limit: int) -> list[AlertLine]:
    """Go through all pages."""
    lines: list[AlertLine] = []
    cursor = ""
    with desk.ledger.reading() as connection:
        while True:
            page = list_alerts(desk.queries, connection, asked, order=order, limit=limit, cursor=cursor)
            assert len(page.lines) <= limit
            lines += page.lines
            cursor = page.next
            if not cursor:
                return lines
            assert page.lines


FILTERS = st.builds(
    AlertFilter,
    levels=st.sets(st.sampled_from(("high", "medium", "low"))).map(frozenset),
    states=st.sets(st.sampled_from(("new", "acknowledged", "closed"))).map(frozenset),
    assignee=st.sampled_from((None, "", "li", "wang", "nobody")),
    start_ns=st.sampled_from((None, START_NS + 2 * HOUR_NS)),
    enterprises=st.sampled_from((None, frozenset(), frozenset({"chem"}), frozenset({"chem", "mach"}))),
)


@given(
    asked=FILTERS,
    order=st.sampled_from(ORDERS),
    limit=st.sampled_from((7, 40, 200)),
    whole=st.sampled_from((0, 30, 999)),
)
def test_pages_hold_each_alert_once_and_in_order(
    desk: Desk, asked: AlertFilter, order: Order, limit: int, whole: int
) -> None:
    """All filters, orders and sizes of page agree with sorting everything, from whatever number on runs are read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alert_ranking, "MOST_SORTED", whole)
        _check_pages(desk, asked, order, limit)


def _check_pages(desk: Desk, asked: AlertFilter, order: Order, limit: int) -> None:
    assert [line.id for line in walk(desk, asked, order, limit)] == expect(asked, order)


def test_lines_tell_state_and_text_filters(desk: Desk) -> None:
    """A line has its record and what people made of it; the text is of the query language."""
    lines = walk(desk, AlertFilter(text="rule.name:scan* AND source.ip:10.0.0.0/24"), "newest", 50)
    wanted = [one for one in ALERTS if one["rule.name"].startswith("scan") and one["source.ip"]]
    assert {line.id for line in lines} == {one["event.id"] for one in wanted}
    for line in lines:
        record = next(one for one in ALERTS if one["event.id"] == line.id)
        assert (line.triaged.state, line.triaged.assignee) == state_of(record)


@pytest.mark.parametrize("order", ORDERS)
def test_some_fields_of_the_same_alerts(desk: Desk, order: Order) -> None:
    """Fields that are wanted, with those that the page itself needs; from page to page."""
    asked = AlertFilter(states=frozenset({"new"}))
    with desk.ledger.reading() as connection:
        pages = [list_alerts(desk.queries, connection, asked, order=order, limit=20, fields=names)
                 for names in ((), ("source.ip", "rule.level"))]  # fmt: skip
        pages += [
            list_alerts(desk.queries, connection, asked, order=order, limit=20, cursor=page.next, fields=names)
            for page, names in zip(pages, ((), ("source.ip", "rule.level")), strict=True)
        ]
    for whole, some in (pages[:2], pages[2:]):
        assert [one.id for one in some.lines] == [one.id for one in whole.lines]
        for one, other in zip(some.lines, whole.lines, strict=True):
            assert {"source.ip", "rule.level"} & other.record.keys() <= one.record.keys() < other.record.keys()
            assert one.record.items() <= other.record.items()
            assert (one.triaged, one.incident) == (other.triaged, other.incident)


def test_bulk_selection_gives_all_that_a_filter_finds(desk: Desk) -> None:
    """Ids with their enterprises, at most so many, and how many there are."""
    asked = AlertFilter(states=frozenset({"closed"}))
    with desk.ledger.reading() as connection:
        found, total = select_ids(desk.queries, connection, asked, 1_000)
        some, same = select_ids(desk.queries, connection, asked, 10)
    assert found == {one["event.id"]: one["organization.id"] for one in ALERTS[::3]}
    assert (total, len(some), same) == (50, 10, 50)
    assert set(some) <= set(found)


def test_what_cannot_be_asked_is_told(desk: Desk) -> None:
    """Orders, limits, states, severities, cursors and texts that cannot be are errors with advice."""
    with desk.ledger.reading() as connection:
        refused: tuple[tuple[AlertFilter, dict[str, Any]], ...] = (
            (AlertFilter(), {"order": "age"}),
            (AlertFilter(), {"limit": 0}),
            (AlertFilter(), {"cursor": "x"}),
            (AlertFilter(states=frozenset({"open"})), {}),
            (AlertFilter(levels=frozenset({"worst"})), {}),
        )
        for asked, options in refused:
            with pytest.raises(UsageError):
                list_alerts(desk.queries, connection, asked, **options)
        with pytest.raises(QueryError):
            list_alerts(desk.queries, connection, AlertFilter(text="no.field:1"))
        newest = list_alerts(desk.queries, connection, AlertFilter(), limit=1)
        with pytest.raises(UsageError):
            list_alerts(desk.queries, connection, AlertFilter(), order="rule", cursor=newest.next)
