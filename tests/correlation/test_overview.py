"""The overview's figures: risks, trend, ages of incidents, losses."""

from __future__ import annotations

from pathlib import Path

from correlation.incident_list import IncidentFilter, list_incidents
from correlation.incidents import Incidents
from correlation.overview import (
    AGES,
    AGES_NS,
    HOUR_NS,
    age_incidents,
    band_of,
    bound_age,
    find_losses,
    list_risks,
    read_trend,
)
from correlation.risk import Assessment, Figure, Part
from correlation.risk_ledger import save_assessment
from tests.support.desk import ACTOR, make_alerts, open_desk, write_alerts
from tests.support.lakes import DAY_NS, START_NS, make_identity

A = make_identity("a")


def make_assessment(day: int, scores: dict[str, int]) -> Assessment:
    """Make the figures of a day: one asset and one enterprise for each score."""
    parts = (Part("threat", "rule", "10.0.0.1", 1, 1),)
    assets = [Figure("asset", name, f"asset-{name}", score, parts, f"PLC {name}", 3) for name, score in scores.items()]
    enterprises = [Figure("enterprise", name, "", score, parts) for name, score in scores.items()]
    return Assessment(day * DAY_NS + 1, Figure("park", "", "", max(scores.values()), parts), enterprises, assets)


def test_risks_with_what_they_were(tmp_path: Path) -> None:
    """The worst first, with the day before; an enterprise sees its own."""
    with open_desk(tmp_path) as desk:
        with desk.ledger.reading() as connection:
            assert list_risks(connection, "asset") == []
            assert read_trend(connection) == []
        for day, scores in ((100, {"chem": 4_000, "mach": 100}), (101, {"chem": 3_000, "mach": 5_000})):
            with desk.ledger.change(ACTOR) as change:
                save_assessment(change, "", make_assessment(day, scores), "w", "m")
        with desk.ledger.reading() as connection:
            risks = list_risks(connection, "asset")
            assert [(one.enterprise, one.name, one.score, one.before) for one in risks] == [
                ("mach", "PLC mach", 5_000, 100), ("chem", "PLC chem", 3_000, 4_000)]  # fmt: skip
            assert [one.enterprise for one in list_risks(connection, "enterprise", frozenset({"chem"}))] == ["chem"]
            assert [(one.day, one.score) for one in read_trend(connection)] == [(100, 4_000), (101, 5_000)]
            own = read_trend(connection, frozenset({"chem"}))
            assert [(one.score, dict(one.enterprises)) for one in own] == [(4_000, {"chem": 4_000}),
                                                                           (3_000, {"chem": 3_000})]  # fmt: skip
            assert list_risks(connection, "asset", frozenset()) == []


def test_open_incidents_by_age(tmp_path: Path) -> None:
    """Closed ones do not count; what an enterprise may not see neither."""
    with open_desk(tmp_path) as desk:
        write_alerts(desk.lake, A, make_alerts(60, A))
        incidents = Incidents(desk.ledger)
        incidents.update(desk.lake, [A])
        cases = incidents.cases()
        incidents.set_state(cases[0].id, ACTOR, status="closed")
        left = cases[1:]
        with desk.ledger.reading() as connection:
            young = age_incidents(connection, START_NS + 4 * HOUR_NS)
            old = age_incidents(connection, START_NS + 4 * HOUR_NS + AGES_NS[-1])
            assert age_incidents(connection, START_NS, frozenset()).total == 0
    assert young.total == old.total == len(left)
    assert sum(young.counts[0].values()) == len(left) == sum(old.counts[-1].values())
    assert young.oldest_ns == min(case.incident.first_ns for case in left)
    assert set(young.counts[0]) == {band_of(case.incident.severity) for case in left}


def test_bounds_of_ages_find_what_is_counted(tmp_path: Path) -> None:
    """At every nanosecond around the ends of the ages, each incident is counted and found in one and the same age."""
    with open_desk(tmp_path) as desk:
        write_alerts(desk.lake, A, make_alerts(60, A))
        incidents = Incidents(desk.ledger)
        incidents.update(desk.lake, [A])
        first_ns = incidents.cases()[0].incident.first_ns
        with desk.ledger.reading() as connection:
            for now_ns in (first_ns + age + off for age in (HOUR_NS, *AGES_NS) for off in (-1, 0, 1)):
                counted = [sum(counts.values()) for counts in age_incidents(connection, now_ns).counts]
                found = []
                for name in AGES:
                    start, end = bound_age(name, now_ns)
                    asked = IncidentFilter(began_from_ns=start, began_before_ns=end)
                    found.append(len(list_incidents(connection, asked).cases))
                assert found == counted


def test_losses_of_captures(tmp_path: Path) -> None:
    """Counters that tell of losses, of captures of the period."""
    with open_desk(tmp_path) as desk:
        write_alerts(desk.lake, A, make_alerts(5, A))
        captures = desk.lake.captures()

        def choose(counters: object) -> dict[str, int]:
            assert isinstance(counters, dict)
            return {name: count for name, count in counters.items() if name == "stream_gaps"}

        losses, total = find_losses(captures, choose)
        assert ([one.name for one in losses], total) == (["aaaa.pcap"], {"stream_gaps": 2})
        assert find_losses(captures, choose, end_ns=START_NS - DAY_NS) == ([], {})
        assert find_losses(captures, choose, start_ns=START_NS + DAY_NS) == ([], {})
