"""Chunks of one OPC UA message joined to the message."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import opcua_chunk
from parsers.message import WHOLE
from parsers.tracker import Limits
from tests.support.opcua_bytes import chunk, encode, fill, opening, ua
from tests.support.opcua_turns import START_NS, Feed, Record, Turn, order, tabulate, talk

WRITE, ANSWER = encode(fill(ua.WriteRequest)), encode(fill(ua.WriteResponse))


def cut(body: bytes, *places: int, request: int = 1) -> list[bytes]:
    """A message as chunks that end at ``places``."""
    bounds = [0, *sorted(places), len(body)]
    parts = [body[start:stop] for start, stop in pairwise(bounds)]
    letters = "C" * (len(parts) - 1) + "F"
    return [
        chunk(part, request, letter=letter, sequence=number)
        for number, (part, letter) in enumerate(zip(parts, letters, strict=True))
    ]


def only(records: list[Record]) -> Record:
    """The one record."""
    (record,) = records
    return record


def facts(record: Record) -> Record:
    """Columns that do not tell how the message was sent."""
    sent = ("wanglou.packet", "wanglou.packet_end", "event.duration", "opcua.request.length", "opcua.request.chunks")
    return {name: value for name, value in record.items() if name not in sent}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(4, len(WRITE)), min_size=1, max_size=5), st.lists(st.integers(0, 4), max_size=3), st.booleans()
)
def test_a_message_says_the_same_in_chunks(places: list[int], sizes: list[int], spilled: bool) -> None:
    """However it is cut into chunks, and they into batches, the row is that of the message in one."""
    whole = only(tabulate(talk(chunk(WRITE, sequence=0), (chunk(ANSWER), True))))
    parts = cut(WRITE, *places)
    found = only(tabulate(talk(*parts, (chunk(ANSWER), True)), sizes, spilled=spilled))
    assert facts(found) | {"@timestamp": whole["@timestamp"]} == facts(whole)
    assert found["opcua.request.chunks"] == len(parts)
    assert found["opcua.request.length"] == sum(map(len, parts))
    assert (found["wanglou.packet"], found["wanglou.packet_end"]) == (0, len(parts))


def test_chunks_of_two_messages_may_alternate() -> None:
    """They belong together by their request id."""
    one, other = cut(WRITE, 50, request=1), cut(WRITE, 90, request=2)
    records = tabulate(talk(one[0], other[0], one[1], other[1]))
    assert [record["opcua.request.id"] for record in records] == [1, 2]
    assert all(record["opcua.nodes"] and record["error.code"] is None for record in records)


def test_an_abort_ends_a_message() -> None:
    """Its code and reason are told, and the message is no row of its own."""
    abort = chunk(b"\x00\x00\x80\x80" + b"\x04\x00\x00\x00stop", letter="A")
    record = only(tabulate(talk(cut(WRITE, 60)[0], abort)))
    assert (record["error.code"], record["opcua.error.reason"]) == ("aborted", "stop")
    assert record["opcua.status.name"] == "BadTcpMessageTooLarge"
    assert record["opcua.request.chunks"] == 2


def test_encrypted_chunks_are_one_message() -> None:
    """Without a request id they belong together by connection and direction."""
    parts = [chunk(bytes([200 + n]) * 60, letter=letter) for n, letter in enumerate("CCF")]
    record = only(tabulate(talk(*parts)))
    assert (record["event.action"], record["opcua.request.chunks"]) == ("encrypted", 3)


def test_a_message_that_never_ends_is_given_up() -> None:
    """At the end of the capture, or when its time is over, it is a malformed row."""
    record = only(tabulate(talk(cut(WRITE, 60)[0])))
    assert (record["wanglou.pairing"], record["error.code"]) == ("malformed", "incomplete")
    feed = Feed(Limits(reply_s=1))
    first = feed.add(talk(cut(WRITE, 60)[0]))
    late = Turn(cut(WRITE, 60, request=2)[0], packet=5, packet_end=5, ts_ns=START_NS + 2_000_000_000)
    second = feed.add([late])
    assert first == []
    assert only(second)["error.code"] == "incomplete"
    assert feed.table.counters["opcua_chunks_incomplete"] == 1


def test_long_messages_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound only headers are kept; the row says so, in one batch or in several."""
    monkeypatch.setattr(opcua_chunk, "BODY_MAX", 200)
    parts = cut(WRITE, 100, 150)
    for sizes in ((), (1, 1)):
        record = only(tabulate(talk(*parts), sizes))
        assert (record["opcua.cut"], record["error.code"]) == (True, None)
        assert record["opcua.request.length"] == sum(map(len, parts))


@pytest.mark.parametrize("bound", ["CHUNKS_MAX", "OPEN_MAX"])
def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    """Too many chunks, or too many open messages: the oldest is given up and counted."""
    monkeypatch.setattr(opcua_chunk, bound, 2)
    feed = Feed()
    many = [cut(WRITE, 60, request=1 + (n if bound == "OPEN_MAX" else 0))[0] for n in range(3)]
    feed.add(talk(*many))
    assert feed.table.counters["opcua_chunks_dropped"] == 1


def test_bytes_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """When too much waits the oldest message is given up."""
    monkeypatch.setattr(opcua_chunk, "BYTES_MAX", 200)
    feed = Feed()
    feed.add(talk(*(cut(WRITE, 150, request=n)[0] for n in range(1, 4))))
    assert feed.table.counters["opcua_chunks_dropped"] == 2


def test_chunks_of_an_opening() -> None:
    """The security header of each chunk is passed over."""
    body = encode(fill(ua.OpenSecureChannelRequest))
    first = opening(body[:40]).replace(b"OPNF", b"OPNC", 1)
    record = only(tabulate(talk(first, opening(body[40:]))))
    assert (record["opcua.channel.requested_lifetime"], record["error.code"]) == (1, None)


def test_malformed_chunks_stand_alone() -> None:
    """What the stream could not read is never joined."""
    parts = talk(*cut(WRITE, 60))
    broken = dataclasses.replace(parts[0], status=WHOLE + 1)
    records = order(tabulate([broken, parts[1]]))
    assert records[0]["error.code"] == "header"
