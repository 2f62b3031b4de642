"""Figures of risk from a lake: read, kept by day, brought up to date."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from correlation.lake import Lake
from correlation.risk_devices import Known
from correlation.risk_ledger import (
    PARTS_DAYS,
    RISK,
    drop_weights,
    find_figures,
    list_days,
    load_used,
    read_figures,
    read_history,
    use_weights,
)
from correlation.risk_update import Outcome, update
from correlation.risk_weights import load_weights, parse_weights
from correlation.store import CaptureRecord
from correlation.triage import EVER_NS, Suppression
from detection.alert import ALERT
from tests.support.lakes import DAY_NS, FLOW, HOUR_NS, START_NS, make_identity, make_table
from tests.support.ledgers import ACTOR
from wanglou.ledger import Ledger

FIRST_DAY = START_NS // DAY_NS
Rows = Sequence[dict[str, Any]]


def make_alert(number: int, time_ns: int, **more: Any) -> dict[str, Any]:
    """Make an alert of a Modbus server in enterprise ``chem``."""
    return {
        "@timestamp": time_ns,
        "event.id": f"alert-{number:032x}",
        "event.end": time_ns,
        "event.severity": 80,
        "organization.id": "chem",
        "source.ip": "10.0.0.9",
        "destination.ip": "10.0.0.1",
        "rule.name": "modbus_write_unauthorized",
        "wanglou.alert.events": ["x"],
        "wanglou.capture": "",
    } | more


def make_flow(number: int, time_ns: int, **more: Any) -> dict[str, Any]:
    """Make a Modbus conversation of enterprise ``chem``."""
    return {
        "@timestamp": time_ns,
        "event.dataset": "flow",
        "organization.id": "chem",
        "source.ip": "10.0.0.2",
        "destination.ip": "10.0.0.1",
        "destination.port": 502,
        "network.protocol": "modbus",
        "flow.state": "established",
        "wanglou.packet": number,
        "wanglou.pdu": 0,
    } | more


def put(lake: Lake, digit: str, alerts: Rows, flows: Rows) -> None:
    """Keep a capture of these alerts and flows."""
    identity = make_identity(digit)
    with lake.ingest(CaptureRecord(identity, digit)) as ingest:
        ingest.append("flow", make_table(FLOW, [row | {"wanglou.capture": identity} for row in flows]))
        table = pa.Table.from_pylist([row | {"wanglou.capture": identity} for row in alerts], schema=ALERT.arrow)
        ingest.commit(table, {}, "rules")


class Place:
    """A lake with its ledger."""

    def __init__(self, folder: Path) -> None:
        self.lake = Lake(folder)
        put(self.lake, "a", [make_alert(1, START_NS + HOUR_NS)], [make_flow(1, START_NS)])
        self.ledger = Ledger(folder / "ledger.db", [RISK])

    def update(self, **options: Any) -> Outcome:
        """Bring the figures up to date."""
        return update(self.lake, self.ledger, None, ACTOR, **options)

    def scores(self, name: str = "park") -> list[tuple[int, int]]:
        """Days since the first, and scores."""
        with self.ledger.reading() as connection:
            newest = list_days(connection)[0]
            figure = find_figures(connection, newest.site, newest.day, name)[0]
            return [(day - FIRST_DAY, one.score) for day, one in read_history(connection, newest.site, figure)]

    def contents(self) -> list[tuple[Any, ...]]:
        """All rows of risk."""
        with self.ledger.reading() as connection:
            return [
                tuple(row) for table in RISK.metadata.sorted_tables for row in connection.execute(table.select()).all()
            ]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A lake of one alert and one flow on the first day."""
    it = Place(tmp_path / "lake")
    yield it
    it.ledger.close()
    it.lake.close()


