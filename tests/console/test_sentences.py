"""What the console's own errors say is known in Chinese, with what to do about it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from wanglou.sentences import find_sentence

CONSOLE = Path(__file__).parents[2] / "console"
ERRORS = frozenset({
    "BusyError", "CaptureError", "ConflictError", "FullError", "LockedError", "QueueFullError", "QuotaError",
    "StoreError", "UsageError", "WanglouError",
})  # fmt: skip


def list_sentences() -> Iterator[tuple[str, str]]:
    """Give the sentences that errors are made with, a number in each place, and where they stand."""
    for path in CONSOLE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS:
                parts = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "do")]
                yield from ((f"{path.name}:{node.lineno}", text) for part in parts if (text := write(part)))


def write(node: ast.expr) -> str:
    """Write a literal with its places filled in; empty for what is no literal, or has nothing but places."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if not isinstance(node, ast.JoinedStr):
        return ""
    places = [part for part in node.values if isinstance(part, ast.FormattedValue)]
    words = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    filled = "".join(str(part.value) if isinstance(part, ast.Constant) else _fill(part) for part in node.values)
    return filled if any(mark.isalpha() for mark in words) or not places else ""


def _fill(part: ast.expr) -> str:
    return "'7'" if isinstance(part, ast.FormattedValue) and part.conversion == ord("r") else "7"


def test_errors_of_the_console_are_told_in_chinese() -> None:
    """Each sentence, or it would stand in English on a Chinese page."""
    found = list(list_sentences())
    assert len(found) > len(ERRORS)
    assert [one for one in found if not find_sentence(one[1], "zh")] == []
