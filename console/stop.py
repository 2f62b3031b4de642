"""How a console stops answering: what is under way may end, then it is cut.

From the first moment on, requests that come are answered 503 at once, so that a proxy asks another console. Those under
way have a while; then the store's queries are stopped, which answers most of what is left, and at last their tasks are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

CUT_S = 1.0
"""Seconds that requests have to answer once the store's queries are stopped, and once more when their tasks are."""


class Stop:
    """The stop of one console: the event loop's, once begun it stays."""

    def __init__(self) -> None:
        """Begin nothing yet."""
        self.is_begun = False
        """True as soon as no request is answered any more."""
        self.is_cut = False
        """True as soon as requests under way are cut."""
        self.tasks: set[asyncio.Task[object]] = set()
        """Requests under way."""

    async def run(self, grace_s: float, hurry: Callable[[], None]) -> None:
        """Stop: wait ``grace_s`` for requests, call ``hurry``, wait for ``CUT_S``, then cut what is left."""
        self.is_begun = True
        await self._wait(grace_s)
        if not self.tasks:
            return
        hurry()
        await self._wait(CUT_S)
        self.is_cut = True
        for task in self.tasks:
            task.cancel()
        await self._wait(CUT_S)

    async def _wait(self, seconds: float) -> None:
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=seconds)
