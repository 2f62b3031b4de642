"""Bringing what the ledger keeps to what was grouped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from correlation.incident_scopes import group_scope
from correlation.incident_tables import INCIDENT, INCIDENTS, MEMBERS
from correlation.reconciliation import Outcome, Reconciliation
from tests.support.alerts import CAPTURE, READ, Alert, make_alert, make_columns
from tests.support.ledgers import ACTOR
from wanglou.ledger import Ledger


def bring(ledger: Ledger, alerts: list[Alert]) -> Outcome:
    """Reconcile with what these alerts give."""
    found = group_scope(make_columns(alerts))
    with ledger.change(ACTOR) as change:
        return Reconciliation(change, {CAPTURE}).run([replace(one, scope=CAPTURE) for one in found])


def test_an_id_goes_with_most_of_its_alerts(place: Path | str) -> None:
    """Where an incident falls apart, the larger part keeps the id; where two become one, the other id goes."""
    early = [make_alert(READ, "10.0.0.9", "10.0.0.1", n) for n in range(2)]
    late = [make_alert(READ, "10.0.0.9", "10.0.0.1", 7_000 + n) for n in range(3)]
    bridge = make_alert(READ, "10.0.0.9", "10.0.0.1", 3_500)
    with Ledger(place, [INCIDENTS], create=True) as ledger:
        assert bring(ledger, [*early, bridge, *late]) == Outcome(opened=1)
        with ledger.reading() as connection:
            first = connection.scalar(sa.select(INCIDENT.c.id))
        assert bring(ledger, early + late) == Outcome(opened=1, changed=1)
        with ledger.reading() as connection:
            holders = {row.alert: row.incident for row in connection.execute(sa.select(MEMBERS))}
        assert {holders[alert["event.id"]] for alert in late} == {first}
        assert bring(ledger, [*early, bridge, *late]) == Outcome(changed=1, removed=1)
        with ledger.reading() as connection:
            assert list(connection.scalars(sa.select(INCIDENT.c.id))) == [first]
            assert connection.scalar(sa.select(sa.func.count()).select_from(MEMBERS)) == 6


def test_outcomes_add_up() -> None:
    """Each count by itself."""
    assert Outcome(1, 2, 3) + Outcome(1, 1, 1, 1) == Outcome(2, 3, 4, 1)
