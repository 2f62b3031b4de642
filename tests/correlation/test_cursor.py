"""Cursors come back as they were written, and nothing else is taken for one."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.cursor import read_cursor, write_cursor
from wanglou.errors import UsageError


@given(text=st.text(max_size=50), number=st.integers(-(2**63), 2**63 - 1))
def test_a_cursor_comes_back(text: str, number: int) -> None:
    """Texts and numbers, whatever they hold."""
    assert read_cursor(write_cursor("list", text, number), "list", (str, int)) == [text, number]


@given(text=st.text(min_size=1, max_size=300))
def test_other_texts_are_refused(text: str) -> None:
    """Any text is a cursor of this list or a UsageError."""
    with contextlib.suppress(UsageError):
        read_cursor(text, "list", (str,))


def test_cursors_of_other_lists_are_refused() -> None:
    """Another list, other kinds, and numbers that no store takes."""
    assert read_cursor("", "list", (str,)) is None
    for cursor, kinds in ((write_cursor("other", "a"), (str,)), (write_cursor("list", "a"), (int,)),
                          (write_cursor("list", 1, 2), (int,)), (write_cursor("list", 2**63), (int,))):  # fmt: skip
        with pytest.raises(UsageError):
            read_cursor(cursor, "list", kinds)
