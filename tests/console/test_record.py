"""Records as templates read them."""

from __future__ import annotations

from console.record import Record


def test_a_field_without_a_value_is_none() -> None:
    """Asked for by subscript; what is there is there."""
    record = Record({"source.ip": "10.0.0.1"})
    assert record["source.ip"] == "10.0.0.1"
    assert record["destination.ip"] is None
    assert "destination.ip" not in record
