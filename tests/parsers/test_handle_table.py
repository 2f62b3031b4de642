"""Handle messages of a batch as an Arrow table."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.handle_schema import HANDLE
from parsers.packet import UDP
from parsers.protocol import HTTP
from parsers.tracker import Limits
from tests.support.handles import CAPTURE, Record, Talk, answer, message, query, said, tabulate, text, value

CN = 0x04000000


def pairings(records: list[Record]) -> list[str]:
    """How the records are paired, in order."""
    return [record["wanglou.pairing"] for record in records]


def ask(count: int) -> Talk:
    """Resolutions with their replies."""
    talk = Talk()
    for number in range(count):
        talk.ask(query(f"88.1/{number}", request=number))
        talk.reply(answer(f"88.1/{number}", value(1, "URL", "http://a/"), request=number))
    return talk


def test_common_facts() -> None:
    """Every record names its dataset, capture, sensor, protocol and evidence."""
    (record,) = tabulate(ask(1))[0]
    told = {
        "event.dataset": "handle", "event.action": "resolution", "event.outcome": "success",
        "event.duration": 1_000_000, "network.protocol": "handle", "handle.transport": "tcp",
        "wanglou.capture": CAPTURE, "observer.name": "sensor", "wanglou.packet": 0, "wanglou.packet_end": 1,
        "wanglou.pdu": 0, "source.ip": "10.0.0.1", "destination.port": 2641,
    }  # fmt: skip
    assert {name: record[name] for name in told} == told


def test_the_schema_is_always_the_same() -> None:
    """Rare columns are there with and without values, also in a table without rows."""
    for talk in (ask(3), Talk().ask(message(400, struct.pack("!HI", 2, 1) + text("a") + bytes(4))), Talk()):
        records, _ = tabulate(talk, cuts=[1])
        assert all(list(record) == HANDLE.arrow.names for record in records)


@pytest.mark.parametrize(("protocol", "app", "transport"), [(UDP, 0, "udp"), (6, 0, "tcp"), (6, HTTP, "http")])
def test_transports(protocol: int, app: int, transport: str) -> None:
    """What carried the messages is told; over HTTP the flow's protocol is HTTP."""
    talk = Talk()
    talk.join(protocol, app=app)
    (record,) = tabulate(talk.ask(query("88.1/x")).reply(answer("88.1/x")))[0]
    assert (record["handle.transport"], record["network.protocol"]) == (transport, "handle")


def test_two_messages_in_one_segment() -> None:
    """Requests that come in one segment are told apart by their place in the packet."""
    talk = Talk().ask(query("88.1/a", request=1) + query("88.1/b", request=2))
    talk.reply(answer("88.1/b", request=2) + answer("88.1/a", request=1))
    records, _ = tabulate(talk)
    assert [(r["handle.identifier"], r["wanglou.pdu"], r["wanglou.pairing"]) for r in records] == [
        ("88.1/b", 1, "paired"),
        ("88.1/a", 0, "paired"),
    ]


def test_further_replies_are_continuations() -> None:
    """After a reply with the CN flag more may follow; without it they were not asked for."""
    talk = Talk().ask(query("88.1/x"))
    for flags in (CN, CN, 0, 0):
        talk.reply(answer("88.1/x", flags=flags))
    assert pairings(tabulate(talk, cuts=[2])[0]) == ["paired", "continuation", "continuation", "no_request"]


def test_direction_comes_from_the_response_code() -> None:
    """Some clients bind the server's port, so the side that speaks says nothing."""
    talk = Talk().reply(query("88.1/x")).ask(answer("88.1/x"))
    assert pairings(tabulate(talk)[0]) == ["paired"]


def test_unpaired_messages() -> None:
    """Requests time out, replies may come unasked, and too many waiting requests are given up early."""
    talk = Talk().ask(query("88.1/a")).wait(60).reply(answer("88.1/b", request=5))
    assert pairings(tabulate(talk)[0]) == ["no_response", "no_request"]
    talk = Talk()
    for number in range(20):
        talk.ask(query("88.1/a", request=number))
    records, table = tabulate(talk, limits=Limits(pending=4))
    assert pairings(records) == ["no_response"] * 20
    assert table.counters["handle_requests_dropped"] == 16


def test_malformed_messages_are_counted() -> None:
    """The counter of malformed messages is that of their rows, and they end nothing."""
    talk = Talk().ask(query("88.1/a")).ask(b"\xffgarbage").reply(answer("88.1/a"))
    records, table = tabulate(talk)
    assert sorted(pairings(records)) == ["malformed", "paired"]
    assert table.counters["handle_malformed"] == 1


def test_long_lists_are_bounded() -> None:
    """Of a list that is longer than any server's only the beginning is kept, and the rest is counted."""
    (record,), table = tabulate(Talk().ask(query("88.1/x", indexes=range(3_000))))
    assert len(record["handle.indexes"]) == 2_048
    assert table.counters["handle_items_passed"] == 952


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 5), max_size=6))
def test_cuts_of_batches_do_not_matter(cuts: list[int]) -> None:
    """Wherever the batches are cut, the records are the same."""
    talk = ask(4).ask(query("88.1/late", request=50)).ask(b"\x02\x0a\x02").reply(answer("88.1/?", request=60))
    talk.ask(query("88.1/x", request=51)).reply(answer("88.1/late", request=50))
    whole, parts = (tabulate(talk, cuts=sizes)[0] for sizes in ([], cuts))
    assert sorted(map(str, whole)) == sorted(map(str, parts))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.binary(min_size=1, max_size=120), st.booleans(), st.booleans()), max_size=8))
def test_any_messages_give_rows(events: list[tuple[bytes, bool, bool]]) -> None:
    """Any bytes, both ways, over TCP and UDP: rows, and no exceptions."""
    talk = Talk()
    talk.join()
    talk.join(UDP)
    for content, from_server, datagram in events:
        talk.say(content, int(datagram), from_server=from_server)
    records, _ = tabulate(talk, cuts=[1, 2])
    assert len(records) <= len(talk.events)
    assert all(said(record)["wanglou.pairing"] for record in records)
