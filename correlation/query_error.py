"""A wrong query, shown with a mark under the character where it went wrong."""

from __future__ import annotations

import unicodedata

from wanglou.errors import UsageError


class QueryError(UsageError):
    """A query that cannot be understood, or that asks for what the dataset does not have."""

    def __init__(self, what: str, text: str, position: int) -> None:
        """Join what is wrong with the line of the query and a caret under its ``position``, counted from 0."""
        self.text, self.position = text, min(position, len(text))
        super().__init__(f"{what}\n{point(text, self.position)}")
        self.what = what


def point(text: str, position: int) -> str:
    """Draw the line that holds ``position``, and a caret under it on the next line."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start:] if end < 0 else text[start:end]
    shown = "".join(character if character.isprintable() else " " for character in line)
    return f"  {shown}\n  {' ' * _width(shown[: position - start])}^"


def _width(text: str) -> int:
    """Columns that a terminal gives to a text: two for Chinese characters, none for combining marks."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
