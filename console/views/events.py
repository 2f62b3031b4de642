"""Events as open pages and programs hear them: of what they may read, and of their enterprises."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping

from starlette.concurrency import run_in_threadpool

from console import feed
from console.event_stream import stream
from console.feed import FullError
from console.guard import is_still_in
from console.permission import Permission
from console.refusal import Refused
from console.visit import Visit
from wanglou.errors import StoreError

KINDS: Mapping[str, Permission] = {
    feed.ALERTS_MADE: "alerts.read",
    feed.ASSETS_CHANGED: "assets.read",
    feed.CAPTURE_CHANGED: "captures.read",
    feed.INCIDENT_CHANGED: "incidents.read",
    feed.JOB_CHANGED: "captures.read",
    feed.JOB_PROGRESSED: "captures.read",
    feed.RISK_CHANGED: "risk.read",
}
"""Kinds of events, and what somebody must be permitted to hear of them."""
RETRY_S = "30"
LOOK_S = 10.0
"""How long somebody is believed to be who they were; a silent stream is looked at with its sign of life."""


def list_kinds(visit: Visit) -> frozenset[str]:
    """Give the kinds of events that the guest may hear of."""
    return frozenset(kind for kind, permission in KINDS.items() if visit.may(permission))


async def open_stream(visit: Visit, last_id: str) -> AsyncIterator[bytes]:
    """Begin to listen behind the event of that number; raises Refused (429) where too many listen."""
    assert visit.guest is not None
    services = visit.services
    pieces = stream(
        services.backstage.feed,
        visit.actor.name,
        visit.enterprises,
        last_id or None,
        list_kinds(visit),
        services.settings.stream_s,
    )
    try:
        first = await anext(pieces)
    except FullError:
        raise Refused(429, reason="listeners", headers={"retry-after": RETRY_S}) from None
    return _go_on(visit, first, pieces)


async def _go_on(visit: Visit, first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Give the pieces while the guest may hear them: sessions end and rights change while a page is open."""
    yield first
    looked_s = time.monotonic()
    async for piece in pieces:
        if time.monotonic() - looked_s >= LOOK_S:
            if not await run_in_threadpool(_may_stay, visit):
                return
            looked_s = time.monotonic()
        yield piece


def _may_stay(visit: Visit) -> bool:
    try:
        return is_still_in(visit)
    except StoreError:  # a ledger that is away tells no events either
        return True
