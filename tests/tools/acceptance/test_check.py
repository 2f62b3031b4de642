"""Checks report what ran, passed or not, and never raise for a program that is missing or fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.acceptance.check import at_least, at_most, last_line, run_command, run_tests


def test_a_missing_program_is_an_outcome() -> None:
    """A program that is not there ends with 127 and names itself."""
    done = run_command("no-such-program-here")
    assert done.returncode == 127
    assert "no-such-program-here" in done.stdout


def test_the_environment_is_laid_over_ours() -> None:
    """A variable given for the run reaches it, and so does the rest of ours."""
    script = "import os; print(os.environ['GIVEN'], 'PATH' in os.environ)"
    assert run_command(sys.executable, "-c", script, environment={"GIVEN": "yes"}).stdout == "yes True\n"


def test_last_line_drops_empty_lines_and_rules() -> None:
    """What pytest frames in equals signs is told without them."""
    assert last_line("first\n===== 3 passed in 0.1s =====\n\n") == "3 passed in 0.1s"
    assert last_line("\n") == "no output"


def test_a_test_run_is_judged_by_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Passing tests pass; failing ones fail and are shown in full."""
    (tmp_path / "test_good.py").write_text("def test_it():\n    assert True\n")
    (tmp_path / "test_bad.py").write_text("def test_it():\n    assert False, 'so it goes'\n")
    good = run_tests(str(tmp_path / "test_good.py"))
    assert (good.passed, good.measured.split(" in ")[0]) == (True, "1 passed")
    assert capsys.readouterr().out == ""
    assert not run_tests(str(tmp_path / "test_bad.py")).passed
    assert "so it goes" in capsys.readouterr().out


def test_bounds_are_inclusive() -> None:
    """A figure equal to its bound passes either way, one beyond it does not."""
    assert at_least(12, 12, "times").passed
    assert not at_least(11.99, 12, "times").passed
    assert at_most(2, 2, "").passed
    assert at_most(1234.5, 2, "s").measured == "1,234.50 s"
    assert not at_most(2.01, 2, "s").passed
