"""A wrong query is shown with a caret under the place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.query_error import QueryError, point
from wanglou.errors import UsageError


@pytest.mark.parametrize(
    ("text", "position", "drawn"),
    [
        ("abc", 1, "  abc\n   ^"),
        ("abc", 3, "  abc\n     ^"),
        ("中文:x", 3, "  中文:x\n       ^"),
        ("a\nbcd\ne", 3, "  bcd\n   ^"),
        ("a\tb", 2, "  a b\n    ^"),
        ("", 0, "  \n  ^"),
    ],
)
def test_the_caret_stands_under_the_character(text: str, position: int, drawn: str) -> None:
    """Wide characters take two columns, control characters are shown as spaces, of several lines one is shown."""
    assert point(text, position) == drawn


@given(st.text(max_size=40), st.integers(0, 60))
def test_the_caret_is_always_drawn(text: str, position: int) -> None:
    """Any text and position give what is wrong and the caret at the end."""
    error = QueryError("wrong", text, position)
    assert isinstance(error, UsageError)
    assert str(error).startswith("wrong\n")
    assert str(error).endswith("^")
    assert error.position <= len(text)
