"""The API of the overview."""

from __future__ import annotations

from tests.support.consoles import EVER, Console


def test_a_program_reads_the_figures(console: Console) -> None:
    """The parts of the page, with times as RFC 3339."""
    found = console.program("analyst", "overview.read").get(f"/api/v1/overview?{EVER}").json()
    assert found["start"] == "1999-12-31T16:00:00.000000000Z"
    assert found["alerts"]["total"] > 0
    assert set(found["incidents"]["ages"]) == {"day", "three", "week", "older"}
    assert found["intake"]["captures"] > 0
    assert found["intake"]["packets"] > 0


def test_an_enterprise_sees_its_own_figures(console: Console) -> None:
    """Alerts of others are in no number."""
    own = console.program("enterprise_user").get(f"/api/v1/overview?{EVER}").json()["alerts"]["total"]
    found = console.program("analyst").get(f"/api/v1/alerts?{EVER}&state=all&limit=200").json()["items"]
    owners = [row["record"].get("organization.id") for row in found]
    assert own == owners.count("chem") < len(owners)


def test_a_token_needs_the_permission(console: Console) -> None:
    """Another permission is not enough; nobody gets 401."""
    assert console.program("analyst", "alerts.read").get("/api/v1/overview").status_code == 403
    assert console.as_().get("/api/v1/overview").status_code == 401
