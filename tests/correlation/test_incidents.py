"""Incidents of a store, kept in a ledger: grouped as alerts come, with what people decide."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlation.decision import Part
from correlation.incident_tables import INCIDENTS
from correlation.incidents import Incidents
from correlation.lake import Lake
from correlation.store import CaptureRecord
from correlation.triage_tables import TRIAGE
from tests.support.alerts import (
    ALERTS,
    CAPTURE,
    READ,
    SECOND_NS,
    SILENT,
    START_NS,
    WRITE,
    Alert,
    make_alert,
    make_alerts,
)
from tests.support.ledgers import ACTOR, list_audit
from wanglou.errors import ConflictError, UsageError
from wanglou.ledger import Ledger

SCAN = [make_alert(READ, "10.0.0.9", f"10.0.0.{host}", host) for host in (1, 2)]
OTHER = [make_alert(WRITE, "10.0.0.8", "10.0.0.1", 5)]
SECOND, THIRD = "b" * 64, "c" * 64
LATER = [make_alert(WRITE, "10.0.0.9", "10.0.0.2", 60)]


class Bench:
    """A lake whose captures' alerts are set, and the incidents of it."""

    def __init__(self, folder: Path, place: Path | str) -> None:
        self.lake = Lake(folder)
        self.ledger = Ledger(place, [INCIDENTS, TRIAGE], create=True)
        self.incidents = Incidents(self.ledger)
        self._turn = 0

    def put(self, alerts: Sequence[Alert], capture: str = CAPTURE, site: str | None = None) -> None:
        """Let these be the alerts of a capture, and group them."""
        self.turn(capture, alerts)
        self.incidents.update(self.lake, [capture], site=site)

    def turn(self, capture: str, alerts: Sequence[Alert]) -> None:
        """Let these be the alerts of a capture."""
        alerts = [{**alert, "wanglou.capture": capture} for alert in alerts]
        self._turn += 1
        digest = f"digest {self._turn}"
        if self.lake.state(capture) is None:
            with self.lake.ingest(CaptureRecord(capture, capture[:4])) as ingest:
                ingest.commit(make_alerts(alerts), {}, digest)
        else:
            self.lake.replace_alerts(capture, make_alerts(alerts), digest)

    def members(self) -> set[frozenset[str]]:
        """Alerts of each incident."""
        return {frozenset(self.incidents.members(case.id)) for case in self.incidents.cases()}

    def close(self) -> None:
        """Let go."""
        self.ledger.close()
        self.lake.close()


@pytest.fixture
def bench(place: Path | str, tmp_path: Path) -> Iterator[Bench]:
    """An empty lake, and a ledger on each database."""
    made = Bench(tmp_path / "lake", place)
    yield made
    made.close()


def ids(alerts: Sequence[Alert]) -> frozenset[str]:
    """Ids of alerts."""
    return frozenset(alert["event.id"] for alert in alerts)


def actions(bench: Bench) -> list[str]:
    """What the audit tells of incidents."""
    return [row.action for row in list_audit(bench.ledger) if row.kind == "incident"]


def test_incidents_open_and_grow(bench: Bench) -> None:
    """An incident keeps its id when more comes in, and the audit tells what changed."""
    bench.put(SCAN + OTHER)
    before = {case.id for case in bench.incidents.cases()}
    assert bench.members() == {ids(SCAN), ids(OTHER)}
    bench.put(SCAN + OTHER + LATER)
    assert {case.id for case in bench.incidents.cases()} == before
    assert bench.members() == {ids(SCAN + LATER), ids(OTHER)}
    assert actions(bench) == ["incident.opened", "incident.opened", "incident.regrouped"]


def test_nothing_new_does_nothing(bench: Bench) -> None:
    """A capture that was grouped is not read again, and a rebuild changes nothing."""
    bench.put(SCAN)
    assert bench.incidents.update(bench.lake, [CAPTURE]).scopes == 0
    assert (bench.incidents.count([CAPTURE]), bench.incidents.count(["b" * 64])) == (1, 0)
    outcome = bench.incidents.rebuild(bench.lake)
    assert (outcome.scopes, outcome.opened, outcome.changed, outcome.removed) == (1, 0, 0, 0)
    assert actions(bench) == ["incident.opened"]


