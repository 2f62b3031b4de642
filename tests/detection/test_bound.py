"""Numbers of conditions that a park may change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detection.bound import find_number, move_bound
from detection.conditions import walk_leaves
from detection.matches import Compare
from detection.rule import SHIPPED, Bound
from detection.ruleset import load_rules
from tests.support.rules import base, block, correlation, faults, load, rule

BOUND = {"field": "modbus.request.quantity", "least": 2, "most": 50, "zh": "数量", "en": "quantity"}
QUANTITY = "modbus.request.quantity"
COUNT = {"type": "event_count", "rules": ["low"], "group-by": ["source.ip"], "timespan": "1m", "condition": {"gte": 9}}


def detection(**selection: Any) -> dict[str, Any]:
    """Make a detection of one selection; ``__`` stands for the modifier's mark."""
    return {"selection": {f"{QUANTITY}|{how}": number for how, number in selection.items()}, "condition": "selection"}


def test_a_rule_declares_its_bound(tmp_path: Path) -> None:
    """The number itself is that of the condition."""
    rules = load(tmp_path, rule(detection=detection(gte=10), wanglou=block(bound=BOUND)))
    made = rules.rules[0]

    assert made.facts is not None
    assert made.facts.bound == Bound(QUANTITY, 2, 50, "数量", "quantity")
    assert find_number(made, rules.by_id) == 10
    assert find_number(load(tmp_path, rule()).rules[0], {}) is None


def test_a_rule_that_counts_has_the_bound_of_what_it_counts(tmp_path: Path) -> None:
    """Its own document has no condition."""
    rules = load(tmp_path, correlation("many", COUNT, wanglou=block(bound=BOUND)), base("low", {f"{QUANTITY}|lt": 7}))

    assert find_number(next(one for one in rules.rules if one.name == "many"), rules.by_id) == 7


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"field": "modbus.quantity"}, "'modbus.quantity' is no field with a number; did you mean"),
        ({"field": "source.ip"}, "'source.ip' is no field with a number"),
        ({"least": None}, "'least' is missing"),
        ({"least": -1}, "'least' must be a whole number"),
        ({"most": 2}, "'most' must be above 'least', 2"),
        ({"most": 9}, "10 of the conditions is not between 'least' and 'most'"),
        ({"least": 11}, "10 of the conditions is not between 'least' and 'most'"),
        ({"zh": None}, "'zh' is missing"),
        ({"unit": "x"}, "unknown key 'unit'"),
    ],
)
def test_faults(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """Every part is checked."""
    bound = {key: one for key, one in {**BOUND, **changes}.items() if one is not None}
    told = faults(tmp_path, rule(detection=detection(gte=10), wanglou=block(bound=bound)))

    assert len(told) == 1, told
    assert message in told[0]


@pytest.mark.parametrize("selection", [{"gte": 10, "lt": 20}, {}])
def test_the_conditions_must_have_one_number(tmp_path: Path, selection: dict[str, int]) -> None:
    """Neither two, nor one that only equals."""
    searched = detection(**selection) if selection else {"selection": {QUANTITY: 10}, "condition": "selection"}
    told = faults(tmp_path, rule(detection=searched, wanglou=block(bound=BOUND)))

    assert len(told) == 1
    assert "must compare modbus.request.quantity to one number" in told[0]


def test_an_empty_bound_is_a_fault(tmp_path: Path) -> None:
    """It declares nothing."""
    assert faults(tmp_path, rule(wanglou=block(bound={}))) == ["'bound' is empty"]


def test_only_the_bound_is_moved(tmp_path: Path) -> None:
    """Wherever it stands in the condition; numbers of other fields and equal ones stay."""
    searched = {
        "long": {f"{QUANTITY}|gte": 10, "modbus.unit_id|gte": 10},
        "other": [{QUANTITY: 10}, {"modbus.unit_id": 3}],
        "condition": "not (long or other) or long",
    }
    made = load(tmp_path, rule(detection=searched, wanglou=block(bound=BOUND))).rules[0]
    moved = move_bound(made, QUANTITY, 20)

    assert made.condition is not None
    assert moved.condition is not None
    pairs = list(zip(walk_leaves(made.condition), walk_leaves(moved.condition), strict=True))
    changed = [(old.field, old.match, new.match) for old, new in pairs if old != new]
    assert changed == [(QUANTITY, Compare("gte", 10), Compare("gte", 20))] * 2


def test_shipped_bounds() -> None:
    """Lengths that count as long are bounds, and each holds the number of its file."""
    rules = load_rules([SHIPPED], None)
    bounds = {one.name: find_number(one, rules.by_id) for one in rules.rules if one.facts and one.facts.bound}
    assert bounds == {
        "dns_amplification": 1000,
        "dns_long_names": 100,
        "dns_long_names_everywhere": 100,
        "handle_amplification": 1000,
        "handle_long_suffixes": 100,
        "mqtt_message_too_large": 262_144,
    }
