"""What every command prints with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.command_line import Screen
from wanglou.commands.terminal import PIPE_WIDTH, Terminal, plain, stack
from wanglou.languages import load_catalogue


@given(st.text())
def test_plain_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    """Whatever a value holds, what is printed of it is printable."""
    assert plain(text).isprintable()


def test_plain_text_stays_as_it_is() -> None:
    """Text that people read is not touched; a control character is written as its escape."""
    assert plain("望楼 10.0.0.1") == "望楼 10.0.0.1"
    assert plain("a\x1b[31m\u202eb\n") == "a\\x1b[31m\\u202eb\\n"


def test_markup_of_values_is_not_obeyed() -> None:
    """What looks like markup of the library that prints is printed as it is, in tables and lines alike."""
    screen = Screen()
    screen.terminal.grid(("name",), [("[red]x[/red]",)])
    screen.terminal.tell("capture.deleted", name="[bold]", records=":smile:")
    assert "[red]x[/red]" in screen.out
    assert "[bold]" in screen.out
    assert ":smile:" in screen.out


def test_outputs_are_apart() -> None:
    """What is told goes to one output, what is noted to the other."""
    screen = Screen()
    screen.terminal.tell("verify.fine")
    screen.terminal.note("verify.same", captures=3)
    assert (screen.out, screen.err) == ("as expected\n", "All 3 captures are as expected.\n")


def test_lines_to_copy_are_not_folded() -> None:
    """A command longer than the terminal is wide stays one line."""
    screen = Screen(width=20)
    screen.terminal.write("wanglou " + "x" * 100)
    assert screen.out == "wanglou " + "x" * 100 + "\n"


def test_cells_of_several_lines() -> None:
    """Lines of a cell are made plain one by one, and empty ones left out."""
    assert stack("a", "", "b\x07").plain == "a\nb\\x07"


def test_pipes_have_a_width_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no terminal says how wide it is, tables are wide enough for ids."""
    monkeypatch.delenv("COLUMNS", raising=False)
    terminal = Terminal(load_catalogue("en"))
    assert terminal.out.width == PIPE_WIDTH
    assert not terminal.is_narrow
    assert Screen(width=80).terminal.is_narrow


def test_a_reader_that_went_away_is_told_to_the_caller() -> None:
    """The console does not end the process by itself."""
    with pytest.raises(BrokenPipeError):
        Screen().terminal.out.on_broken_pipe()


def test_small_tables_stay_tables_on_narrow_terminals() -> None:
    """A table that fits is not stacked, however narrow the terminal; empty cells of a stacked one are left out."""
    screen = Screen(width=30)
    screen.terminal.grid(("id", "name", "state"), [("1", "a", "b")])
    assert len(screen.out.splitlines()) == 3
    screen = Screen(width=30)
    screen.terminal.grid(("id", "name", "state", "time"), [("1", "a" * 20, "", "b" * 8)])
    assert "Time: bbbbbbbb" in screen.out
    assert "State" not in screen.out