def test_files_that_follow_each_other_are_one_recording(bench: Bench) -> None:
    """An attack that goes on in the next file is one incident, whichever file comes first."""
    bench.put(LATER, SECOND)
    bench.put(SCAN)
    assert bench.members() == {ids(SCAN + LATER)}
    assert bench.incidents.count([SECOND]) == bench.incidents.count([CAPTURE]) == 1
    bench.put([make_alert(WRITE, "10.0.0.9", "10.0.0.2", 9_000)], THIRD)
    assert len(bench.members()) == 2


def test_files_that_overlap_are_apart(bench: Bench) -> None:
    """Files recorded at the same time are independent of each other, unless their names are those of one recording."""
    early, late = make_alert(READ, "10.0.0.9", "10.0.0.3", 1.5), make_alert(WRITE, "10.0.0.9", "10.0.0.3", 50)
    bench.put(SCAN + OTHER)
    bench.put([early, late], SECOND)
    assert bench.members() == {ids(SCAN), ids(OTHER), ids([early, late])}
    bench.incidents.update(bench.lake, [CAPTURE, SECOND], series="mirror port")
    assert bench.members() == {ids([*SCAN, early, late]), ids(OTHER)}


def test_sites_are_apart(bench: Bench) -> None:
    """Files of two sites have nothing to do with each other; a site that is told later counts from then on."""
    bench.put(SCAN, site="north")
    bench.put(LATER, SECOND, site="south")
    assert bench.members() == {ids(SCAN), ids(LATER)}
    assert {case.site for case in bench.incidents.cases()} == {"north", "south"}
    assert [case.site for case in Incidents(bench.ledger, "south").cases()] == ["south"]
    bench.incidents.update(bench.lake, [SECOND], site="north")
    assert bench.members() == {ids(SCAN + LATER)}


def test_live_sensors_are_together(bench: Bench) -> None:
    """What several live sensors of a site see at the same time is grouped as one."""
    bench.put(SCAN, "eth0 2026")
    bench.put([make_alert(READ, "10.0.0.9", "10.0.0.3", 1.5, capture="eth1 2026")], "eth1 2026")
    assert [len(one) for one in bench.members()] == [3]


def test_only_what_is_near_is_grouped_again(bench: Bench) -> None:
    """A new file takes in those that it touches in time; the others are not even read."""
    bench.put(SCAN)
    bench.put([make_alert(READ, "10.0.0.9", "10.0.0.3", 50_000)], SECOND)
    bench.turn(THIRD, [make_alert(READ, "10.0.0.9", "10.0.0.3", 50_010)])
    outcome = bench.incidents.update(bench.lake, [THIRD])
    assert (outcome.scopes, outcome.alerts, outcome.changed, outcome.opened) == (1, 2, 1, 0)


def test_a_deleted_capture_takes_its_alerts_along(bench: Bench) -> None:
    """What it told is told no more; an incident with a note stays, says that it is empty, and comes back."""
    bench.put(SCAN)
    bench.put(LATER, SECOND)
    (case,) = bench.incidents.cases()
    bench.incidents.set_state(case.id, ACTOR, comment="look")
    bench.lake.delete_capture(SECOND)
    bench.incidents.update(bench.lake)
    assert bench.members() == {ids(SCAN)}
    bench.lake.delete_capture(CAPTURE)
    bench.incidents.update(bench.lake)
    (empty,) = bench.incidents.cases()
    assert (empty.id, empty.is_empty, bench.incidents.members(empty.id)) == (case.id, True, [])
    assert bench.incidents.count([CAPTURE]) == 0
    with pytest.raises(UsageError, match="no alerts any more"):
        bench.incidents.merge(bench.lake, case.id, [_open(bench, OTHER, THIRD)], ACTOR)
    bench.put(SCAN)
    back = bench.incidents.find(case.id)
    assert (back.is_empty, back.comment, bench.incidents.members(case.id)) == (False, "look", sorted(ids(SCAN)))


