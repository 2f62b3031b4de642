"""Messages that repeat give the same records as if each were the first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import opcua_pattern
from parsers.opcua_pattern import TRIED_MAX
from tests.support.opcua_bytes import chunk, encode, fill, ua
from tests.support.opcua_turns import Feed, Record, Turn, order, tabulate

TYPES = (
    (ua.ReadRequest, ua.ReadResponse), (ua.WriteRequest, ua.WriteResponse), (ua.CallRequest, ua.CallResponse),
    (ua.BrowseRequest, ua.BrowseResponse), (ua.PublishRequest, ua.PublishResponse),
)  # fmt: skip
BODIES = [(encode(fill(asked)), encode(fill(answered))) for asked, answered in TYPES]


def talk(kinds: list[int], changes: list[tuple[int, int, int]], *, apart: bool) -> list[Turn]:
    """Requests and replies of some kinds with some of their bytes changed; ``apart``: each pair on its connection."""
    bodies = [bytearray(body) for kind in kinds for body in BODIES[kind]]
    for which, place, value in changes:
        body = bodies[which % len(bodies)]
        body[4 + place % (len(body) - 4)] = value
    return [
        Turn(chunk(bytes(body), 1 + number // 2), bool(number % 2), number // 2 if apart else 1, number, number)
        for number, body in enumerate(bodies)
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, len(BODIES) - 1), min_size=2, max_size=8),
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 400), st.integers(0, 255)), max_size=6),
    st.booleans(),
)
def test_what_was_seen_before_changes_nothing(
    kinds: list[int], changes: list[tuple[int, int, int]], spilled: bool
) -> None:
    """Whatever bytes differ, a connection's records are those of as many connections that say it once."""
    together, apart = (
        order(tabulate(talk(kinds * 2, changes, apart=way), (5,), spilled=spilled)) for way in (False, True)
    )
    assert together == apart


def count_known(feed: Feed) -> int:
    """Patterns that a table remembers."""
    return int(feed.table._patterns.counts[0])


def test_numbers_make_no_new_pattern() -> None:
    """Polls that differ in times, handles and values follow one pattern, and each keeps its own numbers."""
    feed, found = Feed(), []
    for number in range(20):
        reply: Any = ua.ReadResponse()
        reply.Results = [ua.DataValue(ua.Variant(float(number)))]
        reply.ResponseHeader.RequestHandle = number
        found += feed.add([Turn(chunk(encode(reply), number), True, packet=number)])
    assert count_known(feed) == 1
    assert [record["opcua.numbers"] for record in found] == [[float(number)] for number in range(20)]
    assert [record["opcua.response.handle"] for record in found] == [*range(20)]


def read(*names: str) -> list[Turn]:
    """Reads of nodes of these names."""
    turns = []
    for number, name in enumerate(names):
        request = ua.ReadRequest()
        request.Parameters.NodesToRead = [ua.ReadValueId(NodeId=ua.NodeId(name, 2))]
        turns.append(Turn(chunk(encode(request), number), packet=number))
    return turns


def nodes(records: list[Record]) -> list[Any]:
    """Nodes of the records, in the order of their packets."""
    return [record["opcua.nodes"] for record in order(records)]


def test_patterns_of_one_size_are_bounded() -> None:
    """Of many polls of the same size some are remembered; all are told right."""
    feed, names = Feed(), [f"N{number:02}" for number in range(TRIED_MAX + 3)] * 2
    found = feed.add(read(*names), flush=True)
    assert count_known(feed) == TRIED_MAX
    assert nodes(found) == [[f"ns=2;s={name}"] for name in names]


def test_everything_is_forgotten_when_it_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that is full is emptied with the next batch, and learns anew."""
    feed = Feed()
    monkeypatch.setattr(feed.table, "_patterns", opcua_pattern.make_patterns())
    feed.table._patterns.counts[0] = opcua_pattern.PATTERNS_MAX
    assert nodes(feed.add(read("A"), flush=True)) == [["ns=2;s=A"]]
    assert nodes(feed.add(read("B", "B"), flush=True)) == [["ns=2;s=B"]] * 2
    assert count_known(feed) == 1
