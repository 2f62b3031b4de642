"""Heads of HTTP messages: start lines, field lines, and how the body is framed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.http_head import (
    BAD_HEADER,
    BARE_LF,
    CHUNKED,
    HEAD_MOST,
    LENGTH,
    NO_BODY,
    OBS_FOLD,
    ODDITIES,
    RATIO_BOUND,
    SPACE_BEFORE_COLON,
    UNTIL_CLOSE,
    match_reply,
    match_request,
    measure_head,
    split_line,
)
from tests.support.pieces import array


@pytest.mark.parametrize(
    "line",
    [b"GET / HTTP/1.1\r\n", b"M-SEARCH * HTTP/1.0\n", b"CONNECT a.b:443 HTTP/1.1\r\n", b"GET http://a/ HTTP/1.1\r\n"],
)
def test_request_lines(line: bytes) -> None:
    """A request line is one when whole, and may become one wherever it is cut."""
    assert match_request(array(line), 0, len(line)) == 1
    for end in range(len(line) - 2):
        assert match_request(array(line), 0, end) == 0


@pytest.mark.parametrize(
    "line",
    [
        b"GET  / HTTP/1.1\r\n",
        b"get / HTTP/1.1\r\n",
        b"GET / HTTP/2.0\r\n",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"\x16\x03\x01\x00",
        b"EHLO mail\r\n",
        b"INVITE sip:a SIP/2.0\r\n",
        b"DESCRIBE rtsp://a RTSP/1.0\r\n",
        b"PRI * HTTP/2.0\r\n",
        b"HELP ABC\n",
    ],
)
def test_what_is_no_request_line(line: bytes) -> None:
    """Other protocols and other versions are told by their first line."""
    assert match_request(array(line), 0, len(line)) == -1


def test_status_lines() -> None:
    """A status line has a version, a space and three digits, the first not zero."""
    for line in (b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 404\r\n", b"HTTP/1.1 999 "):
        assert match_reply(array(line), 0, len(line)) == 1
        assert [match_reply(array(line), 0, end) for end in range(13)] == [0] * 13
    for line in (b"HTTP/1.1 20 OK\r\n", b"HTTP/2 200 OK\r\n", b"ICY 200 OK\r\n", b"HTTP/1.1 000 OK", b"HTTP/1.1 2000"):
        assert match_reply(array(line), 0, len(line)) == -1


@pytest.mark.parametrize(
    ("line", "name", "value", "odd"),
    [
        (b"Host: a b \r\n", b"Host", b"a b", 0),
        (b"Host :a\r\n", b"Host", b"a", SPACE_BEFORE_COLON),
        (b"Host:a\n", b"Host", b"a", BARE_LF),
        (b" folded: x\r\n", b"", b" folded: x", OBS_FOLD),
        (b"no colon\r\n", b"", b"no colon", BAD_HEADER),
        (b": empty\r\n", b"", b": empty", BAD_HEADER),
        (b"A: x\ry\r\n", b"A", b"x\ry", BAD_HEADER),
        (b"A: x\0y\r\n", b"A", b"x\0y", BAD_HEADER),
        (b"\r\n", b"", b"", 0),
    ],
)
def test_field_lines(line: bytes, name: bytes, value: bytes, odd: int) -> None:
    """A line is taken apart, and what RFC 9112 §5 forbids is marked."""
    name_end, start, stop, following, found = split_line(array(line), 0, len(line))
    assert (line[:name_end], line[start:stop], following, found) == (name, value, len(line), odd)


@pytest.mark.parametrize(
    ("fields", "request_body", "reply_body"),
    [
        (b"", (NO_BODY, 0), (UNTIL_CLOSE, 0)),
        (b"Content-Length: 5\r\n", (LENGTH, 5), (LENGTH, 5)),
        (b"Content-Length: 0\r\n", (NO_BODY, 0), (NO_BODY, 0)),
        (b"Content-Length: 5\r\nContent-Length: 6\r\n", (LENGTH, 5), (LENGTH, 5)),
        (b"Content-Length: +5\r\n", (NO_BODY, 0), (UNTIL_CLOSE, 0)),
        (b"Content-Length: 9999999999999999\r\n", (NO_BODY, 0), (UNTIL_CLOSE, 0)),
        (b"Transfer-Encoding: gzip, Chunked\r\n", (CHUNKED, 0), (CHUNKED, 0)),
        (b"Transfer-Encoding: xchunked\r\n", (NO_BODY, 0), (UNTIL_CLOSE, 0)),
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", (CHUNKED, 5), (CHUNKED, 5)),
    ],
)
def test_how_the_body_is_framed(fields: bytes, request_body: tuple[int, int], reply_body: tuple[int, int]) -> None:
    """RFC 9112 §6.3: chunks go before a length; a reply without either ends with its connection."""
    sides = (b"GET / HTTP/1.1\r\n", False, request_body), (b"HTTP/1.1 200 OK\r\n", True, reply_body)
    for start, is_reply, expected in sides:
        head = start + fields + b"\r\n"
        assert measure_head(array(head + b"rest"), 0, len(head) + 4, is_reply) == (len(head), *expected)
        assert measure_head(array(head), 0, len(head) - 1, is_reply)[0] == 0


@pytest.mark.parametrize("status", [100, 101, 199, 204, 304])
def test_statuses_without_a_body(status: int) -> None:
    """RFC 9112 §6.3: 1xx, 204 and 304 have none, whatever their fields say."""
    head = b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status
    assert measure_head(array(head), 0, len(head), True)[1] == NO_BODY


def test_a_head_is_bounded() -> None:
    """A head that goes on beyond the bound is given up."""
    head = b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * HEAD_MOST
    assert measure_head(array(head), 0, HEAD_MOST - 1, False)[0] == 0
    assert measure_head(array(head), 0, HEAD_MOST + 7, False)[0] == -1


@given(st.binary(max_size=200), st.booleans(), st.integers(0, 5))
def test_any_bytes(content: bytes, is_reply: bool, start: int) -> None:
    """No bytes raise, and what is read lies within them."""
    pos = min(start, len(content))
    buf = array(content)
    end = measure_head(buf, pos, len(buf), is_reply)[0]
    assert end in (-1, 0) or pos < end <= len(content)
    name, value, stop, following, _ = split_line(buf, pos, len(buf))
    assert following == 0 or pos <= name <= value <= stop < following <= len(content) or name == pos


def test_every_oddity_has_its_bit() -> None:
    """The names and the bits are of one order."""
    assert 1 << ODDITIES.index("ratio_bound") == RATIO_BOUND
    assert 1 << ODDITIES.index("obs_fold") == OBS_FOLD
