"""Where HTTP messages begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.http_chunk import WINDOW
from parsers.http_frame import (
    LONGEST,
    UNTIL_CLOSE_BYTES,
    begins_in_chunk,
    find_http,
    is_upgrade,
    measure_http,
    recognise_http,
)
from parsers.protocol import REPLY, REQUEST
from tests.support.http_messages import GET, OK, chunked
from tests.support.pieces import array


def measure(content: bytes, from_client: bool, end: int | None = None) -> int:
    """Measure what begins at the first byte."""
    return int(measure_http(array(content or b"\0"), 0, len(content) if end is None else end, from_client))


def recognise(content: bytes, served: bool = False, whole: bool = False) -> tuple[int, int]:
    """Recognise the first bytes of a side."""
    return tuple(map(int, recognise_http(array(content or b"\0"), 0, len(content), served, whole)))  # type: ignore[return-value]


def test_either_side_is_recognised() -> None:
    """A start line tells the protocol and who asks, on any port."""
    assert recognise(GET) == (1, REQUEST)
    assert recognise(OK) == (1, REPLY)
    assert recognise(b"\r\n" + GET) == (1, REQUEST)
    assert recognise(GET[:10]) == recognise(OK[:5]) == recognise(b"") == (0, 0)


@pytest.mark.parametrize(
    "content",
    [
        "000100000006010300000001", "100c00044d5154540402003c0000", "48454c4600000000", "16030100c8010000c4",
        "020a020b0000000038f368b8000000000000003c", "5353482d322e302d4f70656e", "0300001611e00000",
    ],
)  # fmt: skip
def test_other_protocols_are_not_taken(content: str) -> None:
    """Modbus, MQTT, OPC UA, TLS, Handle, SSH and S7 are none of ours, also on a port of ours."""
    assert recognise(bytes.fromhex(content), served=True) == (-1, 0)


def test_datagrams_are_none() -> None:
    """SSDP and the like look alike and are not HTTP over TCP."""
    assert recognise(GET, whole=True) == (-1, 0)


@pytest.mark.parametrize(
    ("message", "from_client"),
    [
        (GET, True), (b"\r\n" + GET, True), (GET[:-4] + b"\r\nContent-Length: 3\r\n\r\nabc", True), (OK, False),
        (b"HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n", False), (chunked(b"abc", b"d" * 300), False),
        (chunked(b"abc", start=b"POST / HTTP/1.1\r\n"), True), (b"HTTP/1.1 100 Continue\r\n\r\n", False),
    ],
)  # fmt: skip
def test_length_of_a_message(message: bytes, from_client: bool) -> None:
    """The length is told from what is there, is the same with more, and is never wrong with less."""
    following = GET if from_client else OK
    assert measure(message + following, from_client) == len(message)
    assert measure(message, from_client) == len(message)
    assert {measure(message, from_client, end) for end in range(len(message))} <= {0, len(message)}


def test_a_reply_to_head_has_no_body() -> None:
    """Its length is told once something follows: a status line means that the body is not there."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    assert measure(head, False) == measure(head + b"HTTP/1", False) == 0
    assert measure(head + OK, False) == len(head)
    assert measure(head + b"x", False) == len(head) + 5000
    assert measure(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + OK, False) == 47


def test_a_reply_without_a_length_goes_on() -> None:
    """Only the connection's end ends it."""
    assert measure(b"HTTP/1.0 200 OK\r\n\r\nabc", False) == UNTIL_CLOSE_BYTES


def test_a_long_chunked_body_is_cut() -> None:
    """What follows measures as a message of its own, until the chunks are done."""
    message = chunked(*[b"a" * 4096] * 9)
    first = measure(message, False)
    second = measure(message[first:], False)
    third = measure(message[first + second :], False)
    assert WINDOW <= first < LONGEST
    assert first + second + third == len(message)
    assert begins_in_chunk(array(message[first:]), 0, len(message) - first)


@pytest.mark.parametrize("content", [b"\x00\x01", b"hello world\r\n", b"GET /" + b"a" * 9000, b"HTTP/1.1 2x0 "])
def test_what_is_no_message(content: bytes) -> None:
    """Neither a start line nor a chunk."""
    assert measure(content, from_client=content.startswith(b"G")) == -1


def test_the_next_start_line_is_found() -> None:
    """After lost bytes the next message of the same side is found, behind a line's end or within a line."""
    for lost in (b"\x00\x01", b"tail of a body\n", b'{"a":1}', b"ABC\r\n\r\n", b"HTTP/1.1 200"):
        assert find_http(array(lost + GET), 0, len(lost + GET), True) == len(lost)
    assert find_http(array(b"xx" + GET + OK), 0, 2 + len(GET + OK), False) == 2 + len(GET)
    assert find_http(array(b"xxxx\nGET /a"), 0, 11, True) == 5
    assert find_http(array(b"nothing here"), 0, 12, True) == find_http(array(b"nothing here"), 0, 12, False) == 12


def test_an_upgrade_to_websocket() -> None:
    """A reply 101 that names websocket, in letters of either case, and no other."""
    good = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nupgrade: WebSocket\r\n\r\n"
    assert is_upgrade(array(good), 0, len(good))
    assert not is_upgrade(array(good), 0, len(good) - 1)
    for bad in (good.replace(b"101", b"200"), good.replace(b"WebSocket", b"h2c......"), GET, b""):
        assert not is_upgrade(array(bad or b"\0"), 0, len(bad))


@given(st.binary(max_size=120), st.booleans())
def test_any_bytes(content: bytes, from_client: bool) -> None:
    """No bytes raise; a length is positive or says that there is none; what is found lies within the bytes."""
    assert measure(content, from_client) >= -1
    found = int(find_http(array(content or b"\0"), 0, len(content), from_client))
    assert 0 <= found <= len(content)
    assert recognise(content)[0] in (-1, 0, 1)


@given(st.sampled_from([GET, OK, chunked(b"abc")]), st.data())
def test_damaged_messages(message: bytes, data: st.DataObject) -> None:
    """A byte changed anywhere neither raises nor measures backwards."""
    at = data.draw(st.integers(0, len(message) - 1))
    damaged = message[:at] + bytes([data.draw(st.integers(0, 255))]) + message[at + 1 :]
    assert measure(damaged, from_client=message is GET) >= -1
