"""Counts that are kept are those of the ledger as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from correlation import incident_tally
from correlation.incident_list import IncidentCounts, IncidentFilter, count_incidents
from correlation.incident_tally import IncidentTally
from correlation.incidents import Incidents
from tests.support.desk import ACTOR, make_alerts, open_desk, write_alerts
from tests.support.lakes import make_identity

OPEN, CLOSED = IncidentFilter(statuses=frozenset({"new"})), IncidentFilter(statuses=frozenset({"closed"}))


def test_counts_follow_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted once while nothing changes and anew after a change; no more filters are kept than may be."""
    counted: list[IncidentFilter] = []

    def count(connection: sa.Connection, asked: IncidentFilter) -> IncidentCounts:
        counted.append(asked)
        return count_incidents(connection, asked)

    monkeypatch.setattr(incident_tally, "MOST_KEPT", 2)
    monkeypatch.setattr(incident_tally, "count_incidents", count)
    with open_desk(tmp_path) as desk:
        write_alerts(desk.lake, make_identity("a"), make_alerts(60, make_identity("a")))
        incidents, tally = Incidents(desk.ledger), IncidentTally()
        incidents.update(desk.lake, [make_identity("a")])

        def look(*asked: IncidentFilter) -> list[int]:
            with desk.ledger.reading() as connection:
                return [tally.count(connection, one).total for one in asked]

        every = len(incidents.cases())
        assert look(OPEN, CLOSED, OPEN, CLOSED) == [every, 0, every, 0]
        assert counted == [OPEN, CLOSED]
        incidents.set_state(incidents.cases()[0].id, ACTOR, status="closed", verdict="attack")
        assert look(OPEN, CLOSED) == [every - 1, 1]
        look(IncidentFilter(), OPEN)
        assert counted[-2:] == [IncidentFilter(), OPEN]
