"""What pages and the API show of the audit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from console.texts import load_texts
from console.views.audit import read_state, tell_difference

ROOT = Path(__file__).parents[3]
FOLDERS = ("console", "correlation", "detection", "wanglou")


def list_keys() -> Iterator[str]:
    """Give the texts of what the code writes into the audit as its action or kind."""
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            yield from (
                f"audit.did_{text}" for one in node.keywords if one.arg == "action" for text in _done(one.value)
            )
            if getattr(node.func, "attr", "") == "record" and len(node.args) >= len(("action", "kind", "subject")):
                yield from (f"audit.did_{text}" for text in _done(node.args[0]))
                yield from (f"audit.kind_{text}" for text in _done(node.args[1]))


def _done(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value.rpartition(".")[2]


def test_what_is_done_has_words() -> None:
    """In both languages: whoever reads the audit in Chinese reads no participles of the code."""
    keys = set(list_keys())
    assert {"audit.did_triaged", "audit.did_refused", "audit.kind_account"} <= keys
    for language in ("zh", "en"):
        say = load_texts(language)
        assert [key for key in sorted(keys) if say.find(key) is None] == []


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
