"""One rule with all that is told of it."""

from __future__ import annotations

import pytest

from console.refusal import Refused
from console.views.rule_detail import find_threshold, run_cases, tell_rule
from console.views.rules import list_rules, read_query
from detection.tuning import Exemption
from tests.console.views.test_rules import visit_of
from tests.support.accounts import ADMIN
from tests.support.consoles import Console


def test_a_rule_with_alerts_tells_them(console: Console) -> None:
    """Its latest alerts, and bars that add up to its hits."""
    visit = visit_of(console)
    row = list_rules(visit, read_query(visit)).found[0]
    story = tell_rule(visit, row.id)
    assert story.bars.total == row.hits > 0
    assert {one.record["rule.name"] for one in story.alerts} == {row.id}
    assert story.version == f'"{story.decided.version}"'


def test_every_rule_can_be_told(console: Console) -> None:
    """With its file, its bases and the lists that it names."""
    visit = visit_of(console)
    book = console.services.rules
    for name in ("flow_port_scan", "modbus_file_write", "modbus_umas_write"):
        story = tell_rule(visit, name)
        assert f"name: {name}" in story.written
        what = book.by_name[name].correlation
        assert len(story.bases) == (len(what.rules) if what else 0)
    assert set(tell_rule(visit, "flow_port_scan").lists) == {"authorised_scanners"}
    assert set(tell_rule(visit, "modbus_umas_write").lists) == {"engineering_stations"}
    assert {find_threshold(rule) is None for rule in book.by_name.values()} == {True, False}
    with pytest.raises(Refused):
        tell_rule(visit, "nothing")


def test_decisions_about_others_are_not_told(console: Console) -> None:
    """Whoever is bound to an enterprise sees neither exemptions nor history of another."""
    book = console.services.rules
    rule = book.by_name["modbus_file_write"]
    made = [book.tuning.exempt(rule, Exemption("", one), "why", ADMIN) for one in ("chem", "auto")]
    try:
        whole, own = tell_rule(visit_of(console), rule.name), visit_of(console, enterprises=frozenset({"chem"}))
        assert len(whole.exemptions) == 2
        story = tell_rule(own, rule.name)
        assert [one.exemption.enterprise for one in story.exemptions] == ["chem"]
        assert {one.enterprise for one in story.history} == {"chem"}
        assert story.row.exemptions == 1
        assert [one.tuned_alerts for one in run_cases(own, rule)] == [one.alerts for one in run_cases(own, rule)]
    finally:
        for one in made:
            book.tuning.lift(rule.id, one.id, ADMIN)
