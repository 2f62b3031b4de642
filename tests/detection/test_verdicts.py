"""Facts about ``detection.verdicts``."""

from __future__ import annotations

import numpy as np
import pytest

from detection import distinct
from detection.columns import fields_of
from detection.conditions import AllOf, AnyOf, Leaf, NotOf
from detection.matches import Compare, Equals
from detection.verdicts import Verdicts
from tests.support.rules import table

LOW, READ = Leaf("modbus.unit_id", Compare("lt", 3)), Leaf("modbus.function.name", Equals("read"))


def make() -> Verdicts:
    """Four conditions of two leaves; one always holds and one never does."""
    return Verdicts([AllOf((LOW, READ)), NotOf(LOW), AllOf(()), AnyOf(())], fields_of("modbus"))


def judge(verdicts: Verdicts, *rows: tuple[int, str]) -> list[list[int]]:
    """Say which conditions hold for records of these units and functions."""
    whole = table(*({"modbus.unit_id": unit, "modbus.function.name": name} for unit, name in rows)).to_batches()[0]
    reduced, numbers = verdicts.judge({name: whole.column(name) for name in verdicts.fields}, len(rows))
    place, condition = verdicts.holding(numbers)
    return [condition[place == number].tolist() for number in reduced.numbers.tolist()]


def test_conditions_hold_for_the_rows_that_they_describe() -> None:
    """Batch after batch each row has its conditions, and rows that all tests answer alike are evaluated once."""
    verdicts = make()

    assert judge(verdicts, (1, "read"), (2, "READ"), (9, "read"), (1, "write")) == [[0, 2], [0, 2], [1, 2], [2]]
    assert judge(verdicts, (7, "write"), (0, "read"), (8, "other")) == [[1, 2], [0, 2], [1, 2]]
    assert len(verdicts) == 4


def test_combinations_without_a_condition_hold_nothing() -> None:
    """A combination for which no condition holds has no pairs, whatever stands before and behind it."""
    verdicts = Verdicts([READ], fields_of("modbus"))
    judge(verdicts, (1, "a"), (1, "read"))

    assert [part.tolist() for part in verdicts.holding(np.array([1, 0, 1, 0], dtype=np.int32))] == [[0, 2], [0, 0]]


def test_many_combinations_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the bound the owner is told to begin anew."""
    verdicts = make()
    monkeypatch.setattr(distinct, "LIMIT", 2)
    assert not verdicts.is_full
    judge(verdicts, (1, "read"), (9, "read"), (1, "write"))

    assert verdicts.is_full
