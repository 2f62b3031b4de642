"""Facts about ``detection.evaluator``."""

from __future__ import annotations

import pytest

from detection import evaluator as module
from detection.conditions import AllOf, Expression, Leaf, NotOf
from detection.evaluator import Evaluator
from detection.facts import SiteFacts
from detection.matches import Compare, Missing, SameAs
from tests.support.rules import table

ONE = Leaf("modbus.unit_id", Compare("eq", 1))
SAFE = Leaf("wanglou.site.safety", Missing(missing=True))
SPECS = [("source.ip",), ("modbus.unit_id", "wanglou.site.source.zone")]


def make(given: tuple[str, ...] = ()) -> Evaluator:
    """Make an evaluator of three conditions."""
    conditions: list[Expression] = [ONE, NotOf(ONE), AllOf((ONE, SAFE))]
    return Evaluator("modbus", conditions, SPECS, SiteFacts(None), given)


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
    assert set(make().base) >= {"modbus.unit_id", "source.ip", "modbus.request.address", "organization.id"}
    assert "modbus.request.values" not in make().base
    assert make(given=("wanglou.site.safety",)).derived == ["wanglou.site.source.zone"]


def test_the_other_field_of_a_comparison_is_read() -> None:
    """A reference to another field makes that field part of the kind."""
    pair = Leaf("modbus.request.address", SameAs("modbus.response.address"))
    evaluator = Evaluator("modbus", [pair], [], SiteFacts(None), ())
    evaluator.assign(
        table(
            {"modbus.request.address": 1, "modbus.response.address": 1},
            {"modbus.request.address": 1, "modbus.response.address": 2},
        ).to_batches()[0]
    )

    assert [part.tolist() for part in evaluator.active()] == [[0], [0]]


def test_many_kinds_are_evaluated_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of a piece does not matter."""
    monkeypatch.setattr(module, "_CHUNK", 3)
    evaluator = make()
    evaluator.assign(table({"@repeat": 200, "@series": {"modbus.unit_id": 0}}).to_batches()[0])

    assert evaluator.active()[0].tolist().count(1) == 2
    assert len(evaluator.active()[0]) == 201
    assert len(evaluator.keys[0].of_kind) == 200
