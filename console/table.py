"""Data tables of pages: declared columns, which of them are shown, how rows are ordered, and where they go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from console.visit import Visit
from wanglou.languages import Catalogue

PAGE_ROWS = 50
MOST_ROWS = 500
"""Rows that one answer may be asked for."""
Direction = Literal["ascending", "descending", "none"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    label: str
    """Key of its heading's text; empty where the name is the heading, as of fields of records."""
    is_usual: bool = True
    """True where it is shown unless the reader chose others."""
    is_number: bool = False
    is_wide: bool = False
    """True for the column that takes the room the others leave."""
    sort: bool = False
    """True where rows can be ordered by it."""
    is_fixed: bool = False
    """True where the reader cannot take it away, and where it stays beside an open side panel."""
    is_rare: bool = False
    """True where it is left out first when there is little room."""

    def title(self, say: Catalogue) -> str:
        """Give its heading."""
        return say(self.label) if self.label else self.name


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and how they are shown."""

    columns: Sequence[Column]
    rows: Sequence[Any]
    """Each has an ``id``."""
    next: str = ""
    """Where the rows go on; empty at their end."""
    sort: str = ""
    """Name of the column they are ordered by, after ``-`` where the largest come first."""
    chosen: frozenset[str] = field(default=frozenset())
    """Columns that the reader chose; empty for the usual ones."""

    @property
    def shown(self) -> list[Column]:
        """The columns shown, in their order."""
        if not self.chosen:
            return [column for column in self.columns if column.is_usual]
        return [column for column in self.columns if column.is_fixed or column.name in self.chosen]

    @property
    def is_broad(self) -> bool:
        """True where the reader chose more columns than are usual: they may need more room than there is."""
        return len(self.shown) > sum(column.is_usual for column in self.columns)

    def direction(self, column: Column) -> Direction:
        """Tell how rows are ordered by a column."""
        if self.sort.lstrip("-") != column.name:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"

    def turned(self, column: Column) -> str:
        """Give the order that a click on a column's heading asks for."""
        return column.name if self.direction(column) == "descending" else f"-{column.name}"


def choose_columns(visit: Visit, columns: Sequence[Column]) -> frozenset[str]:
    """Read which columns the reader chose: ``?columns=`` once for each, or with commas."""
    named = {name for text in visit.request.query_params.getlist("columns") for name in text.split(",")}
    return frozenset(column.name for column in columns if column.name in named)


def choose_sort(visit: Visit, columns: Sequence[Column], default: str) -> str:
    """Read the order: ``?sort=time`` or ``?sort=-time``; the default for anything else."""
    asked = visit.asked("sort")
    names = {column.name for column in columns if column.sort}
    return asked if asked.removeprefix("-") in names else default


def choose_limit(visit: Visit, default: int = PAGE_ROWS) -> int:
    """Read how many rows are wanted: ``?limit=``, at least 1 and at most ``MOST_ROWS``."""
    text = visit.asked("limit")
    return min(max(int(text), 1), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < 10 else default