def _open(bench: Bench, alerts: Sequence[Alert], capture: str) -> str:
    """Id of the incident that alerts of a capture make."""
    bench.put(alerts, capture)
    return next(case.id for case in bench.incidents.cases() if capture in case.incident.captures)


def test_merging_across_files_is_kept(bench: Bench) -> None:
    """Incidents of files that have nothing to do with each other become one, and nothing else of these files does."""
    kept = _open(bench, SCAN, CAPTURE)
    far = [make_alert(WRITE, "10.0.0.8", "10.0.0.4", 90_000), make_alert(READ, "10.0.0.7", "10.0.0.5", 90_001)]
    bench.put(far, SECOND)
    other = next(case.id for case in bench.incidents.cases() if case.incident.actors == ("10.0.0.8",))
    assert bench.incidents.merge(bench.lake, kept, [other], ACTOR).id == kept
    assert bench.members() == {ids([*SCAN, far[0]]), ids(far[1:])}
    bench.incidents.rebuild(bench.lake)
    assert bench.members() == {ids([*SCAN, far[0]]), ids(far[1:])}
    bench.lake.delete_capture(SECOND)
    bench.incidents.update(bench.lake)
    assert bench.members() == {ids(SCAN)}
    bench.put(far, SECOND)
    assert bench.members() == {ids([*SCAN, far[0]]), ids(far[1:])}


def test_merging_by_hand_is_kept(bench: Bench) -> None:
    """What people merged stays one when more comes in, under the id that was to stay."""
    bench.put(SCAN + OTHER)
    kept, gone = sorted(bench.incidents.cases(), key=lambda case: case.incident.severity)
    merged = bench.incidents.merge(bench.lake, kept.id, [gone.id], ACTOR)
    assert merged.id == kept.id
    assert bench.members() == {ids(SCAN + OTHER)}
    bench.put(SCAN + OTHER + LATER)
    bench.incidents.rebuild(bench.lake)
    assert bench.members() == {ids(SCAN + OTHER + LATER)}
    assert actions(bench)[2:5] == ["incident.merged", "incident.regrouped", "incident.absorbed"]


def test_splitting_by_hand_is_kept(bench: Bench) -> None:
    """What people took out stays out, also what comes later of the same kind; what stays keeps the id."""
    bench.put(SCAN)
    (case,) = bench.incidents.cases()
    kept, fresh = bench.incidents.split(bench.lake, case.id, Part(destination="10.0.0.2"), ACTOR)
    assert kept.id == case.id
    assert [one.incident.targets for one in fresh] == [("10.0.0.2",)]
    bench.put(SCAN + LATER)
    assert bench.members() == {ids(SCAN[:1]), ids(SCAN[1:] + LATER)}
    bench.incidents.merge(bench.lake, kept.id, [fresh[0].id], ACTOR)
    assert bench.members() == {ids(SCAN + LATER)}


def test_decisions_that_make_no_sense(bench: Bench) -> None:
    """Splits of nothing or everything, merges of one or across enterprises, and unknown ids are refused."""
    bench.put([*SCAN, make_alert(WRITE, "10.0.0.9", "10.0.0.3", 3, enterprise="water")])
    one, two = (case.id for case in bench.incidents.cases())
    for part in (Part(), Part(source="10.9.9.9"), Part(alerts=tuple(bench.incidents.members(one)))):
        with pytest.raises(UsageError):
            bench.incidents.split(bench.lake, one, part, ACTOR)
    for others in ([], [one], [two]):
        with pytest.raises(UsageError):
            bench.incidents.merge(bench.lake, one, others, ACTOR)
    with pytest.raises(UsageError, match="names several"):
        bench.incidents.find("")
    with pytest.raises(UsageError, match="is no incident"):
        bench.incidents.find("nonsense")
    for wrong in ({"status": "done"}, {"verdict": "maybe"}, {"level_set": 5}):
        with pytest.raises(UsageError):
            bench.incidents.set_state(one, ACTOR, **wrong)


