"""Handle messages in HTTP bodies."""

from __future__ import annotations

from pathlib import Path

from parsers.columns import Conversations
from parsers.http_envelope import ENVELOPE, HEADER
from parsers.http_table import HttpTable
from parsers.protocol import HANDLE
from tests.support.http_messages import KERNELS, chunked, request
from tests.support.pieces import ORIGIN, SMALL, Piece, Stream, array, make_conversations, read_pieces

QUERY = bytes.fromhex(
    "020a020b0000000038f368b8000000000000003c000000010000000019000000ffff00006b01f05a00000020"
    "0000001038382e3130302e312f6465763030303100000000000000000000000000000000"
)
"""Resolution of 88.100.1/dev0001."""


def add(table: HttpTable, *pieces: Piece) -> list[tuple[bytes, int, bool]]:
    """Bytes, protocol and direction of the Handle messages that a batch brings."""
    stream = Stream(KERNELS)
    for number, piece in enumerate(pieces):
        stream.add(piece, number)
    messages, data = stream.take()
    conversations = Conversations(make_conversations(1, KERNELS.app), ORIGIN)
    table.add(data, array(b"\0"), messages, conversations, flush=False)
    return [
        (data[m["offset"] : m["offset"] + m["length"]].tobytes(), int(m["app"]), bool(m["from_server"]))
        for m in table.envelopes
    ]


def test_bodies_that_are_handle_messages() -> None:
    """A body of either side is offered as a message of the Handle protocol, also out of one chunk."""
    assert len(QUERY) == 80
    asked = request("/88.100.1%2Fdev0001", "POST", QUERY, Content_Type="application/x-hdl-message")
    found = add(HttpTable(ORIGIN, SMALL), Piece(asked), Piece(chunked(QUERY), from_server=True))
    assert found == [(QUERY, HANDLE, False), (QUERY, HANDLE, True)]


def test_other_bodies_are_not_offered() -> None:
    """The length that the envelope tells must be that of the body."""
    for body in (QUERY + b"x", QUERY[:-1], QUERY[: ENVELOPE + HEADER - 1], b"a" * 80, b"\x04" + QUERY[1:]):
        assert add(HttpTable(ORIGIN, SMALL), Piece(request("/", "POST", body))) == []


def test_a_request_that_waits_is_offered_once() -> None:
    """What is carried to the next batch is not offered again."""
    table = HttpTable(ORIGIN, SMALL)
    assert len(add(table, Piece(request("/", "POST", QUERY)))) == 1
    conversations = Conversations(make_conversations(1, KERNELS.app), ORIGIN)
    waiting = table.waiting
    data = array(request("/", "POST", QUERY))
    table.add(data, array(b"\0"), waiting, conversations, flush=True)
    assert len(table.envelopes) == 0


def test_every_handle_message_over_http_of_a_capture(shared: Path) -> None:
    """Both queries and both replies on port 8000 are offered."""
    pieces = read_pieces(shared / "captures" / "handle" / "teleinfo_cnri_loopback.pcap")
    flows = {piece.flow for piece in pieces if piece.payload.startswith(b"POST ")}
    chosen = [Piece(piece.payload, piece.from_server) for piece in pieces if piece.flow in flows]
    found = add(HttpTable(ORIGIN, SMALL), *chosen)
    assert [(len(content), app, from_server) for content, app, from_server in found] == [
        (80, HANDLE, False), (311, HANDLE, True), (81, HANDLE, False), (52, HANDLE, True),
    ]  # fmt: skip
