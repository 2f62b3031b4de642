"""Names of header fields and methods in bytes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parsers.http_names import HEADERS, HOST, METHODS, OTHER, PROXY_AUTHORIZATION, identify_header, is_method


def find(text: bytes) -> int:
    """Number of a header field between other bytes."""
    return int(identify_header(np.frombuffer(b"xx" + text + b"yy", dtype=np.uint8), 2, 2 + len(text)))


def test_header_fields_are_known_in_letters_of_either_case() -> None:
    """RFC 9110 §5.1: field names are case-insensitive."""
    for number, name in enumerate(HEADERS):
        assert find(name.encode()) == find(name.upper().encode()) == find(name.title().encode()) == number
    assert (HEADERS[HOST], HEADERS[PROXY_AUTHORIZATION]) == ("host", "proxy-authorization")


@given(st.binary(max_size=24))
def test_no_other_name_is_known(name: bytes) -> None:
    """Whatever the bytes, they are known exactly where they are one of the names."""
    lowered = name.decode("latin-1").lower() if name.isascii() else ""
    assert find(name) == (HEADERS.index(lowered) if lowered in HEADERS else OTHER)


@given(st.one_of(st.sampled_from(METHODS), st.text("ABCDEGHOPRSTU", max_size=24)))
def test_methods_are_known_as_they_are(name: str) -> None:
    """Methods are known in capital letters only (RFC 9110 §9.1)."""
    buf = np.frombuffer(name.encode() + b" ", dtype=np.uint8)
    assert is_method(buf, 0, len(name)) == (name in METHODS)
    assert not is_method(np.frombuffer(name.lower().encode() + b" ", dtype=np.uint8), 0, len(name))
