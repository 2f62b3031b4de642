"""A bound on how often one client may ask: a bucket of tokens each, the ones longest unused forgotten first."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from console.assets import PREFIX
from console.refusal import Refused
from console.traffic import Traffic

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST_CLIENTS = 10_000
"""Clients that are remembered; more than that are strangers again."""


class RateLimit:
    """ASGI middleware that answers 429 to clients that ask too often, told apart by good token, else by address."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        per_s: float,
        burst: int,
        traffic: Traffic,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Let each client ask ``burst`` times at once and ``per_s`` times a second on the long run."""
        self._app, self._per_s, self._burst, self._traffic, self._clock = app, per_s, burst, traffic, clock
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or raise Refused with the time to wait."""
        token = ""
        if scope["type"] == "http" and not scope["path"].startswith(f"{PREFIX}/"):
            token = _digest_token(scope)
            wait_s = self.take(token if token in self._clients else _address(scope))
            if wait_s:
                self._traffic.count("rate_limited")
                raise Refused(429, headers={"retry-after": str(math.ceil(wait_s))}, wait=str(math.ceil(wait_s)))
        await self._app(scope, receive, send)
        if token and _is_program(scope):
            self._welcome(token)

    def _welcome(self, token: str) -> None:
        """Give a token that was good a bucket of its own; any other is asked for from its sender's."""
        with self._lock:
            self._clients.setdefault(token, (float(self._burst), self._clock()))

    def take(self, client: str) -> float:
        """Take a token of a client's; gives 0, or the seconds until there is one."""
        with self._lock:
            now = self._clock()
            left, since = self._clients.pop(client, (float(self._burst), now))
            left = min(float(self._burst), left + (now - since) * self._per_s)
            is_free = left >= 1
            self._clients[client] = (left - 1 if is_free else left, now)
            while len(self._clients) > MOST_CLIENTS:
                self._clients.popitem(last=False)
            return 0.0 if is_free else max((1 - left) / self._per_s, 0.001)


def _digest_token(scope: Scope) -> str:
    """Give the digest of what was sent as a token, empty for nothing."""
    value = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    return hashlib.sha256(value).hexdigest() if value else ""


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _is_program(scope: Scope) -> bool:
    """True where the guard found whose the token is; else anybody had as many buckets as tokens to invent."""
    visit = scope.get("state", {}).get("visit")
    return visit is not None and visit.guest is not None and bool(visit.guest.is_program)
