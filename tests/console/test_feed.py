"""The feed: events come in order, each once, to those who may hear of them, and none is lost without a word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from console import feed
from console.feed import RESET, Event, Feed, FullError, Subscription, last_number, publish, read_events
from console.job_tables import JOBS
from tests.support.ledgers import list_audit
from tests.support.loops import run_async
from tests.support.workers import open_console, running, upload, wait_ended
from wanglou.bundled import captures_folder
from wanglou.ledger import Ledger


@pytest.fixture
def ledger(place: Path | str) -> Iterator[Ledger]:
    """A ledger with a feed, on each database."""
    with Ledger(place, [JOBS], create=True) as opened:
        yield opened


def tell(ledger: Ledger, *kinds: str, enterprise: str = "chem") -> None:
    """Publish an event of each kind."""
    with ledger.transaction() as connection:
        for kind in kinds:
            publish(connection, time.time_ns(), kind, "x", {"a": 1}, enterprise=enterprise)


async def take(subscription: Subscription, count: int) -> list[Event]:
    """Take that many events, each within two seconds."""
    found = [await subscription.wait(2.0) for _ in range(count)]
    return [event for event in found if event is not None]


def follow(ledger: Ledger, act: Callable[[Feed], Coroutine[Any, Any, Any]]) -> Any:
    """Run something with a feed in an event loop."""

    async def run() -> Any:
        following = Feed(ledger, poll_s=0.02)
        try:
            return await asyncio.wait_for(act(following), 30)
        finally:
            await following.close()

    return run_async(run())


def test_numbers_rise_and_the_newest_stay(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old events are pruned; numbers go on; who asks for what is gone is told so."""
    monkeypatch.setattr(feed, "KEPT", 10)
    monkeypatch.setattr(feed, "PRUNE_EVERY", 5)
    tell(ledger, *(f"k{number}" for number in range(1, 34)))
    assert last_number(ledger) == 33
    found = read_events(ledger, 0)
    assert [found[0].kind, found[1].kind, found[-1].kind] == [RESET, "k21", "k33"]
    assert found[0].number == 20
    assert [event.kind for event in read_events(ledger, 31)] == ["k32", "k33"]
    assert read_events(ledger, 33) == []


def test_events_come_to_an_open_page(ledger: Ledger) -> None:
    """What is published after a page was opened comes to it, in order, with all that it says."""

    async def act(following: Feed) -> list[Event]:
        tell(ledger, "before")
        async with following.subscribe("li", None) as subscription:
            await asyncio.to_thread(tell, ledger, "one", "two")
            return await take(subscription, 2)

    found = follow(ledger, act)
    assert [(event.number, event.kind, event.enterprise, event.subject, event.body) for event in found] == [
        (2, "one", "chem", "x", {"a": 1}),
        (3, "two", "chem", "x", {"a": 1}),
    ]


def test_a_feed_goes_on_in_another_loop(ledger: Ledger) -> None:
    """Where the loop it was followed in has ended, it is followed anew, by many at once too."""
    following = Feed(ledger, poll_s=0.02)

    async def hear() -> list[Event]:
        async with following.subscribe("a", None) as subscription:
            await asyncio.to_thread(tell, ledger, "alert.new")
            return await take(subscription, 1)

    async def crowd() -> None:
        found = await asyncio.gather(*(hear() for _ in range(4)))
        assert all(len(events) == 1 for events in found)

    for _ in range(2):
        run_async(crowd())


def test_a_page_goes_on_where_it_was(ledger: Ledger) -> None:
    """With the number it saw last, a page gets what came meanwhile, then what is new, each once."""

    async def act(following: Feed) -> list[Event]:
        async with following.subscribe("li", None), following.subscribe("li", None, 1) as subscription:
            await asyncio.to_thread(tell, ledger, "four")
            return await take(subscription, 3)

    tell(ledger, "one", "two", "three")
    assert [event.kind for event in follow(ledger, act)] == ["two", "three", "four"]


def test_two_tenants_hear_of_their_own(ledger: Ledger) -> None:
    """An enterprise hears neither of another nor of the park's own; the park hears of all."""

    async def act(following: Feed) -> list[list[str]]:
        scopes = (frozenset({"chem"}), frozenset({"water"}), frozenset[str](), None)
        heard = []
        for scope in scopes:
            async with following.subscribe("li", scope, 0) as subscription:
                found = []
                while (event := await subscription.wait(0.1)) is not None:
                    found.append(event.kind)
                heard.append(found)
        return heard

    tell(ledger, "of chem")
    tell(ledger, "of water", enterprise="water")
    tell(ledger, "of the park", enterprise="")
    assert follow(ledger, act) == [["of chem"], ["of water"], [], ["of chem", "of water", "of the park"]]


def test_a_slow_page_is_told_to_load_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than is held for a page becomes one reset; what comes after that comes."""
    monkeypatch.setattr(feed, "HELD", 5)
    subscription = Subscription("li", None, 0)
    for number in range(1, 9):
        subscription.offer(Event(number, "k"))

    async def drain() -> list[tuple[int, str]]:
        return [(event.number, event.kind) for event in await take(subscription, 3)]

    assert run_async(drain()) == [(6, RESET), (7, "k"), (8, "k")]


def test_a_page_that_was_away_for_long_loads_anew(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """More missed than is held is one reset, with the newest number."""
    monkeypatch.setattr(feed, "HELD", 5)
    tell(ledger, *"abcdefghij")

    async def act(following: Feed) -> list[Event]:
        async with following.subscribe("li", None, 2) as subscription:
            return await take(subscription, 1)

    assert [(event.number, event.kind) for event in follow(ledger, act)] == [(10, RESET)]


def test_pages_are_bounded(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """One account, and all together, open so many and no more; a closed one makes room, and the look ends with them."""
    monkeypatch.setattr(feed, "MOST_OF_ONE", 1)
    monkeypatch.setattr(feed, "MOST_SUBSCRIBERS", 2)

    async def act(following: Feed) -> None:
        async with following.subscribe("li", None):
            with pytest.raises(FullError, match="this account"):
                async with following.subscribe("li", None):
                    raise AssertionError
            async with following.subscribe("wu", None):
                with pytest.raises(FullError, match="too many"):
                    async with following.subscribe("he", None):
                        raise AssertionError
            async with following.subscribe("he", None):
                assert following.subscribers == 2
        assert following.subscribers == 0

    follow(ledger, act)


def test_an_alert_of_the_worker_is_on_an_open_page_within_two_seconds(tmp_path: Path) -> None:
    """From the moment the store has it, in another process; the page hears of job, capture and incident too."""
    ledger, jobs, uploads = open_console(tmp_path)

    async def act() -> list[tuple[str, int]]:
        heard: list[tuple[str, int]] = []
        following = Feed(ledger)
        async with following.subscribe("li", frozenset({"chem"})) as subscription:
            job = await asyncio.to_thread(upload, uploads, jobs, captures_folder() / "unauthorized_write.pcap")
            while not {"alerts.made", "risk.changed"} <= {kind for kind, _ in heard}:
                event = await subscription.wait(60)
                assert event is not None
                heard.append((event.kind, time.time_ns()))
            assert (await asyncio.to_thread(wait_ended, jobs, job)).state == "done"
        return heard

    with ledger, running(tmp_path):
        heard = run_async(act())
        (read,) = [row for row in list_audit(ledger) if row.action == "capture.read"]
    assert {kind for kind, _ in heard} >= {"job.changed", "alerts.made", "incident.changed", "capture.changed"}
    assert next(at_ns for kind, at_ns in heard if kind == "alerts.made") - read.at_ns < 2 * 10**9
