"""The acceptance list can be run by name, and its goals tell their numbers."""

from __future__ import annotations

from functools import partial

from tools.acceptance.check import ROOT
from tools.acceptance.checks import CHECKS


def test_names_tell_checks_apart() -> None:
    """No two checks share a name, and each is one word."""
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert not [name for name in names if " " in name]


def list_arguments() -> set[str]:
    """Give what the checks that run tests hand to pytest."""
    return {word for check in CHECKS if isinstance(check.run, partial) for word in check.run.args}


def test_checks_of_tests_name_tests_that_are_there() -> None:
    """What a check runs has the name it had when the check was written."""
    names = {word for word in list_arguments() if word.startswith("tests")}
    assert names
    assert not [name for name in names if not (ROOT / name).exists()]


def test_every_golden_test_is_run() -> None:
    """Comparisons with other programs are all on the list."""
    golden = {f"tests/golden/{path.name}" for path in (ROOT / "tests" / "golden").glob("test_*.py")}
    assert golden <= list_arguments()
