"""Who acts in an alert."""

from __future__ import annotations

from correlation.direction import DIRECTIONS, Direction, find_direction
from tests.support.requirements import ROOT


def test_rules_that_are_listed_exist() -> None:
    """Every rule with a direction of its own is shipped."""
    shipped = {path.stem for path in (ROOT / "detection" / "rules").glob("*/*.yml")}
    assert set(DIRECTIONS) <= shipped


def test_other_rules_tell_of_clients() -> None:
    """A rule that nobody listed tells what a client does."""
    assert find_direction("my_own_rule") is Direction.CLIENT
