"""Chunks of HTTP bodies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.http_chunk import BROKEN, DONE, GOES_ON, NEEDS_MORE, WINDOW, read_size, walk_chunks
from tests.support.pieces import array

VECTOR = b"4\r\nWiki\r\n5;a=b\r\npedia\r\n0\r\nTrailer: x\r\n\r\n"


def walk(content: bytes, end: int | None = None) -> tuple[int, int, int, int]:
    """Walk from the first byte."""
    return walk_chunks(array(content or b"\0"), 0, 0, len(content) if end is None else end)


def test_chunks_with_extension_and_trailer() -> None:
    """Data are counted without their framing, which may hold extensions and a trailer."""
    assert walk(VECTOR + b"next") == (DONE, len(VECTOR), 9, 2)
    assert {walk(VECTOR, end)[0] for end in range(len(VECTOR))} == {NEEDS_MORE}


@pytest.mark.parametrize(
    "content",
    [
        b"x\r\n",
        b"\r\n",
        b"-1\r\n",
        b"0x4\r\nWiki\r\n",
        b"4\nWiki\r\n",
        b"123456789\r\n",
        b" 4\r\nWiki\r\n",
        b"4;" + b"a" * 300,
    ],
)
def test_sizes_that_are_none(content: bytes) -> None:
    """What RFC 9112 §7.1 does not allow, and what lenient parsers do not agree about, ends the chunks."""
    assert walk(content) == (BROKEN, 0, 0, 0)


def test_data_without_their_end_of_line() -> None:
    """A chunk longer than its size says is broken, and ends where the last good one does."""
    assert walk(b"1\r\na\r\n2\r\nabc\r\n") == (BROKEN, 6, 1, 1)


def test_long_bodies_are_cut_at_the_end_of_a_chunk() -> None:
    """From the window on a message ends, also where its end is not there yet."""
    part = b"1000\r\n" + b"a" * 4096 + b"\r\n"
    state, stop, total, count = walk(part * 6)
    assert (state, stop, total, count) == (GOES_ON, len(part) * 4, 4096 * 4, 4)
    assert walk(b"ffff\r\nabc") == (GOES_ON, 6 + 0xFFFF + 2, 0xFFFF, 1)
    assert stop >= WINDOW


@given(st.binary(max_size=100))
def test_any_bytes(content: bytes) -> None:
    """No bytes raise; chunks that are done lie within them, and sizes are not negative."""
    state, stop, total, _ = walk(content)
    assert state in (NEEDS_MORE, BROKEN) or total >= 0
    assert state == GOES_ON or stop <= len(content)
    size, data = read_size(array(content + b"\0"), 0, len(content))
    assert size >= 0
    assert data <= len(content)


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=6))
def test_what_is_framed_is_measured(parts: list[bytes]) -> None:
    """Chunks of any data are walked to their end."""
    content = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    assert walk(content) == (DONE, len(content), sum(map(len, parts)), len(parts))
