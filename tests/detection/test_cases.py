"""Facts about ``detection.cases``."""

from __future__ import annotations

from pathlib import Path

import pytest

from detection.cases import CaseResult, run_cases
from detection.rule import SHIPPED
from detection.ruleset import load_rules
from tests.support.rules import base, block, correlation, load, rule

RESULTS = run_cases(load_rules([SHIPPED], None))
COUNT = {"type": "event_count", "rules": ["low"], "group-by": ["source.ip"], "timespan": "1m", "condition": {"gte": 9}}


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: f"{result.rule.name}-{result.kind}-{result.index}")
def test_the_shipped_rules_do_what_their_records_say(result: CaseResult) -> None:
    """Every rule of the product fires where it must and stays silent where it must."""
    assert result.is_right, str(result)


def test_wrong_cases_are_told(tmp_path: Path) -> None:
    """A record that should fire and does not, or the other way round, is a wrong result with file and line."""
    wrong = block(fires=[{"modbus.unit_id": 1}, {"modbus.unit_id": 2}], silent=[{"modbus.unit_id": 1}])
    results = run_cases(load(tmp_path, rule(wanglou=wrong)))

    assert [(result.kind, result.index, result.is_right) for result in results] == [
        ("fires", 0, True), ("fires", 1, False), ("silent", 0, False),
    ]  # fmt: skip
    assert str(results[1]).endswith("a_rule.yml:1: a_rule: fires[1] raised no alert")


def test_records_of_a_correlation_are_one_scenario_unless_they_are_grouped(tmp_path: Path) -> None:
    """All records are fed together; lists of records are cases of their own."""
    low = base("low", {"modbus.unit_id": 1})
    record = {"modbus.unit_id": 1, "source.ip": "a"}
    own = block(
        fires=[{**record, "@repeat": 5}, {**record, "@repeat": 4}], silent=[[{**record, "@repeat": 8}], [record]]
    )
    results = run_cases(load(tmp_path, correlation("count", COUNT, wanglou=own), low))

    assert [(result.kind, result.alerts) for result in results] == [("fires", 1), ("silent", 0), ("silent", 0)]


def test_a_muted_base_rule_is_tried_on_its_own(tmp_path: Path) -> None:
    """A rule that a correlation mutes still has to prove itself."""
    own = block(fires=[{"modbus.unit_id": 1, "@repeat": 9}])
    results = run_cases(load(tmp_path, correlation("count", COUNT, wanglou=own), rule("low")))

    assert [(result.rule.name, result.is_right) for result in results] == [
        ("count", True), ("count", True), ("low", True), ("low", True),
    ]  # fmt: skip
