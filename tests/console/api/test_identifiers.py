"""The API of identifiers."""

from __future__ import annotations

from tests.support.consoles import EVER, Console

API = "/api/v1/identifiers"


def test_numbers_lead_to_as_many_records(console: Console) -> None:
    """Counts of the head and of each prefix are those of the records behind them."""
    program = console.program("analyst")
    counts = program.get(f"{API}?{EVER}").json()
    for name, asked in (("resolved", "action=resolved"), ("failed", "outcome=failure"), ("invalid", "valid=false")):
        listed = program.get(f"{API}/records?{EVER}&{asked}&limit=500").json()
        assert listed["next"] is not None or len(listed["items"]) == counts[name]
    for one in program.get(f"{API}/prefixes?{EVER}").json()["items"]:
        asked = f"prefix={one['prefix'] or '-'}&scheme={one['scheme'] or '-'}"
        listed = program.get(f"{API}/records?{EVER}&{asked}&limit=500").json()
        assert listed["next"] is not None or len(listed["items"]) == sum(one["actions"].values())


def test_actors_faults_and_novelty_are_told(console: Console) -> None:
    """What the page shows, for programs."""
    program = console.program("analyst")
    actors = program.get(f"{API}/actors?{EVER}&action=resolved").json()["items"]
    assert actors
    assert {one["action"] for one in actors} == {"resolved"}
    faults = program.get(f"{API}/faults?{EVER}").json()["items"]
    hunted = program.get(f"/api/v1/records/histogram?{EVER}&dataset=handle&q=event.outcome:failure").json()
    assert sum(one["records"] for one in faults) == hunted["total"] > 0
    assert program.get(f"{API}/novelty?{EVER}").json()["prefixes"]
    assert program.get(f"{API}/actors?action=eaten").status_code == 422


def test_only_the_own_enterprise_is_told(console: Console) -> None:
    """Who is bound to an enterprise gets no more than the whole park, and records of nobody else."""
    bound, whole = console.program("enterprise_user"), console.program("analyst")
    mine, all_of_them = bound.get(f"{API}?{EVER}").json(), whole.get(f"{API}?{EVER}").json()
    assert all(mine[name] <= all_of_them[name] for name in mine)
    owners = {one.get("organization.id") for one in bound.get(f"{API}/records?{EVER}").json()["items"]}
    assert owners <= {"chem"}
