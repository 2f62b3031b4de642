"""Help: what the pieces of it say. tests/wanglou/test_cli.py looks at the help of every command."""

from __future__ import annotations

import pytest

from tests.support.command_line import run
from wanglou.commands.help import find_text
from wanglou.languages import load_catalogue


def test_usage_names_what_follows() -> None:
    """The first line shows the arguments of a command, and that a group takes a command."""
    assert run("replay", "--help").out.startswith("Usage: wanglou replay [options] FILE...\n")
    assert run("rules", "--help").out.startswith("Usage: wanglou rules [options] COMMAND ...\n")


def test_defaults_are_shown_where_they_tell_something() -> None:
    """A default folder or number is shown, an absent one is not."""
    out = run("search", "--help").out
    assert "[default lake]" in out
    assert "[default 20]" in out
    assert out.count("[default ") == 3


def test_chinese_help_is_folded_and_not_cut() -> None:
    """Text without spaces continues on the next line."""
    out = run("replay", "--help", "--lang", "zh", width=60).out
    assert "…" not in out
    assert "因为网卡卸载会使校验和不正确" in "".join(out.split())


def test_own_texts_come_before_shared_ones() -> None:
    """A command may explain a shared option in words of its own; one that nobody explains is a fault."""
    say = load_catalogue("en")
    assert find_text(say, ("rules", "test"), "rules") != find_text(say, ("rules", "check"), "rules")
    with pytest.raises(KeyError):
        find_text(say, ("replay",), "nonsense")
