"""Ranked lists go from value to value, rare ones together, and lose nothing to what arrives meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation import alert_ranking
from correlation.alert_filter import AlertFilter
from correlation.alert_list import ORDERS, Order, list_alerts
from tests.support.desk import make_alerts, open_desk, write_alerts
from tests.support.lakes import HOUR_NS, START_NS, make_identity

A, B = make_identity("a"), make_identity("b")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("whole", [0, 1_000])
def test_what_arrives_between_two_pages_doubles_and_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: Order, whole: int
) -> None:
    """New alerts, older and newer ones, come where they belong; all that were there are given once."""
    monkeypatch.setattr(alert_ranking, "MOST_SORTED", whole)
    first, later = make_alerts(40, A), make_alerts(40, B, seed=5, start_ns=START_NS - HOUR_NS)
    with open_desk(tmp_path) as desk:
        write_alerts(desk.lake, A, first)
        with desk.ledger.reading() as connection:
            page = list_alerts(desk.queries, connection, AlertFilter(), order=order, limit=15)
        write_alerts(desk.lake, B, later)
        seen = [line.id for line in page.lines]
        while page.next:
            with desk.ledger.reading() as connection:
                page = list_alerts(desk.queries, connection, AlertFilter(), order=order, limit=15, cursor=page.next)
            seen += [line.id for line in page.lines]
    assert len(seen) == len(set(seen))
    assert {one["event.id"] for one in first} <= set(seen)


@pytest.mark.parametrize(
    ("begun", "runs"),
    [
        (None, [(90, 70), (50, 50), (30, 30)]),
        (90, [(90, 90), (80, 70), (50, 50), (30, 30)]),
    ],
)
def test_values_of_few_records_are_searched_together(begun: int | None, runs: list[tuple[int, int]]) -> None:
    """Up to two pages a search; the value that a page began in is searched alone behind its place."""
    ranked = [(90, 3), (80, 4), (70, 5), (50, 500), (30, 15)]
    assert alert_ranking._runs(ranked, 10, begun) == runs
