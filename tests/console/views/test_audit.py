"""What pages and the API show of the audit."""

from __future__ import annotations

from console.views.audit import read_state, tell_difference


def test_a_difference_has_a_line_for_each_side() -> None:
    """What was goes out, what is comes in, what stayed is the same."""
    lines = list(tell_difference({"a": 1, "b": "x", "d": 4}, {"a": 2, "c": [1], "d": 4}))
    assert lines == [("out", "a: 1"), ("in", "a: 2"), ("out", "b: x"), ("in", "c: [\n 1\n]"), ("same", "d: 4")]


def test_what_is_no_state_is_shown_as_it_is() -> None:
    """Somebody may have written into the audit by hand."""
    assert read_state(None) == {}
    assert read_state('{"a": 1}') == {"a": 1}
    assert read_state("[1]") == {"?": "[1]"}
    assert read_state("{") == {"?": "{"}
