"""Tables of incidents."""

from __future__ import annotations

from correlation.incident_tables import CAPTURES, DECISIONS, INCIDENT, INCIDENTS, MEMBERS, SCOPES


def test_tables_belong_to_an_enterprise_and_a_site() -> None:
    """Incidents and decisions can be told by their tenant; the others lead to an incident or are no state of people."""
    assert set(INCIDENTS.metadata.tables) == {table.name for table in (CAPTURES, DECISIONS, INCIDENT, MEMBERS, SCOPES)}
    assert all({"enterprise", "site"} <= set(table.c.keys()) for table in (INCIDENT, DECISIONS))
