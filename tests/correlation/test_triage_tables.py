"""Tables of triage."""

from __future__ import annotations

from correlation.triage_tables import ALERT_STATES, SUPPRESSIONS, TRIAGE


def test_tables_belong_to_an_enterprise_and_a_site() -> None:
    """Every row that people make can be told by its tenant."""
    assert set(TRIAGE.metadata.tables) == {ALERT_STATES.name, SUPPRESSIONS.name}
    assert all({"enterprise", "site"} <= set(table.c.keys()) for table in TRIAGE.metadata.tables.values())
