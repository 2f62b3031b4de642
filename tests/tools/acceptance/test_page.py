"""The page tells each figure against its goal, and nothing of where it was made."""

from __future__ import annotations

from tools.acceptance.check import ROOT, Check, Outcome
from tools.acceptance.page import describe_machine, describe_versions, render
from tools.acceptance.result import Result

CHECK = Check("rate", "fast | enough", lambda: Outcome(passed=True, measured=""))


def make_line(*, passed: bool, measured: str) -> tuple[Check, Result]:
    """Make the line of a check that took two seconds."""
    return CHECK, Result(Outcome(passed=passed, measured=measured), 2.0, "2026-11-21", "0123abc")


def test_each_check_is_a_row() -> None:
    """Name, goal, figure, verdict, time, day and commit stand in one row, bars escaped."""
    page = render([make_line(passed=True, measured="13.00 times")], "a box", "Python 3")
    assert "| rate | fast \\| enough | 13.00 times | passed | 2 s | 2026-11-21 | 0123abc |" in page
    assert "1 of 1 checks passed." in page


def test_failures_stand_out() -> None:
    """A failed check is counted and set in bold."""
    page = render([make_line(passed=False, measured="1")], "", "")
    assert "0 of 1 checks passed" in page
    assert "| **failed** |" in page


def test_what_was_not_run_is_told() -> None:
    """A check without a result is a row, and counts as neither passed nor failed."""
    page = render([make_line(passed=True, measured="1"), (CHECK, None)], "", "")
    assert "1 of 2 checks passed, 1 not run." in page
    assert "| **not run** |" in page


def test_the_place_of_the_checkout_is_left_out() -> None:
    """A message that names a file names it from the checkout on."""
    assert str(ROOT) not in render([make_line(passed=False, measured=f"{ROOT}/x: bad\nline")], "", "")


def test_machine_and_versions_are_told() -> None:
    """The page says on what machine and with what versions the figures were measured."""
    assert "cores" in describe_machine()
    assert "numba " in describe_versions()
