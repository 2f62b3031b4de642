"""The page of the store."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest

from correlation.audit_list import list_audit
from tests.support.accounts import ADMIN
from tests.support.consoles import Console
from tests.support.pages import Pages
from wanglou.audit_rows import Asked
from wanglou.errors import StoreError


@pytest.fixture
def later(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a month pass."""
    later_ns = time.time_ns() + 30 * 86_400 * 10**9
    monkeypatch.setattr(console.services, "clock", lambda: later_ns)


def test_the_store_is_told(console: Console) -> None:
    """What it holds and what was found, in both languages; enterprises do not see it."""
    for language, words in (("zh", ("存储", "正常", "内置数据湖")), ("en", ("Store", "Well", "embedded lake"))):
        page = console.as_("park_admin", language).get("/store")
        assert page.status_code == 200
        assert all(word in page.text for word in words)
    assert console.as_("enterprise_user").get("/store").status_code == 403


def test_what_is_due_is_told(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """With days of retention, how many records go next; nothing is removed by looking."""
    before = console.program("park_admin").get("/api/v1/store").json()
    assert (before["due"], before["keep_days"]) == (None, None)
    monkeypatch.setattr(console.services, "work", replace(console.services.work, keep_days=1))
    later_ns = time.time_ns() + 30 * 86_400 * 10**9
    monkeypatch.setattr(console.services, "clock", lambda: later_ns)
    told = console.program("park_admin").get("/api/v1/store").json()
    assert told["keep_days"] == 1
    assert told["due"]["records"] > 0
    assert re.search(r"\d days? before", console.as_("park_admin").get("/store").text)
    assert told["records"] == before["records"]


def test_a_store_that_cannot_be_looked_at(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a finding, and no failure of the page."""

    def fail() -> None:
        raise StoreError("the cluster is away", do="wait")

    monkeypatch.setattr(console.services.store, "disk_usage", fail)
    page = console.as_("park_admin").get("/store")
    assert page.status_code == 200
    assert "the cluster is away" in page.text
    assert console.program("park_admin").get("/api/v1/store").json()["findings"][0]["grade"] == "wrong"


@pytest.mark.usefixtures("later")
def test_old_days_go_after_a_preview(console: Console) -> None:
    """Who manages the store sees days and records, confirms, and a job with an audit line is made; nobody else may."""
    admin = console.as_("park_admin")
    assert "/store/expiry" in admin.get("/store").text
    assert "/store/expiry" not in console.as_("analyst").get("/store").text
    assert console.as_("analyst").get("/store/expiry").status_code == 403
    assert console.as_("analyst").post("/store/expiry", data={"before": "2000-01-01"}).status_code == 403
    assert admin.get("/store/expiry?days=x").status_code == 400
    assert 'name="before"' not in admin.get("/store/expiry?days=36500").text
    page = admin.get("/store/expiry?days=1")
    found = re.search(r'name="before" value="([\d-]+)"', page.text)
    assert found is not None
    told = console.program("park_admin").get("/api/v1/store/expiry?days=1").json()
    assert told["before"] == found[1]
    assert all(one["day"] in page.text for one in told["items"])
    assert admin.post("/store/expiry", data={"before": "9999-01-01"}).status_code == 400
    done = admin.post("/store/expiry", data={"before": "1999-01-01"})
    job = console.services.backstage.jobs.find(done.headers["location"].rpartition("/")[2])
    assert job is not None
    assert (job.kind, dict(job.subject), job.actor) == ("expire", {"before": "1999-01-01"}, "user:park_admin")
    with console.services.ledger.reading() as connection:
        lines = list_audit(connection, Asked(subject=job.id))
    assert [one.action for one in lines.rows] == ["job.queued"]
    assert console.as_("analyst").post(f"/captures/jobs/{job.id}/cancel").status_code == 403
    assert console.services.backstage.jobs.cancel(job.id, ADMIN) is not None
    assert console.as_("analyst").post(f"/captures/jobs/{job.id}/retry").status_code == 403


@pytest.mark.needs_chromium
@pytest.mark.usefixtures("later")
def test_the_preview_on_a_phone(pages: Pages) -> None:
    """Days with their records, what will happen, and how to leave it."""
    page = pages.open("/store/expiry?days=1", "park_admin", width=390, bypass_policy=True)
    assert page.locator(".expiry tbody tr").count() > 0
    assert page.get_by_role("link", name="Cancel").is_visible()
    pages.check(page)
    pages.check_width(page)
    pages.shoot(page, "store-expiry-390-en-light")
