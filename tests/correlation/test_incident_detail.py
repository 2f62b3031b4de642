"""What the page of one incident asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from correlation.alert_line import AlertLine
from correlation.case import Case
from correlation.decision import Part
from correlation.incident_detail import (
    addresses_of,
    find_assets,
    find_incident,
    list_decisions_of,
    list_members,
    list_mergeable,
)
from correlation.incidents import Incidents
from tests.support.desk import ACTOR, Desk, make_alerts, open_desk, write_alerts
from tests.support.lakes import make_identity
from wanglou.errors import ConflictError, UsageError


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give the incidents of 60 alerts in one capture."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        write_alerts(desk.lake, make_identity("a"), make_alerts(60, make_identity("a"), seed=1))
        Incidents(desk.ledger).update(desk.lake, [make_identity("a")])
        yield desk


@pytest.fixture
def case(desk: Desk) -> Case:
    """Give the incident with the most alerts."""
    return max(Incidents(desk.ledger).cases(), key=lambda case: (case.incident.alerts, case.id))


def test_an_incident_is_found_by_its_whole_id_only(desk: Desk, case: Case) -> None:
    """And only by those who may see it."""
    with desk.ledger.reading() as connection:
        assert find_incident(connection, case.id) == case
        assert find_incident(connection, case.id, frozenset({case.incident.enterprise})) == case
        assert find_incident(connection, case.id[:-1]) is None
        assert find_incident(connection, case.id, frozenset({"another"})) is None


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_pages_hold_each_alert_once_by_time(desk: Desk, case: Case, limit: int) -> None:
    """All members, whatever the page's length."""
    found: list[AlertLine] = []
    after = ""
    with desk.ledger.reading() as connection:
        while True:
            page = list_members(desk.lake, connection, case, limit, after)
            found += page.lines
            after = page.next
            if not after:
                break
        with pytest.raises(UsageError):
            list_members(desk.lake, connection, case, 0)
    assert sorted(line.id for line in found) == Incidents(desk.ledger).members(case.id)
    times = [int(str(line.record["@timestamp"])) for line in found]
    assert times == sorted(times)


def test_what_may_be_merged(desk: Desk, case: Case) -> None:
    """Those of the same enterprise, never itself, those that share addresses first."""
    with desk.ledger.reading() as connection:
        found = list_mergeable(connection, case)
    same = [one for one in Incidents(desk.ledger).cases() if one.incident.enterprise == case.incident.enterprise]
    assert {one.id for one in found} == {one.id for one in same} - {case.id}
    apart = [addresses_of(case).isdisjoint(addresses_of(one)) for one in found]
    assert apart == sorted(apart)


def test_a_decision_is_told_at_both_incidents_and_taken_back(desk: Desk, case: Case) -> None:
    """Whichever part keeps the id."""
    incidents = Incidents(desk.ledger)
    before = {one.id: one.incident.alerts for one in incidents.cases()}
    kept, fresh = incidents.split(desk.lake, case.id, Part(rule=case.incident.timeline[0].rule), ACTOR)
    assert len(fresh) == 1
    with desk.ledger.reading() as connection:
        (one,), (other,) = (list_decisions_of(connection, half) for half in (kept, *fresh))
    assert one == other
    with pytest.raises(UsageError):
        incidents.undo(desk.lake, kept.id, [one.seq + 1], ACTOR)
    assert incidents.undo(desk.lake, kept.id, [one.seq], ACTOR) is not None
    assert {one.id: one.incident.alerts for one in incidents.cases()} == before


def test_a_merge_keeps_the_id_that_was_asked_for(desk: Desk, case: Case) -> None:
    """Also where the other one has more alerts and somebody noted something on it."""
    incidents = Incidents(desk.ledger)
    incidents.set_state(case.id, ACTOR, assignee="li")
    with desk.ledger.reading() as connection:
        small = min(list_mergeable(connection, case), key=lambda one: (one.incident.alerts, one.id))
    merged = incidents.merge(desk.lake, small.id, [case.id], ACTOR)
    assert (merged.id, merged.incident.alerts) == (small.id, small.incident.alerts + case.incident.alerts)
    with desk.ledger.reading() as connection:
        seqs = [kept.seq for kept in list_decisions_of(connection, merged)]
    incidents.undo(desk.lake, merged.id, seqs, ACTOR)


def test_a_class_that_somebody_set_holds(desk: Desk) -> None:
    """Names that the standard lacks are refused, and so is a version that is not the last one."""
    incidents = Incidents(desk.ledger)
    case = incidents.cases()[0]
    found = incidents.set_state(case.id, ACTOR, class_set="数据安全事件", subclass_set="泄露", expected=case.version)
    assert (found.event_class, found.event_subclass) == ("数据安全事件", "泄露")
    with pytest.raises(UsageError):
        incidents.set_state(case.id, ACTOR, class_set="x")
    with pytest.raises(UsageError):
        incidents.set_state(case.id, ACTOR, subclass_set="x")
    with pytest.raises(ConflictError):
        incidents.set_state(case.id, ACTOR, status="contained", expected=case.version)


def test_addresses_without_an_asset_have_none(desk: Desk) -> None:
    """An empty inventory is no fault."""
    with desk.ledger.reading() as connection:
        assert find_assets(connection, "chem", ["10.0.0.1"]) == {}
