"""HTTP messages to fields."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parsers.http import (
    GAP,
    HEADLESS,
    HTTP,
    METHOD,
    NOT_HTTP,
    REASON,
    REPLY,
    REQUEST,
    REST,
    SPANS,
    TARGET,
    TRUNCATED,
    decode_messages,
)
from parsers.http_frame import UNTIL_CLOSE_BYTES
from parsers.http_head import BAD_CHUNK, NO_HOST, SEVERAL_HOSTS
from parsers.http_names import HOST, USER_AGENT
from parsers.message import BROKEN_BY_GAP, MALFORMED_BYTES, MESSAGE, WHOLE
from parsers.spans import SPAN
from tests.support.http_messages import GET, OK, chunked
from tests.support.pieces import array


def decode(content: bytes, *, status: int = WHOLE, wire: int = -1) -> tuple[np.void, dict[int, bytes]]:
    """Fields and texts of one message, which lies behind other bytes."""
    messages = np.zeros(1, dtype=MESSAGE).view(np.recarray)
    messages["offset"], messages["length"], messages["status"] = 3, len(content), status
    messages["wire"] = len(content) if wire < 0 else wire
    messages["from_server"] = content.startswith(b"HTTP")
    https, spans = np.recarray(1, dtype=HTTP), np.recarray((SPANS, 1), dtype=SPAN)
    data = b"xyz" + content
    decode_messages(array(data), array(b"\0"), messages, https, spans)
    texts = {which: spans[which, 0] for which in range(SPANS)}
    return https.view(np.ndarray)[0], {
        which: data[span["offset"] : span["offset"] + span["length"]]
        for which, span in texts.items()
        if span["length"] >= 0
    }


def test_a_request() -> None:
    """Start line, fields, their number, and sizes."""
    head = b"POST /a?b HTTP/1.0\r\nhost: x\r\nUser-Agent: t\r\nContent-Length: 3\r\nCookie: s=1\r\n\r\n"
    h, texts = decode(head + b"abc")
    assert (h["kind"], h["minor"], h["status"], h["headers"], h["cookie"]) == (REQUEST, 0, -1, 4, 1)
    assert (h["head_bytes"], h["body_bytes"], h["body_kept"], h["plain_at"]) == (len(head), 3, 3, 3 + len(head))
    assert texts == {METHOD: b"POST", TARGET: b"/a?b", HOST: b"x", USER_AGENT: b"t"}


def test_a_reply() -> None:
    """Status and reason, with or without a reason."""
    h, texts = decode(OK)
    assert (h["kind"], h["status"], h["body_bytes"], texts[REASON]) == (REPLY, 200, 2, b"OK")
    assert REASON not in decode(b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n")[1]


def test_secrets_are_no_texts() -> None:
    """Cookies and what a proxy is told are only counted."""
    _, texts = decode(b"GET / HTTP/1.1\r\nCookie: sid=42\r\nProxy-Authorization: Basic eDp5\r\n\r\n")
    assert set(texts) == {METHOD, TARGET}


def test_hosts() -> None:
    """RFC 9112 §3.2: HTTP/1.1 asks for exactly one Host."""
    assert decode(b"GET / HTTP/1.1\r\n\r\n")[0]["odd"] == NO_HOST
    assert decode(b"GET / HTTP/1.0\r\n\r\n")[0]["odd"] == 0
    assert decode(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")[0]["odd"] == SEVERAL_HOSTS


def test_bodies_in_chunks() -> None:
    """Data are summed; one chunk lies in one piece, several do not."""
    h, _ = decode(chunked(b"abcd"))
    assert (h["body_bytes"], h["plain_bytes"], h["whole"]) == (4, 4, 1)
    h, _ = decode(chunked(b"abcd", b"e"))
    assert (h["body_bytes"], h["plain_at"], h["whole"]) == (5, -1, 1)
    h, _ = decode(chunked(b"a")[:-7] + b"zz\r\n")
    assert (h["body_bytes"], h["odd"], h["whole"]) == (-1, BAD_CHUNK, 0)


def test_what_is_cut() -> None:
    """A message that lacks its end is read as far as it goes; of a long one the length on the wire is told."""
    assert decode(OK[:-1], status=MALFORMED_BYTES)[0]["error"] == TRUNCATED
    assert decode(OK[:-1], status=BROKEN_BY_GAP)[0]["error"] == GAP
    assert decode(GET[:-2], status=MALFORMED_BYTES)[0]["kind"] == HEADLESS
    long = b"HTTP/1.0 200 OK\r\n\r\n"
    h, _ = decode(long + b"a" * 20_000, wire=50_000)
    assert (h["body_bytes"], h["whole"], h["error"]) == (50_000 - len(long), 0, 0)
    assert decode(long + b"a" * 20_000, wire=UNTIL_CLOSE_BYTES)[0]["body_bytes"] == -1
    assert decode(long + b"abc", wire=UNTIL_CLOSE_BYTES, status=MALFORMED_BYTES)[0]["body_bytes"] == 3


def test_what_has_no_head() -> None:
    """The rest of a chunked body is told apart from bytes that are no HTTP."""
    assert decode(b"4\r\nWiki\r\n0\r\n\r\n")[0]["kind"] == REST
    h, _ = decode(b"\x00\x01\x02", status=MALFORMED_BYTES)
    assert (h["kind"], h["error"]) == (HEADLESS, NOT_HTTP)


@given(st.one_of(st.binary(max_size=80), st.binary(max_size=60).map(lambda rest: GET[:-2] + rest)))
def test_any_bytes(content: bytes) -> None:
    """No bytes raise, and every text lies within the message."""
    for status in (WHOLE, MALFORMED_BYTES, BROKEN_BY_GAP):
        h, texts = decode(content, status=status)
        assert all(text in content for text in texts.values())
        assert 0 <= h["body_kept"] <= len(content)
