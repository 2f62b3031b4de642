"""The API of the store."""

from __future__ import annotations

from tests.support.consoles import Console


def test_the_store_is_told(console: Console) -> None:
    """What the captures hold, added up; sizes; findings."""
    told = console.program("analyst").get("/api/v1/store").json()
    captures = console.services.store.captures()
    assert told["captures"] == len(captures)
    assert sum(told["records"].values()) == sum(sum(one.rows.values()) for one in captures)
    assert told["kind"] == "lake"
    assert told["records_bytes"] > 0
    assert {one["subject"] for one in told["findings"]} >= {"version", "disk"}