def test_a_closed_incident_opens_again_when_it_gets_worse(bench: Bench) -> None:
    """More of the same leaves it closed; a further stage opens it, with its verdict and comment."""
    bench.put(SCAN)
    (case,) = bench.incidents.cases()
    bench.incidents.set_state(case.id, ACTOR, status="closed", verdict="authorised", comment="inventory")
    bench.put([*SCAN, make_alert(READ, "10.0.0.9", "10.0.0.4", 70)])
    assert bench.incidents.find(case.id).status == "closed"
    bench.put(SCAN + LATER)
    again = bench.incidents.find(case.id)
    assert (again.status, again.verdict, again.comment) == ("new", "authorised", "inventory")
    assert actions(bench)[-1] == "incident.reopened"


def test_incidents_without_alerts(bench: Bench) -> None:
    """One that nobody touched goes with its alerts; one that somebody noted something on stays, empty."""
    bench.put(SCAN + OTHER)
    noted = next(case for case in bench.incidents.cases() if case.incident.actors == ("10.0.0.9",))
    bench.incidents.set_state(noted.id, ACTOR, assignee="li")
    bench.put([])
    (left,) = bench.incidents.cases()
    assert (left.id, left.assignee, bench.incidents.members(left.id)) == (noted.id, "li", [])
    assert sorted(actions(bench)[-2:]) == ["incident.emptied", "incident.withdrawn"]


def test_suppressed_alerts_open_nothing(bench: Bench) -> None:
    """A suppression takes its alerts out of incidents by their time, and gives them back when it is lifted."""
    bench.put(SCAN + OTHER)
    made = bench.incidents.triage.suppress(Part(source="10.0.0.8"), START_NS + 99 * SECOND_NS, "test", ACTOR)
    bench.incidents.update(bench.lake, [CAPTURE])
    assert bench.members() == {ids(SCAN)}
    bench.incidents.triage.lift(made.id, ACTOR)
    bench.incidents.update(bench.lake, [CAPTURE])
    assert bench.members() == {ids(SCAN), ids(OTHER)}


def test_two_people_at_once(bench: Bench) -> None:
    """Who decides on what somebody else changed meanwhile is told so."""
    bench.put(SCAN)
    (case,) = bench.incidents.cases()
    bench.incidents.set_state(case.id, ACTOR, status="investigating")
    stale = bench.incidents.find
    bench.incidents.find = lambda text: case if text == case.id else stale(text)  # type: ignore[method-assign] # stale
    with pytest.raises(ConflictError):
        bench.incidents.set_state(case.id, ACTOR, status="closed")


@settings(max_examples=6)  # each writes two lakes and their ledgers to the disk
@given(st.lists(ALERTS, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_batches_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, alerts: list[Alert], chance: random.Random
) -> None:
    """Whatever the order in which alerts arrive, the incidents that are kept at the end are the same."""
    told = []
    for _ in range(2):
        folder = tmp_path_factory.mktemp("order")
        bench = Bench(folder / "lake", folder / "incidents.db")
        chance.shuffle(alerts)
        cuts = sorted({chance.randint(1, len(alerts)), chance.randint(1, len(alerts)), len(alerts)})
        for cut in cuts:
            bench.put(alerts[:cut])
        cases = {
            (case.incident.title_en, case.incident.first_ns, case.incident.alerts) for case in bench.incidents.cases()
        }
        told.append((bench.members(), cases))
        bench.close()
    assert told[0] == told[1]


def test_what_befell_all_is_told_once(bench: Bench) -> None:
    """A victim's alert is in one incident only."""
    bench.put(SCAN + OTHER + [make_alert(SILENT, None, "10.0.0.1", 9)])
    assert sum(len(one) for one in bench.members()) == 4
