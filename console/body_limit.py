"""Bounds on the bodies of requests: by what they announce, and by what really comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.refusal import Refused
from console.traffic import Traffic

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware that refuses bodies that are too large with 413; it counts them."""

    def __init__(self, app: ASGIApp, *, limit: int, wider: Mapping[str, int], traffic: Traffic) -> None:
        """Allow ``limit`` bytes, below a path that begins as one of ``wider`` its own number of bytes."""
        self._app, self._limit, self._wider, self._traffic = app, limit, wider, traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on while its body is within the bound."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = next((size for path, size in self._wider.items() if scope["path"].startswith(path)), self._limit)
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not announced.isdigit() or int(announced) > most:
            self._refuse(most)
        taken, is_begun = 0, False

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise Refused(413, most=_write(most))
            return message

        async def send_unless_refused(message: Message) -> None:
            nonlocal is_begun
            if taken > most and not is_begun:  # who reads JSON makes a 400 of every failure to read
                return
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive_bounded, send_unless_refused)
        except Refused:
            if taken <= most or is_begun:
                raise
        if taken > most and not is_begun:
            self._refuse(most)

    def _refuse(self, most: int) -> None:
        self._traffic.count("body_too_large")
        raise Refused(413, most=_write(most))


def _write(most: int) -> str:
    return f"{most / 1_000_000:.1f}"
