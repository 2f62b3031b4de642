"""Facts about ``detection.correlations``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detection.conditions import AllOf, NotOf, Step
from tests.support.rules import base, correlation, faults, load, rule, write_rules

LOW, HIGH = base("low", {"modbus.unit_id|lt": 3}), base("high", {"modbus.unit_id|gte": 3})
GOOD: dict[str, Any] = {
    "type": "event_count",
    "rules": ["low"],
    "group-by": ["source.ip"],
    "timespan": "5m",
    "condition": {"gte": 10},
}


def test_a_correlation_names_its_base_rules_by_name_or_id(tmp_path: Path) -> None:
    """References are resolved in the order given; aliases are resolved per base rule."""
    aliases = {"host": {"low": "source.ip", "high": "destination.ip"}}
    what = {"type": "temporal_ordered", "timespan": "1h", "group-by": ["host", "modbus.unit_id"], "aliases": aliases}
    low = {**LOW, "id": "6a0e4b05-5a4f-4a3e-b5a4-000000000001"}
    loaded = load(tmp_path, correlation("chain", {**what, "rules": ["high", low["id"]]}), low, HIGH)
    found = next(rule.correlation for rule in loaded.rules if rule.correlation)

    assert [loaded.by_id[one].name for one in found.rules] == ["high", "low"]
    assert found.group_by == (("destination.ip", "modbus.unit_id"), ("source.ip", "modbus.unit_id"))
    assert found.timespan_ns == 3_600_000_000_000


def test_a_text_condition_becomes_a_tree(tmp_path: Path) -> None:
    """And, or, not over base rules; the rules are those the text names."""
    what = {"type": "temporal", "timespan": "1h", "group-by": [], "condition": "low and not high"}
    loaded = load(tmp_path, correlation("both", what), LOW, HIGH)
    found = next(rule.correlation for rule in loaded.rules if rule.correlation)

    assert found.expression == AllOf((Step(0), NotOf(Step(1))))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "value_sum"}, "correlation type 'value_sum' is not supported"),
        ({"type": "event_cuont"}, "did you mean 'event_count'"),
        ({"type": None}, "'type' is missing"),
        ({"rules": ["lwo"]}, "no rule has the name or id 'lwo'; did you mean 'low'"),
        ({"rules": []}, "'rules' must name 1 to 16 different rules"),
        ({"rules": ["low", "low"]}, "'rules' must name 1 to 16 different rules"),
        ({"rules": ["low", "flows"]}, "must read the same dataset"),
        ({"rules": ["another"]}, "'another' is a correlation itself"),
        ({"group-by": ["source.ipp"]}, "unknown field 'source.ipp'; did you mean 'source.ip'"),
        ({"group-by": ["modbus.request.values"]}, "which is a list"),
        ({"aliases": {"host": {"low": "source.ip"}}}, "alias 'host' is not in 'group-by'"),
        (
            {"aliases": {"host": {"high": "source.ip"}}, "group-by": ["host"]},
            "alias 'host' for rule 'low': unknown field ''",
        ),
        ({"aliases": {"host": 5}}, "alias mapping must be a dict"),
        ({"timespan": "5 minutes"}, "Timespan '5 minutes' is invalid"),
        ({"timespan": "2y"}, "at most 30 days"),
        ({"timespan": None}, "without timespan"),
        ({"condition": {"gte": 5, "lt": 9}}, "exactly one condition item"),
        ({"condition": {"gte": 1.5}}, "whole number"),
        ({"condition": {"gte": 100_000}}, "may count to 10000 at most"),
        ({"condition": {"gte": 5, "field": "source.ip"}}, "'field' means nothing to event_count"),
        ({"condition": None}, "without condition"),
        ({"condition": "low"}, "Extended conditions"),
        ({"type": "value_count"}, "field reference"),
        ({"type": "value_count", "condition": {"gte": 5, "field": "x"}}, "unknown field 'x'"),
        ({"type": "value_count", "condition": {"gte": 5, "field": ["source.ip"]}}, "'field' must name one field"),
        ({"type": "value_count", "condition": {"gte": 5, "field": "modbus.request.values"}}, "which is a list"),
        ({"type": "temporal_ordered", "condition": {"gte": 3}}, "needs all rules in order"),
        ({"windw": "5m"}, "unknown key 'windw'"),
    ],
)
def test_faults(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """Every wrong part of a correlation is named."""
    write_rules(
        tmp_path, rule("flows", logsource={"product": "wanglou", "service": "flow"}, detection=FLOW, wanglou=None)
    )
    write_rules(tmp_path, correlation("another", GOOD))
    what = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    told = faults(tmp_path, correlation("count", what), LOW, HIGH)

    assert any(message in fault for fault in told), told


FLOW = {"selection": {"flow.messages": 1}, "condition": "selection"}


def test_a_correlation_has_no_detection(tmp_path: Path) -> None:
    """A document is either a rule on records or a correlation."""
    mixed = {**rule("count"), "correlation": GOOD}

    assert any("no 'detection'" in fault for fault in faults(tmp_path, mixed, LOW))
