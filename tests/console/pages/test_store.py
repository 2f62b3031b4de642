"""The page of the store."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.support.consoles import Console
from wanglou.errors import StoreError


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
    assert "days before" in console.as_("park_admin").get("/store").text
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
