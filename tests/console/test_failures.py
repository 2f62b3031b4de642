"""Telling what went wrong."""

from __future__ import annotations

from typing import Any

import pytest

from correlation.lake import Lake
from tests.support.consoles import EVER, Console
from wanglou.errors import ConflictError, LockedError, StoreError, UsageError


@pytest.fixture
def broken(console: Console, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let every search of the store raise what a test says."""

    def let(error: Exception) -> Console:
        def search(*_: Any, **__: Any) -> Any:
            raise error

        monkeypatch.setattr(Lake, "search", search)
        return console

    return let


CASES = [
    (StoreError("the disk is gone", where="/secret/lake"), 503, "The store is away", "存储暂时不可用"),
    (ConflictError("x was changed meanwhile"), 412, "Somebody else changed it", "已被他人修改"),
    (LockedError("x is being written"), 409, "Being written", "正在写入"),
    (UsageError("that cannot be"), 400, "The request cannot be understood", "请求无法理解"),
    (RuntimeError("a secret of the program"), 500, "A fault of the program", "程序故障"),
]


@pytest.mark.parametrize(("error", "status", "english", "chinese"), CASES)
def test_each_failure_is_a_page_in_the_readers_language(
    broken: Any, error: Exception, status: int, english: str, chinese: str
) -> None:
    """With its status, what to do, and no stack trace; parts and programs get theirs."""
    console = broken(error)
    for language, title in (("en", english), ("zh", chinese)):
        page = console.as_("analyst", language).get(f"/alerts?{EVER}")
        assert page.status_code == status
        assert title in page.text
        assert "Traceback" not in page.text
        assert "a secret of the program" not in page.text
    part = console.as_("analyst").get(f"/alerts?{EVER}", headers={"hx-request": "true", "hx-target": "more-rows"})
    assert part.headers["hx-retarget"] == "#failures"
    assert "<html" not in part.text
    problem = console.as_("analyst").get(f"/api/v1/alerts?{EVER}")
    assert problem.status_code == status
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["title"] == english
    assert problem.json()["do"]


def test_a_fault_names_its_request(broken: Any) -> None:
    """So that the administrator finds it in the log."""
    page = broken(RuntimeError("x")).as_("analyst").get(f"/alerts?{EVER}")
    assert page.headers["x-request-id"] in page.text


def test_a_wrong_query_has_its_place(console: Console) -> None:
    """For programs as a number."""
    problem = console.as_("analyst").get("/api/v1/alerts", params={"q": "rule.nam:x"})
    assert problem.status_code == 400
    assert problem.json()["position"] == 0


@pytest.mark.parametrize(
    "path", ["/nothing", "/alerts/alert-0", "/alerts/..%2f..%2fetc", "/api/v1/nothing", "/%00", "/a" * 900]
)
def test_what_is_not_there_is_told(console: Console, path: str) -> None:
    """404, for people and programs alike, whoever asks."""
    answer = console.as_("analyst").get(path)
    assert answer.status_code == 404
    assert "Not found" in answer.text


def test_wrong_parameters_are_named(console: Console) -> None:
    """422 says which and why."""
    problem = console.as_("analyst").get("/api/v1/alerts", params={"limit": "none"})
    assert problem.status_code == 422
    assert "limit" in problem.json()["detail"]


def test_a_method_that_is_not_served(console: Console) -> None:
    """405 in words."""
    answer = console.as_("analyst").put("/alerts")
    assert answer.status_code == 405
    assert "not allowed" in answer.text


def test_the_same_with_nobody_signed_in(console: Console) -> None:
    """A page without the frame, and a way to sign in."""
    page = console.as_("").get("/nothing")
    assert page.status_code == 404
    assert "/sign-in" in page.text
    assert 'id="nav"' not in page.text


HOSTILE = ["from=x", "from=now&to=now-1h", "from=0001-01-01", "from=now-999999d", "cursor=x", "cursor=[1]"]
HOSTILE += ["cursor=[99999999999999999999,1]", "state=x", "q=%00", "q=" + "(" * 3000, "selected=x", "limit=-1"]


def test_hostile_times_and_cursors_are_answered(console: Console) -> None:
    """400, and never a fault of the program."""
    client = console.as_("analyst")
    for query in HOSTILE:
        status = client.get(f"/alerts?{query}").status_code
        assert status in (200, 400, 404), query
