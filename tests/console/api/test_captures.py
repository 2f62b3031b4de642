"""The API of captures."""

from __future__ import annotations

from console.jobs import Jobs
from tests.support.accounts import ADMIN
from tests.support.consoles import Console


def test_cursors_lead_through_all_captures(console: Console) -> None:
    """Page by page, the same as at once."""
    program = console.program("analyst")
    whole = [one["id"] for one in program.get("/api/v1/captures?limit=500").json()["items"]]
    found, cursor = [], ""
    while cursor is not None:
        page = program.get(f"/api/v1/captures?limit=2&cursor={cursor}").json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert found == whole
    assert program.get("/api/v1/captures?cursor=-1").status_code == 400


def test_one_capture(console: Console) -> None:
    """With its records, times and losses in words."""
    program = console.program("analyst")
    first = program.get("/api/v1/captures?limit=1").json()["items"][0]
    assert program.get(f"/api/v1/captures/{first['id']}").json() == first
    assert first["records"]
    assert program.get("/api/v1/captures/nothing").status_code == 404


def test_an_enterprise_sees_no_capture_of_another(console: Console) -> None:
    """What is told of the park's captures is only its own records."""
    whole = {one["id"]: one for one in console.program("analyst").get("/api/v1/captures").json()["items"]}
    own = console.program("enterprise_user").get("/api/v1/captures").json()["items"]
    assert {one["id"] for one in own} <= set(whole)
    assert all(sum(one["records"].values()) <= sum(whole[one["id"]]["records"].values()) for one in own)


def test_deleting_and_replaying_are_jobs(console: Console) -> None:
    """Both answer 202 with the job; who may not gets 403."""
    jobs = Jobs(console.services.ledger)
    first = console.program("analyst").get("/api/v1/captures?limit=1").json()["items"][0]["id"]
    assert console.program("analyst").delete(f"/api/v1/captures/{first}").status_code == 403
    asked = console.program("responder").delete(f"/api/v1/captures/{first}")
    assert (asked.status_code, asked.json()["kind"]) == (202, "delete")
    program = console.program("analyst")
    bundle = program.get("/api/v1/bundled-captures").json()["items"][0]
    replay = program.post(f"/api/v1/bundled-captures/{bundle['file']}/replay", json={"is_moved": False})
    assert (replay.status_code, replay.json()["state"]) == (202, "queued")
    assert program.post("/api/v1/bundled-captures/x/replay", json={}).status_code == 404
    wrong = {"enterprise": "nobody"}
    assert program.post(f"/api/v1/bundled-captures/{bundle['file']}/replay", json=wrong).status_code == 400
    for one in (asked, replay):
        assert jobs.cancel(one.json()["id"], ADMIN) is not None
