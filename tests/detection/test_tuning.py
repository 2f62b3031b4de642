"""Rules as a park wants them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detection.bound import find_number
from detection.preparation import prepare_rules
from detection.rule import SHIPPED, Ruleset
from detection.tuning import Decisions, Exemption, Tuning, check_tuning, tune_rules, write_network
from tests.support.rules import base, block, correlation, detect, load, rule, table
from wanglou.errors import UsageError

COUNT = {"type": "event_count", "rules": ["low"], "group-by": ["source.ip"], "timespan": "1m", "condition": {"gte": 9}}
RECORD = {"modbus.unit_id": 1, "source.ip": "10.0.0.1", "destination.ip": "10.0.0.2", "organization.id": "chem"}


def find(rules: Ruleset, name: str) -> str:
    """Id of the rule of that name."""
    return next(one.id for one in rules.rules if one.name == name)


def raised(rules: Ruleset, *records: dict[str, Any]) -> list[tuple[str, int]]:
    """Names and severities of the alerts that records raise."""
    return [(str(one["rule.name"]), int(one["event.severity"])) for one in detect(rules, [table(*records)])]


BOUND = {"field": "modbus.request.quantity", "least": 2, "most": 50, "zh": "数量", "en": "quantity"}
LARGE = {"modbus.unit_id": 1, "modbus.request.quantity|gte": 10}


@pytest.fixture
def rules(tmp_path: Path) -> Ruleset:
    """A plain rule and one that counts to nine, with its base."""
    (tmp_path / "a").mkdir()
    load(tmp_path, rule())
    return load(tmp_path, correlation("many", COUNT), base("low", {"modbus.unit_id": 1}))


def test_without_decisions_nothing_changes(rules: Ruleset) -> None:
    """Neither the rules nor their digest; so too for decisions about nothing, or about rules that are not there."""
    idle = Decisions([Tuning(find(rules, "a_rule")), Tuning("nowhere", is_enabled=False)], [Exemption("nowhere", "x")])
    assert tune_rules(rules, Decisions()) is rules
    assert tune_rules(rules, idle) is rules


def test_a_rule_is_switched_off(rules: Ruleset) -> None:
    """It raises nothing, the digest differs, and the bases of a rule that counts go with it."""
    off = tune_rules(rules, Decisions([Tuning(find(rules, "a_rule"), is_enabled=False)]))
    assert raised(rules, RECORD) == [("a_rule", 70)]
    assert raised(off, RECORD) == []
    assert off.digest != rules.digest
    without = tune_rules(rules, Decisions([Tuning(find(rules, "many"), is_enabled=False)]))
    assert [one.name for one in without.rules] == ["a_rule"]


def test_a_rule_that_others_count_goes_on_feeding_them(tmp_path: Path) -> None:
    """Switched off, it raises no alert itself."""
    what = {**COUNT, "rules": ["a_rule"], "condition": {"gte": 2}, "generate": True}
    load(tmp_path, rule())
    both = load(tmp_path, correlation("many", what))
    off = tune_rules(both, Decisions([Tuning(find(both, "a_rule"), is_enabled=False)]))
    assert {name for name, _ in raised(both, {**RECORD, "@repeat": 3})} == {"a_rule", "many"}
    assert {name for name, _ in raised(off, {**RECORD, "@repeat": 3})} == {"many"}


def test_severity_and_level_change_together(rules: Ruleset) -> None:
    """Figures by level and by number stay the same."""
    tuned = tune_rules(rules, Decisions([Tuning(find(rules, "a_rule"), severity=25)]))
    (alert,) = detect(tuned, [table(RECORD)])
    assert (alert["event.severity"], alert["rule.level"]) == (25, "low")


def test_thresholds_change_and_the_sentence_tells_it(rules: Ruleset) -> None:
    """Three instead of nine; the alert says what holds here."""
    tuned = tune_rules(rules, Decisions([Tuning(find(rules, "many"), count=3, timespan_ns=30 * 10**9)]))
    records = {**RECORD, "@repeat": 3, "@every": 1}
    assert ("many", 70) not in raised(rules, records)
    told = [one for one in detect(tuned, [table(records)]) if one["rule.name"] == "many"]
    assert told[0]["wanglou.alert.sentence.en"].endswith("Here the threshold is 3 within 30 s.")
    assert "30 秒内 3 次" in told[0]["wanglou.alert.sentence.zh"]


@pytest.mark.parametrize(
    "exemption",
    [
        Exemption("", "chem"), Exemption("", "", "10.0.0.0/24"), Exemption("", "", "", "10.0.0.2"),
        Exemption("", "chem", "10.0.0.1", "10.0.0.2"),
    ],
)  # fmt: skip
def test_exempted_traffic_is_not_looked_at(rules: Ruleset, exemption: Exemption) -> None:
    """Neither by a rule of one record nor by one that counts; other traffic and other rules are as before."""
    for name in ("a_rule", "many"):
        own = Exemption(find(rules, name), exemption.enterprise, exemption.source, exemption.destination)
        tuned = tune_rules(rules, Decisions(exemptions=[own]))
        here = {name for name, _ in raised(tuned, {**RECORD, "@repeat": 9, "@every": 1})}
        assert here == {"a_rule", "many"} - {name}
        other = {**RECORD, "organization.id": "auto", "source.ip": "10.9.0.1", "destination.ip": "10.9.0.2"}
        there = {name for name, _ in raised(tuned, {**other, "@repeat": 9, "@every": 1})}
        assert there == {"a_rule", "many"}


def test_an_enterprise_alone_is_exempted(rules: Ruleset) -> None:
    """The same addresses of another enterprise are looked at."""
    tuned = tune_rules(rules, Decisions(exemptions=[Exemption(find(rules, "a_rule"), "chem", "10.0.0.1")]))
    assert raised(tuned, RECORD) == []
    assert raised(tuned, {**RECORD, "organization.id": "auto"}) == [("a_rule", 70)]


@pytest.mark.parametrize("counts", [False, True])
def test_a_bound_is_moved_for_its_rule_alone(tmp_path: Path, counts: bool) -> None:
    """In its own condition, or in those it counts, while other rules that count the same keep it; the alert tells."""
    large = base("low", LARGE)
    what = {"detection": large["detection"]}
    if counts:
        what = {"correlation": {**COUNT, "condition": {"gte": 2}}, "logsource": None, "detection": None}
    load(tmp_path, correlation("same", {**COUNT, "condition": {"gte": 2}}), large)
    both = load(tmp_path, rule("bounded", **what, wanglou=block(bound=BOUND)))
    own = find(both, "bounded")
    assert find_number(both.by_id[own], both.by_id) == 10
    moved = tune_rules(both, Decisions([Tuning(own, bound=5)], [Exemption(own, "", "10.0.9.0/24")]))
    records = {**RECORD, "modbus.request.quantity": 7, "@repeat": 2, "@every": 1}
    assert raised(both, records) == []
    (told,) = detect(moved, [table(records)])
    assert told["rule.name"] == "bounded"
    assert told["wanglou.alert.sentence.en"].endswith(" Here the bound of the quantity is 5.")
    assert told["wanglou.alert.sentence.zh"].endswith("本园区的数量界限为 5。")
    assert raised(moved, {**records, "source.ip": "10.0.9.1"}) == []
    assert {name for name, _ in raised(moved, {**records, "modbus.request.quantity": 10})} == {"bounded", "same"}
    assert tune_rules(both, Decisions([Tuning(own, bound=6)])).digest not in (moved.digest, both.digest)


def test_the_digest_tells_decisions_apart_whatever_their_order(rules: Ruleset) -> None:
    """The same decisions give the same digest."""
    name = find(rules, "a_rule")
    some = [Exemption(name, "chem"), Exemption(name, "auto")]
    first, second = (tune_rules(rules, Decisions(exemptions=own)) for own in (some, some[::-1]))
    assert first.digest == second.digest
    digests = {tune_rules(rules, Decisions([Tuning(name, severity=one)])).digest for one in range(5)}
    assert len({first.digest, rules.digest} | digests) == 7


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("a_rule", {"count": 5}), ("a_rule", {"timespan_ns": 10**9}), ("a_rule", {"severity": 101}),
        ("many", {"bound": 5}), ("a_rule", {"bound": 5}),
        ("many", {"count": 1}), ("many", {"count": 10_001}), ("many", {"timespan_ns": 1}), ("many", {"severity": -1}),
    ],
)  # fmt: skip
def test_what_a_rule_does_not_declare_is_refused(rules: Ruleset, name: str, wrong: dict[str, Any]) -> None:
    """By the check in words; a decision that fits no more changes nothing."""
    own = Tuning(find(rules, name), **wrong)
    with pytest.raises(UsageError):
        check_tuning(rules.by_id[own.rule], own)
    assert tune_rules(rules, Decisions([own])) is rules


@pytest.mark.parametrize("text", ["", "x", "10.0.0.0/33", "10.0.0.300", "::/129"])
def test_what_is_no_network_is_refused(text: str) -> None:
    """In words."""
    with pytest.raises(UsageError, match="no network"):
        write_network(text)
    assert write_network(" 10.0.0.7/24 ") == "10.0.0.0/24"


def test_every_shipped_rule_can_be_tuned() -> None:
    """Switched off, exempted, and to twice its threshold, each by itself."""
    shipped = prepare_rules((SHIPPED,), None)
    for one in shipped.rules:
        if one.facts is None:
            continue
        gone = tune_rules(shipped, Decisions([Tuning(one.id, is_enabled=False)]))
        assert one.id not in gone.by_id or gone.by_id[one.id].facts is None
        apart = tune_rules(shipped, Decisions(exemptions=[Exemption(one.id, "chem")]))
        assert one.id in apart.by_id
        assert apart.digest != shipped.digest
        if one.facts.bound:
            moved = tune_rules(shipped, Decisions([Tuning(one.id, bound=one.facts.bound.most)]))
            assert find_number(moved.by_id[one.id], moved.by_id) == one.facts.bound.most
