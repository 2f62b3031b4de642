"""A console that stops: what is under way ends, or is told so; nothing new begins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from console import stop as module
from console.stop import Stop
from correlation.lake import Lake
from tests.support.consoles import EVER, Console, fill_lake, open_console
from wanglou.errors import StoreError


@pytest.fixture
def own(tmp_path: Any) -> Any:
    """A console of the test's own, as one that stopped answers no more."""
    with open_console(fill_lake(tmp_path / "lake")) as console:
        yield console


def ask(console: Console, path: str, *, language: str = "en", **headers: str) -> httpx.Request:
    """Make a request of an analyst's."""
    cookies = "; ".join(f"{one.name}={one.value}" for one in console.as_("analyst", language).cookies.jar)
    return httpx.Request("GET", f"http://testserver{path}", headers={"cookie": cookies, **headers})


async def stop_during(
    console: Console, request: httpx.Request, grace_s: float, hurry: Callable[[], None] = lambda: None
) -> httpx.Response:
    """Stop the console as soon as a request is under way; gives the request's answer."""
    transport = httpx.ASGITransport(console.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport) as client:
        asked = asyncio.create_task(client.send(request))
        while not console.services.stop.tasks:  # noqa: ASYNC110 - nobody tells of them
            await asyncio.sleep(0)
        await console.services.stop.run(grace_s, hurry)
        return await asked


def test_what_is_under_way_may_end(own: Console) -> None:
    """It has its answer, and only what comes later is sent away."""
    answer = asyncio.run(stop_during(own, ask(own, f"/alerts?{EVER}"), 60))
    assert answer.status_code == 200
    for language, words in (("en", "Wanglou is stopping"), ("zh", "望楼正在停止")):
        page = own.as_("analyst", language).get("/alerts")
        assert (page.status_code, page.headers["retry-after"]) == (503, "10")
        assert words in page.text
        assert "content-security-policy" in page.headers
    problem = own.as_("analyst").get("/api/v1/alerts")
    assert problem.status_code == 503
    assert problem.json()["title"] == "Wanglou is stopping"


def test_a_query_under_way_is_told(own: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store ends it with an error, which is no fault that anybody has to look at."""

    async def stop_it() -> httpx.Response:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()

        def search(*_: Any, **__: Any) -> Any:
            asyncio.run_coroutine_threadsafe(stopped.wait(), loop).result(60)
            raise StoreError("the store is being closed")

        monkeypatch.setattr(Lake, "search", search)
        return await stop_during(own, ask(own, f"/alerts?{EVER}"), 0.01, stopped.set)

    answer = asyncio.run(stop_it())
    assert answer.status_code == 503
    assert "Wanglou is stopping" in answer.text


def test_what_does_not_end_is_cut(
    own: Console, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With the same answer, for people and programs, and without a trace in the log."""
    monkeypatch.setattr(module, "CUT_S", 0.05)

    async def cut(path: str) -> httpx.Response:
        gate = asyncio.Event()
        loop = asyncio.get_running_loop()

        def search(*_: Any, **__: Any) -> Any:
            asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(60)
            raise StoreError("too late")

        monkeypatch.setattr(Lake, "search", search)
        own.services.stop.__init__()  # type: ignore[misc] # the same console stops again
        try:
            return await stop_during(own, ask(own, path, language="zh"), 0.01)
        finally:
            gate.set()

    with caplog.at_level(logging.WARNING):
        page, problem = asyncio.run(cut(f"/alerts?{EVER}")), asyncio.run(cut(f"/api/v1/alerts?{EVER}"))
    assert (page.status_code, problem.status_code) == (503, 503)
    assert "望楼正在停止" in page.text
    assert problem.json()["title"] == "望楼正在停止"
    assert not caplog.records


def test_a_stop_with_nothing_under_way_is_at_once() -> None:
    """The store is not hurried."""
    stop = Stop()
    asyncio.run(stop.run(60, lambda: pytest.fail("nothing to hurry")))
    assert stop.is_begun
    assert not stop.is_cut
