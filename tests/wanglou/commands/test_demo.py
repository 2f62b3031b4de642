"""``wanglou demo``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from correlation.lake import Lake
from correlation.opening import LEDGER
from tests.support.command_line import Screen, run
from wanglou.commands.demo import name_program, print_next_steps
from wanglou.stages import open_stages, update_stages


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_steps_it_names_work(lake_copy: Path, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """Every command printed ends with code 0 and shows something; packets are not asked for here."""
    monkeypatch.setattr(sys, "argv", ["wanglou"])
    screen = Screen(language)  # type: ignore[arg-type]
    with Lake(lake_copy) as lake, open_stages(lake_copy / LEDGER) as ledger:
        update_stages(lake, ledger, None, [capture.record.identity for capture in lake.captures()])
    print_next_steps(screen.terminal, lake_copy)
    commands = [shlex.split(line) for line in screen.out.splitlines() if line.startswith("  wanglou ")]
    assert [command[1] for command in commands] == [
        "alerts", "show", "incidents", "assets", "risk", "search", "show", "search", "verify",
    ]  # fmt: skip
    for command in commands[:-1]:
        done = run(*command[1:], *(["--no-packets"] if command[1] == "show" else []))
        assert done.code == 0, command
        assert done.out or "--json" in command  # this capture holds no exception


def test_programs_are_named_as_they_were_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A command that is printed can be copied: from the path, from a folder, or as a module."""
    program = tmp_path / "bin" / "wanglou"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert name_program() == "bin/wanglou"
    monkeypatch.setenv("PATH", str(program.parent))
    assert name_program() == "wanglou"
    monkeypatch.setattr(sys, "argv", ["/x/wanglou/__main__.py"])
    assert name_program() == f"{shlex.quote(sys.executable)} -m wanglou"
