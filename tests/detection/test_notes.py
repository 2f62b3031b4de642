"""What rules say about themselves in Chinese."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detection.rule import SHIPPED, Notes
from detection.ruleset import load_rules
from tests.support.rules import base, block, correlation, faults, load, rule, write_rules
from wanglou.errors import FaultsError

COUNT = {"type": "event_count", "rules": ["low"], "group-by": ["source.ip"], "timespan": "1m", "condition": {"gte": 9}}
TEXTS = {"title": "标题", "sentence": "句子。", "advice": "建议。"}
FULL = {**TEXTS, "description": "说明。", "falsepositives": ["误报一", "误报二"]}


def test_a_rule_speaks_of_itself_in_both_languages(tmp_path: Path) -> None:
    """Chinese comes from its block, English from Sigma's own keys."""
    made = load(
        tmp_path, rule(falsepositives=["one", "two"], references=["OPC 10000-4"], wanglou=block(zh=FULL))
    ).rules[0]

    assert made.notes("zh") == Notes("标题", "说明。", ("误报一", "误报二"), ("OPC 10000-4",))
    assert made.notes("en") == Notes("a_rule", "A rule for tests.", ("one", "two"), ("OPC 10000-4",))


def test_a_base_rule_has_a_chinese_title(tmp_path: Path) -> None:
    """Though it never alerts: pages name it where they tell what is counted."""
    rules = load(tmp_path, correlation("many", COUNT), base("low", {"modbus.unit_id": 1}))

    (fed,) = (one for one in rules.rules if one.name == "low")
    assert fed.facts is None
    assert (fed.notes("zh").title, fed.notes("en").title) == ("low 的中文名", "low")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"wanglou": block(zh=TEXTS)}, "'description' is missing"),
        ({"wanglou": block(zh={**TEXTS, "description": " "})}, "'description' is blank"),
        ({"falsepositives": ["one"]}, "'falsepositives' is missing"),
        ({"wanglou": block(zh={**TEXTS, "description": "x", "references": ["一"]})}, "'references' must say what"),
        ({"falsepositives": ["one"], "wanglou": block(zh=FULL)}, "must say what the rule's own say: 1 of them, not 2"),
        ({"wanglou": block(zh=FULL)}, "must say what the rule's own say: 0 of them, not 2"),
    ],
)
def test_what_is_said_in_english_only_is_a_fault(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """Each text that lacks its counterpart is named."""
    told = faults(tmp_path, rule(**changes))

    assert len(told) == 1, told
    assert message in told[0]


@pytest.mark.parametrize(
    ("block_of_base", "message"),
    [
        (None, "its title in Chinese is missing"),
        ({}, "its title in Chinese is missing"),
        ({"zh": {}}, "its title in Chinese is missing"),
        ({"zh": {"titel": "x"}}, "unknown key 'titel'"),
        ({"zh": "x"}, "'zh' must be a mapping"),
        ("x", "'wanglou' must be a mapping"),
    ],
)
def test_a_base_rule_without_chinese_is_a_fault(tmp_path: Path, block_of_base: Any, message: str) -> None:
    """Whatever stands in the place of its title."""
    low = base("low", {"modbus.unit_id": 1}) | {"wanglou": block_of_base}
    told = faults(tmp_path, correlation("many", COUNT), {key: one for key, one in low.items() if one is not None})

    assert any(message in one for one in told), told


def test_a_fault_names_file_and_line(tmp_path: Path) -> None:
    """That of the block which lacks the text, also in a later document of the file."""
    head = rule("many", logsource=None, detection=None, correlation=COUNT, wanglou=block(zh=TEXTS))
    low = {key: one for key, one in base("low", {"modbus.unit_id": 1}).items() if key != "wanglou"}
    path = write_rules(tmp_path, head, low)
    with pytest.raises(FaultsError) as caught:
        load_rules([tmp_path], None)

    lines = path.read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines, 1) if '"zh"' in line or line == "---"]
    first, second = sorted(caught.value.faults, key=lambda fault: fault.line)
    assert (first.path, first.line, first.message) == (path, starts[0], "'description' is missing")
    assert (second.path, second.line) == (path, starts[1] + 1)


def test_every_shipped_rule_speaks_chinese() -> None:
    """All that is told of it in English is told in Chinese, base rules with their title."""
    for one in load_rules([SHIPPED], None).rules:
        english, chinese = one.notes("en"), one.notes("zh")
        assert chinese.title
        assert bool(chinese.description) == bool(english.description)
        assert len(chinese.falsepositives) == len(english.falsepositives)
