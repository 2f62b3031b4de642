"""Facts about ``detection.evaluator``."""

from __future__ import annotations

import pytest

from detection import verdicts as module
from detection.conditions import AllOf, Expression, Leaf, NotOf
from detection.evaluator import Evaluator
from detection.facts import SiteFacts
from detection.matches import Compare, Missing, SameAs
from tests.support.rules import table

ONE = Leaf("modbus.unit_id", Compare("eq", 1))
SAFE = Leaf("wanglou.site.safety", Missing(missing=True))
SPECS = [("source.ip",), ("modbus.unit_id", "wanglou.site.source.zone")]


def make(given: tuple[str, ...] = (), wanted: tuple[set[int], ...] = ({0, 1}, {0, 1}, {0, 1})) -> Evaluator:
    """Make an evaluator of three conditions."""
    conditions: list[Expression] = [ONE, NotOf(ONE), AllOf((ONE, SAFE))]
    return Evaluator("modbus", conditions, SPECS, wanted, SiteFacts(None), given)


def test_rows_get_the_verdict_of_their_kind() -> None:
    """Equal rows share a kind, each kind knows which conditions it matches and what its keys are."""
    evaluator = make()
    records = [{"modbus.unit_id": unit, "source.ip": ip} for unit, ip in ((1, "a"), (2, "a"), (1, "a"), (1, "b"))]
    batch = table(*records).to_batches()[0]
    kinds, present = evaluator.assign(batch)
    pairs = [part.tolist() for part in evaluator.active()]

    assert (kinds.tolist(), present.tolist()) == ([0, 1, 0, 2], [0, 1, 2])
    assert list(zip(*pairs, strict=True)) == [(0, 0), (0, 2), (1, 1), (2, 0), (2, 2)]
    assert [evaluator.keys[0].values[key] for key in evaluator.keys[0].of_kind] == [("a",), ("a",), ("b",)]
    assert [evaluator.keys[1].values[key] for key in evaluator.keys[1].of_kind] == [(1, None), (2, None), (1, None)]


def test_rows_are_told_apart_only_by_what_their_matches_need() -> None:
    """A field that no match of a row is grouped by makes no kinds, nor do values that all tests answer alike."""
    evaluator = make(wanted=({0}, set(), set()))
    records = [{"modbus.unit_id": unit, "source.ip": ip} for unit, ip in ((1, "a"), (2, "a"), (3, "b"), (1, "b"))]
    kinds, _ = evaluator.assign(table(*records).to_batches()[0])

    assert kinds.tolist() == [0, 1, 1, 2]
    assert evaluator.evaluated_total == 2


def test_only_kinds_of_the_batch_are_active() -> None:
    """What an earlier batch matched is known but not active until its rows come again; nothing is evaluated twice."""
    evaluator = make()
    for unit, expected in ((1, [0, 2]), (2, [1]), (1, [0, 2])):
        _, present = evaluator.assign(table({"modbus.unit_id": unit}).to_batches()[0])
        assert evaluator.active()[1].tolist() == expected
        evaluator.kinds.release(present)
    assert evaluator.evaluated_total == 2


def test_columns_that_no_rule_reads_are_left_alone() -> None:
    """Only what conditions and keys read, and what derived columns are made of, is coded."""
    assert set(make().base) == {"modbus.unit_id", "source.ip"}
    assert make(given=("wanglou.site.safety",)).derivation.types.keys() == {"wanglou.site.source.zone"}


def test_the_other_field_of_a_comparison_is_read() -> None:
    """A reference to another field makes that field part of the kind."""
    pair = Leaf("modbus.request.address", SameAs("modbus.response.address"))
    evaluator = Evaluator("modbus", [pair], [], [set()], SiteFacts(None), ())
    evaluator.assign(
        table(
            {"modbus.request.address": 1, "modbus.response.address": 1},
            {"modbus.request.address": 1, "modbus.response.address": 2},
        ).to_batches()[0]
    )

    assert [part.tolist() for part in evaluator.active()] == [[0], [0]]


def test_many_combinations_are_evaluated_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of a piece does not matter."""
    monkeypatch.setattr(module, "CHUNK", 3)
    conditions: list[Expression] = [Leaf("modbus.unit_id", Compare("eq", number)) for number in range(200)]
    evaluator = Evaluator("modbus", conditions, SPECS, [{1}] * 200, SiteFacts(None), ())
    kinds, _ = evaluator.assign(table({"@repeat": 200, "@series": {"modbus.unit_id": 0}}).to_batches()[0])

    assert kinds.tolist() == list(range(200))
    assert [part.tolist() for part in evaluator.active()] == [list(range(200)), list(range(200))]
    assert evaluator.keys[1].values[199] == (199, None)
