"""The API of sensors."""

from __future__ import annotations

from tests.support.consoles import Console


def test_sensors_are_listed(console: Console) -> None:
    """The worker with its losses in words; others are not there; enterprises do not see it."""
    program = console.program("analyst")
    (worker,) = program.get("/api/v1/sensors").json()["items"]
    assert (worker["id"], worker["packets"] > 0) == ("worker", True)
    assert program.get("/api/v1/sensors/worker").json()["packets"] == worker["packets"]
    assert program.get("/api/v1/sensors/x").status_code == 404
    assert console.program("enterprise_user").get("/api/v1/sensors").status_code == 403
