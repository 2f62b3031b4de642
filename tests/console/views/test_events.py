"""What open pages and programs hear of."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from console import feed
from console.feed import FullError
from console.permission import Role
from console.refusal import Refused
from console.views import events
from console.views.events import KINDS, list_kinds, open_stream
from tests.support.consoles import Console
from tests.support.loops import run_async
from tests.support.visits import make_visit


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("analyst", set(KINDS)),
        ("enterprise_user", set(KINDS)),
        ("leader", {feed.INCIDENT_CHANGED, feed.RISK_CHANGED}),
        ("park_admin", {feed.JOB_CHANGED, feed.JOB_PROGRESSED, feed.CAPTURE_CHANGED}),
        ("auditor", set()),
    ],
)
def test_one_hears_of_what_one_may_read(role: Role, kinds: set[str]) -> None:
    """And of nothing else."""
    assert list_kinds(make_visit(role=role)) == kinds


def test_too_many_listeners_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """429 with a time to wait, before anything is sent."""

    async def stream(*_: object) -> AsyncIterator[bytes]:
        raise FullError("full")
        yield b""

    visit = make_visit()
    monkeypatch.setattr(events, "stream", stream)
    monkeypatch.setattr(visit.services, "backstage", type("Stage", (), {"feed": None}))
    with pytest.raises(Refused) as caught:
        run_async(open_stream(visit, ""))
    assert (caught.value.status, caught.value.headers["retry-after"]) == (429, "30")


def test_a_stream_ends_with_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is locked or loses a right hears no more, without leaving the page."""

    async def stream(*_: object) -> AsyncIterator[bytes]:
        for piece in (b"a", b"b", b"c", b"d"):
            yield piece

    async def hear() -> list[bytes]:
        return [piece async for piece in await open_stream(visit, "")]

    visit = make_visit()
    answers = [True, False]
    monkeypatch.setattr(events, "stream", stream)
    monkeypatch.setattr(events, "LOOK_S", 0.0)
    monkeypatch.setattr(events, "is_still_in", lambda _: answers.pop(0))
    monkeypatch.setattr(visit.services, "backstage", type("Stage", (), {"feed": None}))
    assert run_async(hear()) == [b"a", b"b"]


def test_who_may_listen(console: Console) -> None:
    """Whoever signed in; programs that may read alerts."""
    assert console.as_("").get("/events").status_code == 303
    assert console.as_("").get("/api/v1/events").status_code == 401
    assert console.program("analyst", "captures.read").get("/api/v1/events").status_code == 403
