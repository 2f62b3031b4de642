"""The layer that lets a console stop: it knows the requests under way, and each has its answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import Request

from console.failures import answer_stopping
from console.stop import Stop

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Stopping:
    """ASGI middleware that answers 503 once the console stops."""

    def __init__(self, app: ASGIApp, *, stop: Stop) -> None:
        """Wrap ``app``, and obey ``stop``."""
        self._app, self._stop = app, stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let it go when there is no more time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._stop.is_begun:
            await answer_stopping(Request(scope))(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def note(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        task = asyncio.current_task()
        assert task is not None
        self._stop.tasks.add(task)
        try:
            await self._app(scope, receive, note)
        except asyncio.CancelledError:
            if not self._stop.is_cut:
                raise
            if not begun:  # else the answer breaks off, which the client sees
                await answer_stopping(Request(scope))(scope, receive, send)
        finally:
            self._stop.tasks.discard(task)
