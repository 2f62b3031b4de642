"""The order in which a console stops: grace, then hurry, then the cut."""

from __future__ import annotations

import asyncio

import pytest

from console import stop
from console.stop import Stop


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut soon."""
    monkeypatch.setattr(stop, "CUT_S", 0.05)


async def _stop_with(chosen: Stop, request: asyncio.Task[object], grace_s: float) -> list[str]:
    """Stop while ``request`` is under way; gives what was called."""
    called: list[str] = []
    chosen.tasks.add(request)
    request.add_done_callback(chosen.tasks.discard)
    await chosen.run(grace_s, lambda: called.append("hurry"))
    return called


def test_what_ends_by_itself_is_neither_hurried_nor_cut() -> None:
    """A request that ends within its grace."""

    async def run() -> None:
        chosen = Stop()
        assert await _stop_with(chosen, asyncio.ensure_future(asyncio.sleep(0, result=None)), 30.0) == []
        assert (chosen.is_begun, chosen.is_cut) == (True, False)

    asyncio.run(run())


def test_what_never_ends_is_cancelled() -> None:
    """First the store's queries are stopped, then the task is."""

    async def run() -> None:
        chosen, forever = Stop(), asyncio.get_running_loop().create_future()

        async def wait() -> object:
            return await forever

        request = asyncio.ensure_future(wait())
        assert await _stop_with(chosen, request, 0.0) == ["hurry"]
        assert (chosen.is_cut, request.cancelled()) == (True, True)

    asyncio.run(run())
