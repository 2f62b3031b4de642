"""Pages of incidents agree with sorting and filtering all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from correlation.alert_filter import AlertFilter
from correlation.alert_list import list_alerts
from correlation.case import Case
from correlation.incident_list import ORDERS, IncidentFilter, Order, count_incidents, list_incidents
from correlation.incidents import Incidents
from correlation.overview import band_of
from tests.support.desk import ACTOR, Desk, make_alerts, open_desk, write_alerts
from tests.support.lakes import START_NS, make_identity
from wanglou.errors import UsageError


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give the incidents of 120 alerts in two captures, two of them closed."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        for digit in "ab":
            write_alerts(desk.lake, make_identity(digit), make_alerts(60, make_identity(digit), seed=ord(digit)))
        incidents = Incidents(desk.ledger)
        incidents.update(desk.lake, [make_identity("a"), make_identity("b")])
        for case in incidents.cases()[:2]:
            incidents.set_state(case.id, ACTOR, status="closed", verdict="attack", assignee="li")
        yield desk


KEYS: dict[str, Any] = {
    "newest": lambda case: case.incident.first_ns,
    "latest": lambda case: case.incident.last_ns,
    "severity": lambda case: case.incident.severity * 10**10 + case.incident.first_ns // 10**9,
    "alerts": lambda case: case.incident.alerts,
}


def walk(desk: Desk, asked: IncidentFilter, order: Order, limit: int, *, turned: bool = False) -> list[Case]:
    """Go through all pages."""
    cases: list[Case] = []
    cursor = ""
    with desk.ledger.reading() as connection:
        while True:
            page = list_incidents(connection, asked, order=order, turned=turned, limit=limit, cursor=cursor)
            cases += page.cases
            cursor = page.next
            if not cursor:
                return cases


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_hold_each_incident_once_and_in_order(desk: Desk, order: Order, limit: int) -> None:
    """By any order; equal ones by id."""
    every = sorted(Incidents(desk.ledger).cases(), key=lambda case: (-KEYS[order](case), case.id))
    assert len(every) > 4
    assert [case.id for case in walk(desk, IncidentFilter(), order, limit)] == [case.id for case in every]
    turned = sorted(every, key=lambda case: (KEYS[order](case), case.id))
    assert [case.id for case in walk(desk, IncidentFilter(), order, limit, turned=True)] == [c.id for c in turned]


def test_filters_and_counts(desk: Desk) -> None:
    """By status, verdict, severity, person, enterprise, text and period."""
    every = Incidents(desk.ledger).cases()
    closed = [case for case in every if case.status == "closed"]
    for asked, wanted in (
        (IncidentFilter(statuses=frozenset({"closed"})), closed),
        (IncidentFilter(verdicts=frozenset({"attack"})), closed),
        (IncidentFilter(assignee="li"), closed),
        (IncidentFilter(assignee=""), [case for case in every if case.status != "closed"]),
        (IncidentFilter(severities=frozenset({"low", "high"})),
         [case for case in every if band_of(case.incident.severity) in ("low", "high")]),
        (IncidentFilter(enterprises=frozenset({"chem"})), [c for c in every if c.incident.enterprise == "chem"]),
        (IncidentFilter(enterprises=frozenset()), []),
        (IncidentFilter(text=every[0].id), every[:1]),
        (IncidentFilter(text="100%"), []),
        (IncidentFilter(end_ns=START_NS), []),
        (IncidentFilter(levels=frozenset({every[0].level})), [case for case in every if case.level == every[0].level]),
        (IncidentFilter(stages=frozenset({every[0].incident.stage})),
         [case for case in every if case.incident.stage == every[0].incident.stage]),
        (IncidentFilter(site=None), every),
        (IncidentFilter(site="elsewhere"), []),
    ):  # fmt: skip
        assert {case.id for case in walk(desk, asked, "newest", 50)} == {case.id for case in wanted}, asked
        with desk.ledger.reading() as connection:
            counts = count_incidents(connection, asked)
        assert counts.total == len(wanted)
        assert counts.severities == Counter(band_of(case.incident.severity) for case in wanted)
        assert counts.statuses == Counter(case.status for case in wanted)
        assert counts.levels == Counter(case.level for case in wanted)
        assert counts.stages == Counter(case.incident.stage for case in wanted)


def test_alerts_of_an_incident(desk: Desk) -> None:
    """The list of alerts narrows to the members of one incident."""
    incidents = Incidents(desk.ledger)
    case = max(incidents.cases(), key=lambda case: case.incident.alerts)
    with desk.ledger.reading() as connection:
        page = list_alerts(desk.queries, connection, AlertFilter(incident=case.id), limit=200)
        none = list_alerts(desk.queries, connection, AlertFilter(incident="incident-none"))
    assert sorted(line.id for line in page.lines) == incidents.members(case.id)
    assert {line.incident for line in page.lines} == {case.id}
    assert none.lines == ()


def test_what_cannot_be_asked_is_told(desk: Desk) -> None:
    """Words that no incident has, and cursors of other lists."""
    with desk.ledger.reading() as connection:
        follows = list_incidents(connection, IncidentFilter(), limit=1).next
        asked: tuple[dict[str, Any], ...] = (
            {"asked": IncidentFilter(statuses=frozenset({"open"}))},
            {"asked": IncidentFilter(severities=frozenset({"worst"}))},
            {"asked": IncidentFilter(), "order": "oldest"},
            {"asked": IncidentFilter(), "limit": 0},
            {"asked": IncidentFilter(), "order": "alerts", "cursor": follows},
        )
        for one in asked:
            with pytest.raises(UsageError):
                list_incidents(connection, **one)
