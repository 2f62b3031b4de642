"""HTTP messages paired."""

from __future__ import annotations

import numpy as np

from parsers.http import GAP
from parsers.http_frame import UNTIL_CLOSE_BYTES
from parsers.http_rows import Rows, choose_errors
from parsers.message import BROKEN_BY_GAP
from tests.support.http_messages import GET, OK, decode_one, read, reply, request
from tests.support.pieces import Piece


def pairings(*pieces: Piece | bytes) -> list[tuple[str, str | None, int | None]]:
    """Pairing, path and status of each record."""
    return [(r["wanglou.pairing"], r["url.path"], r["http.response.status_code"]) for r in read(*pieces)[0]]


def test_replies_answer_in_order() -> None:
    """Pipelined requests are answered one after the other, on each connection for itself."""
    asked = request("/1") + request("/2")
    other = Piece(request("/3"), flow=1), Piece(reply(status="500 No"), from_server=True, flow=1)
    found = pairings(asked, other[0], reply() + reply(status="404 No"), other[1])
    assert sorted(found) == [("paired", "/1", 200), ("paired", "/2", 404), ("paired", "/3", 500)]


def test_interim_replies_answer_nothing() -> None:
    """100 is a record of its own, 101 the answer."""
    found = pairings(GET, b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
    assert found == [("interim", None, 100), ("paired", "/", 200)]
    assert pairings(GET, b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n") == [("paired", "/", 101)]


def test_halves_alone() -> None:
    """A reply without its request, a request without a reply, and bytes that are neither."""
    assert pairings(OK) == [("no_request", None, 200)]
    assert pairings(GET) == [("no_response", "/", None)]
    assert pairings(b"\x00\x01\x02") == [("malformed", None, None)]


def test_outcomes() -> None:
    """From 400 on it failed; an interim reply decides nothing."""
    outcomes = [
        record["event.outcome"] for record in read(GET, b"HTTP/1.1 100 C\r\n\r\n" + reply(status="400 Bad"), GET)[0]
    ]
    assert outcomes == ["unknown", "failure", "unknown"]


def test_sizes() -> None:
    """Bytes of head and body as on the wire; of a reply that the connection ends those that came."""
    record = read(request("/", "POST", b"abc"), b"HTTP/1.0 200 OK\r\n\r\nhello")[0][0]
    assert record["http.request.body.bytes"] == 3
    assert (record["http.response.body.bytes"], record["http.response.bytes"]) == (5, 24)
    assert record["http.response.bytes"] < UNTIL_CLOSE_BYTES
    assert record["error.code"] is None


def test_a_reply_to_head_lacks_nothing() -> None:
    """At the end of a connection it is whole without a body; a reply to GET is cut."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    for method, error in (("HEAD", None), ("GET", "truncated")):
        record = read(request(method=method), head)[0][0]
        assert (record["wanglou.pairing"], record["error.code"]) == ("paired", error)


def test_a_reply_to_head_that_a_gap_ends_lacks_nothing() -> None:
    """Bytes that may have been lost behind its head are no part of it; a reply to GET lacks them."""
    head = decode_one(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", status=BROKEN_BY_GAP)
    rows = Rows(*(np.array([value]) for value in (-1, 0, 0, 0, 0, 200, 1)))
    assert [choose_errors(head, rows, np.array([is_head])).tolist() for is_head in (True, False)] == [[0], [GAP]]
