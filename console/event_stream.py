"""Server-sent events (WHATWG HTML, 9.2): what an open page is sent of the feed.

Each message has the event's number as its id, its kind as its name and a JSON object as its data; pages form the text::

    id: 4711
    event: alerts.made
    data: {"subject":"job-1","enterprise":"chem","at_ms":1795257000000,"capture":"...","alerts":3,"severity":82}

The browser connects anew by itself and sends the last number it saw as ``Last-Event-ID``; the stream goes on there.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Collection

from console.feed import Event, Feed, Subscription

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A proxy that collects before it sends would make events late."""
RETRY_MS = 2_000
ALIVE_S = 15.0
"""How often a silent stream sends a comment, so that proxies keep it and a page that is gone is noticed."""
MOST_S = 600.0
"""A stream ends after this; the browser connects anew, and its session is looked at again."""
_MOST_DIGITS = 18


def write_event(event: Event) -> bytes:
    """Write one message."""
    told = {"subject": event.subject, "enterprise": event.enterprise, "at_ms": event.at_ns // 10**6, **event.body}
    data = json.dumps(told, separators=(",", ":"))
    return f"id: {event.number}\nevent: {event.kind}\ndata: {data}\n\n".encode("ascii")


def read_last_id(text: str | None) -> int | None:
    """Read the header ``Last-Event-ID``; None where there is none, or what this feed never gave."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        return None
    return int(text)


async def stream(
    feed: Feed,
    owner: str,
    enterprises: frozenset[str] | None,
    last_id: str | None = None,
    kinds: Collection[str] | None = None,
    most_s: float | None = None,
) -> AsyncIterator[bytes]:
    """Give what to send to a page of ``owner`` (an account or token) that may see ``enterprises``, None for all.

    Of ``kinds`` it hears, None for all, for ``most_s`` seconds, by default ``MOST_S``.

    Raises FullError before the first piece when as many pages listen as may.
    """
    async with feed.subscribe(owner, enterprises, read_last_id(last_id), kinds) as subscription:
        yield f"retry: {RETRY_MS}\n\n".encode("ascii")
        async for piece in _pieces(subscription, MOST_S if most_s is None else most_s):
            yield piece


async def _pieces(subscription: Subscription, most_s: float) -> AsyncIterator[bytes]:
    until = time.monotonic() + most_s
    while not subscription.is_closed and (left := until - time.monotonic()) > 0:
        event = await subscription.wait(min(ALIVE_S, left))
        yield b":\n\n" if event is None else write_event(event)
