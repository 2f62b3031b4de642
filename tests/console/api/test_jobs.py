"""The API of jobs."""

from __future__ import annotations

from console.jobs import Jobs
from tests.support.accounts import ADMIN
from tests.support.consoles import Console


def test_jobs_are_listed_cancelled_and_asked_for_again(console: Console) -> None:
    """Newest first, by state, page by page."""
    jobs = Jobs(console.services.ledger)
    made = [jobs.add(ADMIN, "replay", {"bundled": "x.pcap"}, f"n{number}.pcap").id for number in range(3)]
    program = console.program("analyst")
    page = program.get("/api/v1/jobs?state=queued&limit=2").json()
    again = program.get(f"/api/v1/jobs?state=queued&limit=2&cursor={page['next']}").json()
    assert [one["id"] for one in (*page["items"], *again["items"])] == made[::-1]
    assert again["next"] is None
    cancelled = program.post(f"/api/v1/jobs/{made[0]}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert program.get(f"/api/v1/jobs/{made[0]}").json() == cancelled.json()
    retried = program.post(f"/api/v1/jobs/{made[0]}/retry").json()
    assert (retried["state"], retried["id"] != made[0]) == ("queued", True)
    for one in (*made, retried["id"]):
        jobs.cancel(one, ADMIN)


def test_what_is_not_there(console: Console) -> None:
    """404 for unknown jobs and those of others, 400 for a cursor that was never given, 422 for a state."""
    jobs = Jobs(console.services.ledger)
    job = jobs.add(ADMIN, "replay", {"bundled": "x.pcap"}, "x.pcap", enterprise="water")
    jobs.cancel(job.id, ADMIN)
    program = console.program("analyst")
    for act in ("cancel", "retry"):
        assert program.post(f"/api/v1/jobs/none/{act}").status_code == 404
    assert console.program("enterprise_user").get(f"/api/v1/jobs/{job.id}").status_code == 404
    assert program.get("/api/v1/jobs?cursor=x").status_code == 400
    assert program.get("/api/v1/jobs?state=x").status_code == 422
