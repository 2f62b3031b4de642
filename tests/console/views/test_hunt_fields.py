"""What completes a query."""

from __future__ import annotations

from console.views.hunt_fields import list_values
from tests.support.consoles import EVER, Console
from tests.support.hunting import visit_of


def test_values_are_terms_of_queries(console: Console) -> None:
    """Each term finds as many records as the value is said to have."""
    visit = visit_of(console, f"{EVER}&dataset=modbus")
    for field in ("event.action", "source.ip", "modbus.unit_id"):
        found = list_values(visit, field)
        assert found
        for one in found:
            assert visit.store.count("modbus", f"{field}:{one.term}") == one.count
    assert list_values(visit, "@timestamp") == []
