"""Events as open pages and programs hear them: of what they may read, and of their enterprises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from console import feed
from console.event_stream import stream
from console.feed import FullError
from console.permission import Permission
from console.refusal import Refused
from console.visit import Visit

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
    return _go_on(first, pieces)


async def _go_on(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece
