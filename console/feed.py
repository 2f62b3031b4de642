"""Events from the worker and the pages to open pages: a table with a rising number, followed by a cheap poll.

Who changes something publishes an event in the same transaction. Writers of a ledger take turns, so numbers rise in the
order of the commits and a reader that has seen number n misses nothing by asking for what is above n. Old events are
pruned; who asks for what is gone, or reads too slowly, is told to load its page anew (``RESET``).
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from console.job_tables import FEED
from wanglou.errors import StoreError, WanglouError
from wanglou.ledger import Ledger

ALERTS_MADE = "alerts.made"
"""``capture``, ``alerts`` (how many), ``severity`` (the worst)."""
ASSETS_CHANGED = "assets.changed"
CAPTURE_CHANGED = "capture.changed"
"""Subject is the identity."""
INCIDENT_CHANGED = "incident.changed"
"""Subject is the incident's id."""
JOB_CHANGED = "job.changed"
"""Another state; subject is the job's id, the body has ``state`` and ``name``."""
JOB_PROGRESSED = "job.progressed"
"""The body is a ``job.Progress``."""
RISK_CHANGED = "risk.changed"
RESET = "feed.reset"
"""Events were missed: load anew. It is never in the table."""

KEPT = 5_000
"""Events kept at least; some minutes of the busiest worker."""
PRUNE_EVERY = 500
POLL_S = 0.4
AT_ONCE = 1_000
"""Events read at a time; of more than that the oldest come first, the rest at the next look."""
HELD = 256
"""Events held for one subscriber that is slow."""
MOST_SUBSCRIBERS = 500
MOST_OF_ONE = 12
"""Subscribers of one owner: tabs of one browser, and some."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""

    number: int
    """Rises with every event: what ``Last-Event-ID`` holds."""
    kind: str
    enterprise: str = ""
    """Enterprise it belongs to; empty for the park's own."""
    subject: str = ""
    """Id of what it happened to."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """What JSON can tell; never text for people, which pages form in the reader's language."""
    at_ns: int = 0
    site: str = ""


class FullError(WanglouError):
    """As many pages listen as may."""


def publish(
    connection: sa.Connection,
    now_ns: int,
    kind: str,
    subject: str = "",
    body: Mapping[str, Any] | None = None,
    *,
    enterprise: str = "",
    site: str = "",
) -> int:
    """Add an event in a transaction that writes; gives its number."""
    number = 1 + (connection.scalar(sa.select(sa.func.max(FEED.c.number))) or 0)
    text = json.dumps(body or {}, separators=(",", ":"))
    facts = {"number": number, "at_ns": now_ns, "kind": kind, "subject": subject, "body": text}
    connection.execute(sa.insert(FEED).values(**facts, enterprise=enterprise, site=site))
    if number % PRUNE_EVERY == 0:
        connection.execute(sa.delete(FEED).where(FEED.c.number <= number - KEPT))
    return number


def read_events(ledger: Ledger, after: int, limit: int = AT_ONCE) -> list[Event]:
    """Read the events above number ``after``, the oldest first; a RESET stands for those that are gone."""
    chosen = sa.select(FEED).where(FEED.c.number > after).order_by(FEED.c.number).limit(limit)
    with ledger.reading() as connection:
        rows = connection.execute(chosen).all()
    found = [_read(row) for row in rows]
    if found and found[0].number > after + 1:
        found.insert(0, Event(found[0].number - 1, RESET))
    return found


def last_number(ledger: Ledger) -> int:
    """Give the number of the newest event; 0 where there is none."""
    with ledger.reading() as connection:
        return connection.scalar(sa.select(sa.func.max(FEED.c.number))) or 0


def _read(row: Any) -> Event:
    return Event(row.number, row.kind, row.enterprise, row.subject, json.loads(row.body), row.at_ns, row.site)


class Subscription:
    """One open page; iterate to get its events, in order and each once."""

    def __init__(
        self, owner: str, enterprises: frozenset[str] | None, after: int, kinds: Collection[str] | None = None
    ) -> None:
        """Hear of ``enterprises`` and ``kinds``, None for all, from above number ``after`` on."""
        self.owner, self._enterprises, self._after, self._kinds = owner, enterprises, after, kinds
        self._held: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._is_closed = False

    def admits(self, event: Event) -> bool:
        """Tell whether an event is for it: the park's own events are for those who hear of all enterprises."""
        if event.kind == RESET:
            return True
        is_kind = self._kinds is None or event.kind in self._kinds
        return is_kind and (self._enterprises is None or event.enterprise in self._enterprises)

    def offer(self, event: Event) -> None:
        """Take an event if it is for it and new; what is too much to hold becomes one RESET."""
        if event.number <= self._after or not self.admits(event):
            return
        self._after = event.number
        if len(self._held) >= HELD or event.kind == RESET:
            self._held.clear()
            event = Event(event.number, RESET)
        self._held.append(event)
        self._arrived.set()

    def close(self) -> None:
        """End the iteration."""
        self._is_closed = True
        self._arrived.set()

    async def wait(self, timeout_s: float) -> Event | None:
        """Give the next event, or None when none came in that time, after which a page sends its sign of life."""
        if not self._held and not self._is_closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), timeout_s)
        event = self._held.popleft() if self._held else None
        if not self._held and not self._is_closed:
            self._arrived.clear()
        return event

    @property
    def is_closed(self) -> bool:
        """True once the feed ended and nothing is left to give."""
        return self._is_closed and not self._held

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Give events until the feed is closed."""
        while not self.is_closed:
            if (event := await self.wait(60.0)) is not None:
                yield event


class Feed:
    """Follows the table on behalf of the pages of one process, in one event loop at a time."""

    def __init__(self, ledger: Ledger, *, poll_s: float = POLL_S) -> None:
        """Follow ``ledger``, opened with the component JOBS: a look every ``poll_s`` seconds while somebody listens."""
        self._ledger, self._poll_s = ledger, poll_s
        self._subscriptions: set[Subscription] = set()
        self._following: asyncio.Task[None] | None = None
        self._turns: tuple[asyncio.AbstractEventLoop | None, asyncio.Lock] = None, asyncio.Lock()
        self._last = 0
        self.failures = 0
        """Looks that failed because the ledger did."""

    @property
    def _turn(self) -> asyncio.Lock:
        """Lock of the loop that runs; what an earlier one followed ended with it."""
        loop = asyncio.get_running_loop()
        if self._turns[0] is not loop:
            self._turns, self._following = (loop, asyncio.Lock()), None
        return self._turns[1]

    @property
    def subscribers(self) -> int:
        """How many pages listen."""
        return len(self._subscriptions)

    @asynccontextmanager
    async def subscribe(
        self,
        owner: str,
        enterprises: frozenset[str] | None,
        after: int | None = None,
        kinds: Collection[str] | None = None,
    ) -> AsyncIterator[Subscription]:
        """Listen to ``kinds``, None for all, from above number ``after`` on (``Last-Event-ID``), else from now on.

        Raises FullError when as many listen as may, in all or of one ``owner`` (an account or token).
        """
        async with self._turn:
            self._check_room(owner)
            newest = await asyncio.to_thread(last_number, self._ledger)
            start = newest if after is None or after > newest else after
            subscription = Subscription(owner, enterprises, start, kinds)
            if start < newest:
                await self._catch_up(subscription, start, newest)
            if self._following is None or self._following.done():
                self._last = newest
                self._following = asyncio.create_task(self._follow())
            self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            subscription.close()

    def _check_room(self, owner: str) -> None:
        own = sum(one.owner == owner for one in self._subscriptions)
        if own >= MOST_OF_ONE or len(self._subscriptions) >= MOST_SUBSCRIBERS:
            what = f"{own} pages of this account listen already" if own >= MOST_OF_ONE else "too many pages listen"
            raise FullError(what, do="close some of them, or load this one again by hand")

    async def _catch_up(self, subscription: Subscription, after: int, until: int) -> None:
        """Give what came since the page was left."""
        if until - after > HELD:
            subscription.offer(Event(until, RESET))
            return
        for event in await asyncio.to_thread(read_events, self._ledger, after, HELD):
            subscription.offer(event)

    async def _follow(self) -> None:
        """Look again and again; what the ledger refuses is tried again, as pages stay open through that."""
        while True:
            await asyncio.sleep(self._poll_s)
            if not self._subscriptions:
                return
            async with self._turn:
                await self._look()

    async def _look(self) -> None:
        try:
            events = await asyncio.to_thread(read_events, self._ledger, self._last)
        except StoreError:
            self.failures += 1
            return
        for event in events:
            self._last = event.number
            for subscription in self._subscriptions:
                subscription.offer(event)

    async def close(self) -> None:
        """End all subscriptions and stop looking."""
        for subscription in self._subscriptions:
            subscription.close()
        following, self._following = self._following, None
        if following is not None and not following.done():
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
