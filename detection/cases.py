"""Runs every rule on the records that prove it: it must fire on ``fires`` and stay silent on ``silent``.

A rule is run alone, with its base rules if it is a correlation, on a table of the dataset's schema. How records are
written, repeated and timed is told in ``detection.records``. Each record of a plain rule is a case of its own; the
records of a correlation are one case together, unless they are grouped into lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from detection.detector import Detector
from detection.records import build_table
from detection.rule import Rule, Ruleset, Scenario

_CAPTURE = "0" * 64


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one case of one rule did."""

    rule: Rule
    kind: str
    """``fires`` or ``silent``."""
    index: int
    """Position of the case in the rule's list, from 0."""
    alerts: int
    """Alerts of this rule that it raised."""

    @property
    def is_right(self) -> bool:
        """True when it did what the rule's file says."""
        return (self.alerts > 0) is (self.kind == "fires")

    def __str__(self) -> str:
        """Say which case of which file it is and what it did."""
        done = f"raised {self.alerts or 'no'} {'alerts' if self.alerts > 1 else 'alert'}"
        return f"{self.rule.path}:{self.rule.line}: {self.rule.name}: {self.kind}[{self.index}] {done}"


def run_cases(ruleset: Ruleset) -> list[CaseResult]:
    """Run all cases of all rules, in the order of the rules."""
    return [result for rule in ruleset.rules for result in run_rule(ruleset, rule)]


def run_rule(ruleset: Ruleset, rule: Rule) -> Iterable[CaseResult]:
    """Run all cases of one rule; a base rule that only feeds a correlation has none."""
    if rule.facts is None:
        return
    alone = ruleset.only(rule)
    for kind, scenarios in (("fires", rule.facts.fires), ("silent", rule.facts.silent)):
        for index, scenario in enumerate(scenarios):
            yield CaseResult(rule, kind, index, count_alerts(alone, rule, scenario))


def count_alerts(ruleset: Ruleset, rule: Rule, scenario: Scenario) -> int:
    """Feed one scenario and count the alerts of ``rule``."""
    detector = Detector(ruleset, None, _CAPTURE, "case")
    detector.feed({rule.dataset: build_table(scenario, rule.dataset)})
    return int(detector.finish().column("rule.id").to_pylist().count(rule.id))
