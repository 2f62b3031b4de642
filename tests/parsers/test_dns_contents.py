"""Distinct contents of DNS messages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import dns_contents
from parsers.dns_contents import DATA, NAME, OPTIONS
from parsers.dns_name import decode_name
from parsers.spans import TEXT_BYTES
from tests.support.contents import make_contents, number


@given(st.lists(st.tuples(st.binary(max_size=20), st.sampled_from((NAME, DATA, OPTIONS))), max_size=30))
def test_equal_contents_have_one_number(values: list[tuple[bytes, int]]) -> None:
    """Contents are told apart by their bytes and sort, whenever the room grows, and their texts are theirs."""
    contents = make_contents()
    first = [number(contents, value, sort) for value, sort in values]
    contents.grow()
    assert [number(contents, value, sort) for value, sort in values] == first
    assert len(contents) == len(set(values))
    assert contents.list_values(np.array(first, dtype=np.int32)) == [value for value, _ in values]
    texts = contents.texts.to_pylist()
    told = [decode_name(value) if sort == NAME else "+" * (sort == OPTIONS) + value.hex() for value, sort in values]
    assert [texts[one] for one in first] == told


def test_long_contents_are_cut() -> None:
    """Of a long content the beginning is kept, and its text ends in an ellipsis; its length tells it apart."""
    contents = make_contents()
    assert [number(contents, bytes(TEXT_BYTES + more), DATA) for more in (0, 1, 2, 1)] == [0, 1, 2, 1]
    assert contents.texts.to_pylist() == ["00" * TEXT_BYTES + dots for dots in ("", "\u2026", "\u2026")]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """All is forgotten when it is too much, and only then."""
    monkeypatch.setattr(dns_contents, "MOST_KEPT", 2)
    contents = make_contents()
    number(contents, b"a")
    number(contents, b"b")
    assert (contents.trim(), len(contents)) == (False, 2)
    number(contents, b"c")
    assert (contents.trim(), len(contents), len(contents.texts)) == (True, 0, 0)
