"""The pages of captures."""

from __future__ import annotations

import re

from console.jobs import Jobs
from tests.support.accounts import ADMIN
from tests.support.consoles import Console


def first_capture(console: Console, name: str = "analyst") -> str:
    """Give the address of a capture."""
    found: str = re.findall(r'data-open="(/captures/[0-9a-f]{64}[^"]*)"', console.as_(name).get("/captures").text)[0]
    return found


def test_the_list_shows_what_was_read(console: Console) -> None:
    """A row for each capture, the answer above them, in both languages."""
    kept = len(console.services.store.captures())
    for language, title in (("zh", "抓包"), ("en", "Captures")):
        page = console.as_("analyst", language).get("/captures")
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
        assert len(re.findall(r'data-open="/captures/', page.text)) == kept
        assert "upload-files" in page.text


def test_captures_are_ordered_found_and_paged(console: Console) -> None:
    """By what the address says."""
    client = console.as_("analyst")
    names = re.findall(r'class="row-link"[^>]*>([^<]+)<', client.get("/captures?sort=name").text)
    assert names == sorted(names, key=str.casefold)
    assert client.get("/captures?sort=-records&limit=1").text.count('class="row"') == 1
    assert "more-rows" in client.get("/captures?limit=1").text
    part = client.get("/captures?limit=1&cursor=1", headers={"hx-request": "true", "hx-target": "more-rows"})
    assert "<html" not in part.text
    assert client.get(f"/captures?q={names[0]}").text.count('class="row"') >= 1
    assert "No capture of that name" in client.get("/captures?q=nothing-like-it").text
    assert client.get("/captures?cursor=x&limit=y&view=z&sort=q").status_code == 200


def test_one_capture_tells_what_it_holds(console: Console) -> None:
    """Records by dataset and losses in words, as a page and as a part; unknown ones are not found."""
    path = first_capture(console)
    client = console.as_("analyst")
    page, part = client.get(path), client.get(path, headers={"hx-request": "true", "hx-target": "side"})
    assert "Records" in page.text
    assert "<html" not in part.text
    assert client.get("/captures/nothing").status_code == 404
    assert client.get("/captures/jobs/job-0").status_code == 404


def test_only_operators_upload_and_delete(console: Console) -> None:
    """Analysts upload, responders delete too, an enterprise's users read; others do not come in."""
    path = first_capture(console)
    assert "upload-files" not in console.as_("enterprise_user").get("/captures").text
    assert console.as_("auditor").get("/captures").status_code == 403
    assert console.as_("analyst").post(f"{path}/delete").status_code == 403
    assert "delete-capture" in console.as_("responder").get(path).text
    assert console.as_("enterprise_user").post("/captures/bundled", data={"file": "x"}).status_code == 403
    assert console.as_("responder").post("/captures/nothing/delete").status_code == 404


def test_a_bundled_capture_is_asked_for_and_cancelled(console: Console) -> None:
    """With one click; the job stands in the queue until it is cancelled, and can be asked for again."""
    client = console.as_("analyst")
    assert "function_scan.pcap" in client.get("/captures?view=bundled").text
    answer = client.post("/captures/bundled", data={"file": "function_scan.pcap", "moved": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/captures")
    jobs = Jobs(console.services.ledger)
    (job,) = jobs.list_jobs(states=["queued"])
    assert "shift_to_ns" in job.subject
    assert f'data-job="{job.id}"' in client.get("/captures").text
    assert job.name in client.get("/captures?view=jobs").text
    assert client.post(f"/captures/jobs/{job.id}/cancel", data={"back": "/captures?view=jobs"}).status_code == 303
    page = client.get(f"/captures/jobs/{job.id}")
    assert "Cancelled" in page.text
    assert client.post(f"/captures/jobs/{job.id}/retry").status_code == 303
    for one in jobs.list_jobs(states=["queued"]):
        jobs.cancel(one.id, ADMIN)
    assert client.post("/captures/bundled", data={"file": "../../etc/passwd"}).status_code == 404


def test_jobs_of_another_enterprise_are_not_there(console: Console) -> None:
    """Neither in the queue, nor by their address."""
    jobs = Jobs(console.services.ledger)
    job = jobs.add(ADMIN, "replay", {"bundled": "x.pcap"}, "of-water.pcap", enterprise="water")
    client = console.as_("enterprise_user")
    assert "of-water" not in client.get("/captures?view=jobs").text
    assert client.get(f"/captures/jobs/{job.id}").status_code == 404
    assert console.as_("analyst").get(f"/captures/jobs/{job.id}").status_code == 200
    jobs.cancel(job.id, ADMIN)


def test_a_fault_is_told_without_folders(console: Console) -> None:
    """In the reader's language where it is known, else marked as English; no path of the machine."""
    from console.job import Fault, Outcome  # noqa: PLC0415 - only here

    jobs = Jobs(console.services.ledger)
    job = jobs.add(ADMIN, "replay", {"bundled": "x.pcap"}, "x.pcap")
    taken = jobs.take("w")
    assert taken is not None
    jobs.finish(taken, "w", "failed", Outcome(fault=Fault("the file is empty", "/srv/x/x.pcap")), ADMIN)
    page = console.as_("analyst", "zh").get(f"/captures/jobs/{job.id}").text
    assert "失败" in page
    assert "/srv" not in page
