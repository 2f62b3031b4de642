"""The store as pages show it."""

from __future__ import annotations

import pytest

from console.views.captures import Keeping
from console.views.store import Look, StoreState
from correlation.finding import Finding, Grade


@pytest.mark.parametrize(
    ("grades", "worst"),
    [([], "fine"), (["fine", "warning"], "warning"), (["wrong", "warning", "fine"], "wrong")],
)
def test_the_worst_finding_is_the_answer(grades: list[Grade], worst: Grade) -> None:
    """And all records are added up."""
    looks = [Look(Finding("disk", grade, ""), "", "", "") for grade in grades]
    keeping = Keeping(None, None, 0, 0, 0)
    state = StoreState("lake", 1, [("flow", 2), ("dns", 1)], None, None, None, keeping, looks, None)
    assert (state.grade, state.records) == (worst, 3)
