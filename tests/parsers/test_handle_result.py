"""What came of Handle transactions."""

from __future__ import annotations

import pytest

from parsers.packet import UDP
from tests.support.handles import Talk, answer, message, query, tabulate, text


def test_retransmissions() -> None:
    """A request that comes again with its number is marked, and is no attack."""
    talk = Talk()
    talk.join(UDP)
    talk.ask(query("88.1/x")).ask(query("88.1/x")).reply(answer("88.1/x"))
    records, _ = tabulate(talk, cuts=[1])
    assert sorted((r["wanglou.pairing"], bool(r["handle.retransmitted"]), r["error.code"] or "") for r in records) == [
        ("no_response", True, ""),
        ("paired", False, ""),
    ]


def test_an_operation_that_is_not_the_one_asked_for() -> None:
    """A reply of another OpCode is paired, and told."""
    (record,) = tabulate(Talk().ask(query("88.1/x")).reply(message(2, b"", 2)))[0]
    assert (record["handle.response.op.code"], record["error.code"]) == (2, "op_mismatch")


@pytest.mark.parametrize(
    ("response", "outcome"), [(1, "success"), (302, "success"), (900, "unknown"), (603, "failure")]
)
def test_outcomes(response: int, outcome: str) -> None:
    """The ResponseCode tells the outcome; an interim reply is none."""
    (record,) = tabulate(Talk().ask(message(101, text("88.1/x"))).reply(message(101, b"", response)))[0]
    assert record["event.outcome"] == outcome


def test_malformed_halves_have_no_outcome() -> None:
    """A reply that cannot be read is a row of its own, and its request has none."""
    talk = Talk().ask(query("88.1/x")).reply(answer("88.1/x")[:-8])
    found = [(r["event.action"], r["event.outcome"], r["handle.op.name"]) for r in tabulate(talk)[0]]
    assert sorted(found) == [("malformed", "unknown", "resolution"), ("resolution", "unknown", "resolution")]
