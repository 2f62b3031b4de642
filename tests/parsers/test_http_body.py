"""Bodies of HTTP messages."""

from __future__ import annotations

import gzip
import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.http_body import DECODED_MOST, SAMPLE_BYTES, join_chunks, make_sample, read_body
from parsers.http_head import BAD_CODING, DECODED_BOUND, RATIO_BOUND

TEXT = b'{"a": "' + b"value " * 20 + b'"}'


def deflate(content: bytes, window: int = 15) -> bytes:
    """Compress; a negative window leaves the header out."""
    packer = zlib.compressobj(wbits=window)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize(
    ("packed", "coding"),
    [
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (gzip.compress(TEXT, mtime=0), "X-GZIP"),
        (deflate(TEXT), "deflate"),
        (deflate(TEXT, -15), "deflate"),
    ],
)
def test_codings_are_undone(packed: bytes, coding: str) -> None:
    """Gzip, zlib and bare deflate give the content; the digest is that of what crossed the wire."""
    body = read_body(packed, coding, chunked=False, whole=True)
    assert (body.content, body.decoded_bytes, body.odd) == (TEXT, len(TEXT), 0)
    assert body.sha256 == hashlib.sha256(packed).hexdigest()


def test_other_codings_are_left() -> None:
    """What is not undone has no content, and a body without a coding is its own."""
    assert read_body(b"xyz", "br", chunked=False, whole=True)[:2] == (b"", -1)
    assert read_body(b"xyz", "gzip, gzip", chunked=False, whole=True)[:2] == (b"", -1)
    assert read_body(b"xyz", "identity", chunked=False, whole=True)[:2] == (b"xyz", -1)


def test_damaged_codings_are_marked() -> None:
    """What is no gzip, and one that ends early though all of it is there; one that was cut is not marked."""
    packed = gzip.compress(TEXT)
    assert read_body(b"no gzip", "gzip", chunked=False, whole=True).odd == BAD_CODING
    assert read_body(packed[:-9], "gzip", chunked=False, whole=True).odd == BAD_CODING
    cut = read_body(packed[:-9], "gzip", chunked=False, whole=False)
    assert (cut.odd, cut.sha256, TEXT.startswith(cut.content)) == (0, "", True)


def test_decoding_is_bounded() -> None:
    """A bomb stops at a hundred times its size, or at one MiB."""
    bomb = read_body(gzip.compress(bytes(10 << 20))[:2000], "gzip", chunked=False, whole=False)
    assert (bomb.odd, bomb.decoded_bytes) == (RATIO_BOUND, 200_000)
    bomb = read_body(gzip.compress(bytes(20 << 20)), "gzip", chunked=False, whole=True)
    assert (bomb.odd, bomb.decoded_bytes) == (DECODED_BOUND, DECODED_MOST)


def test_chunks_are_joined() -> None:
    """Extensions and trailers fall away; what is cut or damaged ends the data."""
    assert join_chunks(b"4;x=y\r\nWiki\r\n5\r\npedia\r\n0\r\nA: b\r\n\r\n") == b"Wikipedia"
    assert join_chunks(b"4\r\nWiki\r\n5\r\npe") == b"Wikipe"
    assert join_chunks(b"4\r\nWiki\r\nzz\r\n") == b"Wiki"


@given(st.binary(max_size=100), st.sampled_from(["", "gzip", "deflate"]), st.booleans(), st.booleans())
def test_any_bytes(content: bytes, coding: str, chunked: bool, whole: bool) -> None:
    """No bytes raise, neither in reading nor as a sample."""
    body = read_body(content, coding, chunked=chunked, whole=whole)
    assert make_sample(body.content, "application/json").isprintable()
    assert make_sample(body.content, "").isprintable()


def test_samples_are_texts() -> None:
    """Text is kept, bytes are not, and a long text is cut."""
    assert make_sample("a\n标识".encode(), "") == "a\\n标识"
    assert make_sample(b"\x00\x01\x02", "") == ""
    assert make_sample(b"\x89PNG\r\n", "image/png") == ""
    assert make_sample(b"d\xe9j\xe0 vu", "text/plain") == "d\\xe9j\\xe0 vu"
    assert len(make_sample(b"a" * 5000, "")) == SAMPLE_BYTES + 1
    assert make_sample("标".encode() * 700, "").startswith("标标")


def test_samples_hold_no_secrets() -> None:
    """Passwords are masked before the text is cut."""
    assert "pw1" not in make_sample(b'{"u":"a","password":"pw1"}', "application/json")
    assert "pw1" not in make_sample(b"a" * (SAMPLE_BYTES - 12) + b"&password=pw1pw1pw1", "")
