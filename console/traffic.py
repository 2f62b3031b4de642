"""What the console counts about itself for ``/metrics``: requests by route and status, times, what was refused."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from console.refusal import Refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
OTHER = "other"
"""Name of the route where none answered."""


class Traffic:
    """Counters of one console, in a registry of their own."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "wanglou_console_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "wanglou_console_request_seconds",
            "Time that requests took.",
            ("route",),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.refused = Counter(
            "wanglou_console_refused", "Requests that a bound refused.", ("bound",), registry=self.registry
        )

    def count(self, bound: str) -> None:
        """Count a request that a bound refused."""
        self.refused.labels(bound).inc()

    def write(self) -> bytes:
        """Give all counters in the text format of Prometheus."""
        return generate_latest(self.registry)


class Counting:
    """ASGI middleware that counts and times the requests that pass it."""

    def __init__(self, app: ASGIApp, *, traffic: Traffic) -> None:
        """Count into ``traffic``."""
        self._app, self._traffic = app, traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, status = time.perf_counter(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Refused as refused:
            status = refused.status
            raise
        finally:
            route = getattr(scope.get("route"), "path", OTHER)
            method = scope["method"] if route != OTHER else OTHER
            self._traffic.requests.labels(route, method, str(status)).inc()
            self._traffic.seconds.labels(route).observe(time.perf_counter() - begin)