def test_a_figure_opens_to_its_evidence(place: Place) -> None:
    """The server's parts are the alert and the flow, by their ids; the alert's source counts less."""
    assert place.update().assessed == 1
    with place.ledger.reading() as connection:
        assets = read_figures(connection, "", FIRST_DAY, "asset")
    server, client = assets[:2]
    assert [one.subject for one in assets] == ["10.0.0.1", "10.0.0.9", "10.0.0.2"]
    assert [(part.component, part.kind) for part in server.parts] == [
        ("threat", "modbus_write_unauthorized"),
        ("exposure", "open_control"),
    ]
    assert server.parts[0].evidence == (f"alert-{1:032x}",)
    assert place.lake.get(server.parts[1].evidence[0]) is not None
    assert (server.criticality, client.criticality) == (4, 3)
    assert client.score < server.score
    assert assets[2].score == 0


def test_without_news_nothing_is_done(place: Place) -> None:
    """A second update looks at captures only; a rebuild gives the same and writes nothing, not even to the audit."""
    place.update()
    before, head = place.contents(), place.ledger.head()
    assert place.update() == Outcome()
    again = place.update(rebuild=True)
    assert (again.assessed, again.changed) == (1, 0)
    assert (place.contents(), place.ledger.head()) == (before, head)


def test_history_is_kept_by_day(place: Place) -> None:
    """Each day with records has its figure; an alert of the second day does not change the first."""
    place.update()
    put(place.lake, "b", [make_alert(2, START_NS + DAY_NS, **{"rule.name": "other"})], [])
    assert place.update().assessed == 2
    second, first = place.scores()
    assert (second[0], first[0]) == (1, 0)
    assert second[1] > first[1] > 0


def test_order_of_captures_makes_no_difference(place: Place, tmp_path: Path) -> None:
    """Updates after each capture, in any order, and one rebuild lead to the same figures."""
    other = Place(tmp_path / "other")
    captures = [
        ("b", [make_alert(2, START_NS + DAY_NS)], [make_flow(1, START_NS + DAY_NS)]),
        ("c", [make_alert(3, START_NS + 5 * HOUR_NS, **{"rule.name": "third"})], []),
    ]
    for digit, alerts, flows in captures:
        put(place.lake, digit, alerts, flows)
        place.update()
    for digit, alerts, flows in captures[::-1]:
        put(other.lake, digit, alerts, flows)
    other.update(rebuild=True)
    assert place.scores() == other.scores()
    assert place.scores("10.0.0.1") == other.scores("10.0.0.1")
    other.ledger.close()
    other.lake.close()


def test_handling_in_the_audit_lowers_the_newest_day(place: Place) -> None:
    """What people made of an alert is read from the audit: taken up counts less, closed not at all, reopened again."""
    place.update()
    scores = [place.scores()[0][1]]
    for state in ("acknowledged", "closed", "new"):
        with place.ledger.change(ACTOR) as change:
            change.record("alert.triaged", "alert", f"alert-{1:032x}", after={"state": state, "version": 1})
        assert place.update().changed == 1
        scores.append(place.scores()[0][1])
    assert scores[0] > scores[1] > scores[2]
    assert scores[3] == scores[0]


def test_suppressed_alerts_never_counted(place: Place) -> None:
    """Without the only alert, only what exposes the server is left."""
    place.update()
    before = place.scores("10.0.0.1")
    hidden = Suppression("s", "chem", "modbus_write_unauthorized", "", "", EVER_NS, START_NS + 2 * HOUR_NS, "test")
    assert place.update(suppressed=[replace(hidden, enterprise="water")]).changed == 0
    assert place.update(suppressed=[hidden]).changed == 1
    assert 0 < place.scores("10.0.0.1")[0][1] < before[0][1]
    assert place.scores("10.0.0.9")[0][1] == 0


