"""The API of the wall view."""

from __future__ import annotations

from tests.support.consoles import EVER, Console


def test_a_program_reads_the_wall(console: Console) -> None:
    """Figures, kinds of attack with titles in the reader's language, and places from 0 to 100."""
    client = console.program("analyst", "wall.read")
    found = client.get(f"/api/v1/wall?{EVER}", headers={"accept-language": "en"}).json()
    assert found["figures"]["alerts"]["total"] >= sum(kind["count"] for kind in found["kinds"]) > 0
    assert {one["enterprise"]: (one["x"], one["y"]) for one in found["places"]}["chem"] == (28, 38)
    assert all(kind["title"].isascii() for kind in found["kinds"])


def test_a_token_needs_the_permission(console: Console) -> None:
    """Another permission is not enough."""
    assert console.program("analyst", "overview.read").get("/api/v1/wall").status_code == 403
