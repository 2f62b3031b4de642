"""Where commands print: results to the standard output, everything else to the standard error, in one language.

Values come from hostile traffic. ``plain`` takes the control characters out of them, and no value is ever read as
markup.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wanglou.languages import Catalogue

PIPE_WIDTH = 120
"""Columns of a table that does not go to a terminal, unless COLUMNS says otherwise."""


_COMFORTABLE = 100
"""Columns from which tables show everything they can."""
_CRAMPED = 76
"""Columns below which tables that do not fit are stacked."""


def plain(value: object) -> str:
    """Write a value without characters that move the cursor, hide text or change the terminal's state."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else _escape(mark) for mark in text)


def _escape(mark: str) -> str:
    """Write a character as Python does, and a byte of a file's name that is no UTF-8 as that byte."""
    return f"\\x{ord(mark) - 0xDC00:02x}" if "\udc80" <= mark <= "\udcff" else repr(mark)[1:-1]


def stack(first: str, *below: str) -> Text:
    """Write a cell of several lines, all but the first one dim; empty ones are left out."""
    lines = [(plain(line), "dim" if place else "") for place, line in enumerate((first, *below)) if line]
    return Text("\n").join(Text(line, style) for line, style in lines)


class _Output(Console):
    """A console that leaves a reader who went away to the caller."""

    def on_broken_pipe(self) -> None:
        """Hand the broken pipe on; the console's own way is to end the process."""
        self.quiet = True
        raise BrokenPipeError


def _open(stream: TextIO) -> _Output:
    width = None if stream.isatty() or os.environ.get("COLUMNS") else PIPE_WIDTH
    return _Output(file=stream, width=width, highlight=False, markup=False, emoji=False)


class Terminal:
    """The two outputs of a command and the language they are in."""

    def __init__(self, say: Catalogue) -> None:
        """Write to what are the standard streams now."""
        self.say = say
        self.out = _open(sys.stdout)
        self.err = _open(sys.stderr)

    @property
    def is_narrow(self) -> bool:
        """True where a table of all columns would be cramped."""
        return self.out.width < _COMFORTABLE

    def tell(self, key: str, /, *, style: str = "", **values: object) -> None:
        """Print one text of the catalogue."""
        self.out.print(self.say(key, **values), style=style)

    def note(self, key: str, /, *, style: str = "", **values: object) -> None:
        """Print one text of the catalogue to the standard error."""
        self.err.print(self.say(key, **values), style=style)

    def head(self, key: str, /, **values: object) -> None:
        """Print a headline after an empty line."""
        self.out.print()
        self.out.print(self.say(key, **values), style="bold")

    def write(self, text: str) -> None:
        """Print a text as it is, without folding lines: for ids and commands that are copied."""
        self.out.print(text, soft_wrap=True)

    def grid(self, headers: Iterable[str], rows: Iterable[Sequence[object]], *, right: Iterable[int] = ()) -> None:
        """Print a table; ``headers`` are keys below ``column``, ``right`` are columns of numbers."""
        names, cells = list(headers), [list(row) for row in rows]
        table = self.make_grid(names, cells, right=right)
        if self.out.width < _CRAMPED and len(names) > 2 and not self._fits(table):
            table = self._stack_grid(names, cells)
        self.out.print(table)

    def _fits(self, table: Table) -> bool:
        """True where no cell would be broken; measured on a page that any table fits."""
        return self.out.measure(table, options=self.out.options.update(width=_ENDLESS)).maximum <= self.out.width

    def _stack_grid(self, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
        """Lay out two columns: the first, and below the second cell of each row the others with their headers."""
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
        titles = [self.say(f"column.{header}") for header in headers]
        for title in titles[:2]:
            table.add_column(title, overflow="fold")
        for row in rows:
            cells = [cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row]
            others = (
                Text.assemble((f"{title}: ", "dim"), cell)
                for title, cell in zip(titles[2:], cells[2:], strict=True)
                if cell.plain
            )
            table.add_row(cells[0], Text("\n").join((cells[1], *others)))
        return table

    def make_grid(
        self, headers: Iterable[str], rows: Iterable[Sequence[object]], *, right: Iterable[int] = ()
    ) -> Table:
        """Lay out a table without printing it; a cell that is a ``Text`` keeps its style."""
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
        numbers = set(right)
        for place, header in enumerate(headers):
            is_number = place in numbers
            table.add_column(
                self.say(f"column.{header}"),
                justify="right" if is_number else "left",
                no_wrap=is_number or header in _WHOLE,
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(cell if isinstance(cell, Text) else plain(cell) for cell in row))
        return table


_ENDLESS = 1 << 20
_WHOLE = frozenset({"address", "id", "time", "severity", "name", "attack", "conversation"})
"""Columns that are never broken over lines, as they are read at a glance or copied."""


def confirm(question: str) -> bool:
    """Ask for a yes; where the input has ended, the answer is no."""
    import typer

    try:
        return typer.confirm(question, err=True)
    except typer.Abort as abort:
        if isinstance(abort.__context__, EOFError):
            return False
        raise
