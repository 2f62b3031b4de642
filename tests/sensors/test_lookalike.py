"""Telling what a file is that is no capture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.lookalike import is_text, name_lookalike


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"\x7fELF\x02\x01", "ELF"),
        (b"PK\x03\x04\x14", "zip"),
        (b"snoop\x00\x00\x00\x00", "snoop"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"time,source\n1,2\n", "text"),
        ("时间,来源".encode(), "text"),
        (b"\x00\x01\x02\x03", "00 01 02 03"),
    ],
)
def test_likeness_is_named(head: bytes, word: str) -> None:
    """Signatures, text and unknown bytes are each told apart, with advice."""
    likeness, advice = name_lookalike(head)
    assert word in likeness
    assert advice


@given(
    st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\ufffd"), min_size=2), st.integers(0, 3)
)
def test_text_cut_inside_a_character_is_text(text: str, cut: int) -> None:
    """The head of a text file is text wherever it ends."""
    data = text.encode()
    head = data[: max(len(data) - cut, 4)]
    assert is_text(head)


@given(st.binary(max_size=64))
def test_any_bytes_are_told(head: bytes) -> None:
    """Whatever a file begins with, there is something to say."""
    assert all(name_lookalike(head))