def test_weights_in_use_hold_and_are_audited(place: Place) -> None:
    """Taken into use, the figures follow; dropped, they are what they were."""
    place.update()
    before = place.scores()
    weights = parse_weights(load_weights().text.replace("points: 60", "points: 10"), Path("w"))
    with place.ledger.change(ACTOR) as change:
        assert use_weights(change, "", weights)
        assert not use_weights(change, "", weights)
    with place.ledger.reading() as connection:
        assert load_used(connection, "").digest == weights.digest
    assert place.update().changed == 1
    assert place.scores()[0][1] < before[0][1]
    with place.ledger.change(ACTOR) as change:
        assert drop_weights(change, "")
        assert not drop_weights(change, "")
    place.update()
    assert place.scores() == before
    assert place.ledger.verify().findings == []


def test_a_register_gives_devices_their_names(place: Place) -> None:
    """Two addresses of one device are one asset, with the register's criticality."""
    known = Known("chem", "asset-1", "PLC 1", ("10.0.0.1", "10.0.0.9"), "cell", 1.0, 5)
    place.update(register=[known])
    with place.ledger.reading() as connection:
        (found,) = find_figures(connection, "", FIRST_DAY, "PLC 1")
    assert (found.subject, found.criticality, found.factor) == ("asset-1", 5, 1.0)
    assert {part.component for part in found.parts} == {"threat", "exposure"}


def test_alerts_without_a_device_are_not_lost(place: Place) -> None:
    """They belong to the enterprise's asset without an id."""
    public = {"source.ip": "8.8.8.8", "destination.ip": "8.8.4.4", "rule.name": "outside"}
    put(place.lake, "b", [make_alert(2, START_NS + HOUR_NS, **public), make_alert(3, START_NS)], [])
    place.update()
    with place.ledger.reading() as connection:
        (nobody,) = [one for one in read_figures(connection, "", FIRST_DAY, "asset") if not one.subject]
    assert [part.kind for part in nobody.parts] == ["outside"]


def test_older_days_keep_their_components(place: Place) -> None:
    """Parts go after a month of days; what each component gave stays and still adds up."""
    flows = [make_flow(day, START_NS + day * DAY_NS) for day in range(PARTS_DAYS + 2)]
    put(place.lake, "b", [], flows)
    place.update()
    with place.ledger.reading() as connection:
        (oldest,) = find_figures(connection, "", FIRST_DAY, "chem/10.0.0.1")
        (newest,) = find_figures(connection, "", FIRST_DAY + PARTS_DAYS, "chem/10.0.0.1")
    assert [part.kind for part in oldest.parts] == [""] * len(oldest.parts)
    assert sum(part.points for part in oldest.parts) == oldest.score
    assert all(part.kind for part in newest.parts)


def test_history_outlives_records_but_not_deleted_days_after_them(place: Place) -> None:
    """A day before all records stays; a day whose only capture was deleted, with earlier ones there, goes."""
    put(place.lake, "b", [make_alert(2, START_NS + DAY_NS)], [])
    place.update()
    place.lake.delete_capture(make_identity("b"))
    place.update()
    assert [day for day, _ in place.scores()] == [0]
    put(place.lake, "c", [make_alert(3, START_NS + 2 * DAY_NS)], [])
    place.lake.delete_capture(make_identity("a"))
    place.update()
    assert [day for day, _ in place.scores()] == [2, 0]


def test_an_empty_lake_has_no_figures(tmp_path: Path) -> None:
    """Nothing is worked out where nothing is recorded."""
    with Lake(tmp_path) as lake:
        with lake.ingest(CaptureRecord(make_identity("a"), "a")) as ingest:
            ingest.commit(ALERT.arrow.empty_table(), {}, "rules")
        with Ledger(tmp_path / "ledger.db", [RISK]) as ledger:
            assert update(lake, ledger, None, ACTOR, rebuild=True) == Outcome()
            with ledger.reading() as connection:
                assert list_days(connection) == []


def test_what_is_kept_is_json(place: Place) -> None:
    """Parts can be read by other programs."""
    place.update()
    texts = [column for row in place.contents() for column in row if isinstance(column, str) and column[:2] == "[["]
    assert texts
    assert all(isinstance(json.loads(text), list) for text in texts)
