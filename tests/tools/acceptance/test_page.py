"""The page tells each figure against its goal, and nothing of where it was made."""

from __future__ import annotations

from tools.acceptance.check import ROOT, Check, Outcome
from tools.acceptance.page import Result, describe_machine, describe_versions, render


def make_result(*, passed: bool, measured: str) -> Result:
    """Make the result of a check that took two seconds."""
    outcome = Outcome(passed=passed, measured=measured)
    return Result(Check("rate", "fast | enough", lambda: outcome), outcome, 2.0)


def test_each_check_is_a_row() -> None:
    """Name, goal, figure, verdict and time stand in one row, bars escaped."""
    page = render([make_result(passed=True, measured="13.00 times")], "a box", "Python 3")
    assert "| rate | fast \\| enough | 13.00 times | passed | 2 s |" in page
    assert "1 of 1 checks passed" in page


def test_failures_stand_out() -> None:
    """A failed check is counted and set in bold."""
    page = render([make_result(passed=False, measured="1")], "", "")
    assert "0 of 1 checks passed" in page
    assert "| **failed** |" in page


def test_the_place_of_the_checkout_is_left_out() -> None:
    """A message that names a file names it from the checkout on."""
    assert str(ROOT) not in render([make_result(passed=False, measured=f"{ROOT}/x: bad\nline")], "", "")


def test_machine_and_versions_are_told() -> None:
    """The page says on what machine and with what versions the figures were measured."""
    assert "cores" in describe_machine()
    assert "numba " in describe_versions()
