"""Hits of rules over time, and the matrix of ATT&CK for ICS."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from correlation.rule_figures import DAY_NS, count_hits, draw_coverage
from correlation.stage import STAGES
from detection.attack import load_catalogue
from detection.preparation import prepare_rules
from detection.rule import SHIPPED
from tests.support.desk import make_alerts, open_desk, write_alerts
from tests.support.lakes import HOUR_NS, make_identity


def test_hits_by_rule_and_interval(tmp_path: Path) -> None:
    """Counted by rule and beginning of the interval, of one's own enterprises."""
    alerts = make_alerts(80, make_identity("a"))
    with open_desk(tmp_path) as desk:
        write_alerts(desk.lake, make_identity("a"), alerts)
        hits = count_hits(desk.lake, interval_ns=HOUR_NS)
        own = count_hits(desk.lake, enterprises=frozenset({"chem"}), interval_ns=DAY_NS)
    assert {name: one.alerts for name, one in hits.items()} == Counter(one["rule.name"] for one in alerts)
    assert {(name, at): count for name, one in hits.items() for at, count in one.intervals.items()} == Counter(
        (one["rule.name"], one["@timestamp"] // HOUR_NS * HOUR_NS) for one in alerts
    )
    assert sum(one.alerts for one in own.values()) == sum(one["organization.id"] == "chem" for one in alerts)


def test_coverage_of_the_matrix() -> None:
    """Every tactic in its order, every technique under each tactic that it serves, with its rules."""
    rules, catalogue = prepare_rules((SHIPPED,), None), load_catalogue()
    columns = draw_coverage(rules, catalogue, {})
    assert [column.tactic for column in columns] == [stage for stage in STAGES if stage in {c.tactic for c in columns}]
    told = {(column.tactic, cell.technique) for column in columns for cell in column.cells}
    assert told == {
        (tactic, technique) for technique, facts in catalogue.techniques["v18"].items() for tactic in facts["tactics"]
    }
    by_rule = {name for column in columns for cell in column.cells for name in cell.rules}
    assert by_rule == {rule.name for rule in rules.rules if rule.facts and rule.facts.attack_v18}
    assert sum(column.covered for column in columns) == sum(bool(c.rules) for column in columns for c in column.cells)
