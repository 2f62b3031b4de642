"""Figures of alerts agree with counting them one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from correlation.alert_figures import (
    choose_interval,
    count_alerts,
    count_states,
    draw_histogram,
    figure_alerts,
)
from correlation.alert_filter import AlertFilter
from correlation.triage import Triage
from tests.support.desk import ACTOR, Desk, make_alerts, open_desk, write_alerts
from tests.support.lakes import HOUR_NS, make_identity

A = make_identity("a")
ALERTS = make_alerts(120, A)
OPEN = frozenset({"new", "acknowledged"})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give 120 alerts, every third closed."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        write_alerts(desk.lake, A, ALERTS)
        Triage(desk.ledger).set_state({one["event.id"]: "" for one in ALERTS[::3]}, ACTOR, state="closed")
        yield desk


@pytest.mark.parametrize("asked", [AlertFilter(), AlertFilter(states=OPEN), AlertFilter(text="source.ip:10.0.0.1"),
                                   AlertFilter(states=OPEN, enterprises=frozenset({"chem"}))])  # fmt: skip
def test_figures_are_those_of_the_alerts(desk: Desk, asked: AlertFilter) -> None:
    """Totals, facets and histogram of any filter."""
    chosen = [
        one
        for place, one in enumerate(ALERTS)
        if (not asked.states or place % 3)
        and (not asked.text or one["source.ip"] == "10.0.0.1")
        and (asked.enterprises is None or one["organization.id"] in asked.enterprises)
    ]
    with desk.ledger.reading() as connection:
        told = figure_alerts(desk.queries, connection, asked, {"scan": ("T1", "T2"), "scan_fast": ()})
        bars = draw_histogram(desk.queries, connection, asked, HOUR_NS)
        total = count_alerts(desk.queries, connection, asked)
    assert told.total == total == len(chosen) == sum(bar.total for bar in bars)
    for name, ranked in (("rule.level", told.levels), ("rule.name", told.rules), ("source.ip", told.sources),
                         ("destination.ip", told.destinations), ("organization.id", told.enterprises)):  # fmt: skip
        assert dict(ranked) == Counter(one[name] for one in chosen if one[name])
    rules = Counter(one["rule.name"] for one in chosen)
    assert dict(told.techniques) == {"T0855": rules["modbus_write"] + rules["dns_tunnel"], "T1": rules["scan"],
                                     "T2": rules["scan"]}  # fmt: skip
    counted = Counter((one["@timestamp"] // HOUR_NS * HOUR_NS, one["rule.level"]) for one in chosen)
    assert {(bar.start_ns, level): count for bar in bars for level, count in bar.levels.items()} == counted


def test_states_follow_the_ledger(desk: Desk) -> None:
    """A change of state is counted at the next look."""
    with desk.ledger.reading() as connection:
        assert count_states(desk.queries, connection, AlertFilter()) == {"new": 80, "acknowledged": 0, "closed": 40}
    Triage(desk.ledger).set_state({ALERTS[1]["event.id"]: ""}, ACTOR, state="acknowledged")
    with desk.ledger.reading() as connection:
        assert count_states(desk.queries, connection, AlertFilter()) == {"new": 79, "acknowledged": 1, "closed": 40}
    Triage(desk.ledger).set_state({ALERTS[1]["event.id"]: ""}, ACTOR, state="new")


def test_intervals_are_steps_people_read() -> None:
    """A day is cut into half hours, a month into hours of twelve, a year into days and weeks."""
    assert choose_interval(0, 24 * HOUR_NS) == HOUR_NS // 2
    assert choose_interval(0, 30 * 24 * HOUR_NS) == 12 * HOUR_NS
    assert choose_interval(0, 365 * 24 * HOUR_NS) == 7 * 24 * HOUR_NS
