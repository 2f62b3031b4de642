"""Deciding about rules: switching off, severity, thresholds, exemptions; each has a reason and can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from console.refusal import not_found
from console.views.rule_detail import find_rule
from console.visit import Visit
from detection.bound import find_number
from detection.tuning import SECOND_NS, Exemption, Tuning
from detection.tuning_ledger import Decided, Exempted
from wanglou.errors import UsageError

LONGEST_NUMBER = 12


@dataclass(frozen=True, slots=True)
class Decision:
    """What a form or a program asks for."""

    is_enabled: bool
    severity: int | None
    count: int | None
    timespan_s: float | None
    bound: int | None = None

    def tuning(self, rule: str) -> Tuning:
        """Give it as the ledger keeps it."""
        timespan_ns = None if self.timespan_s is None else round(self.timespan_s * SECOND_NS)
        return Tuning(rule, self.is_enabled, self.severity, self.count, timespan_ns, self.bound)


def read_form(fields: Mapping[str, str]) -> Decision:
    """Read what a form says; an empty field is as the rule's file has it. Raises UsageError."""
    timespan = _read_number(fields.get("timespan", ""))
    return Decision(
        fields.get("enabled", "yes") == "yes",
        _read_number(fields.get("severity", "")),
        _read_number(fields.get("count", "")),
        timespan,
        _read_number(fields.get("bound", "")),
    )


def write_form(tuning: Tuning) -> dict[str, str]:
    """Write what was decided as a form's fields: the way back."""
    seconds = None if tuning.timespan_ns is None else tuning.timespan_ns // SECOND_NS
    values = {"severity": tuning.severity, "count": tuning.count, "timespan": seconds, "bound": tuning.bound}
    told = {name: "" if value is None else str(value) for name, value in values.items()}
    return {"enabled": "yes" if tuning.is_enabled else "no", **told}


def _read_number(text: str) -> int | None:
    told = text.strip()
    if not told:
        return None
    if not (told.isascii() and told.isdigit() and len(told) <= LONGEST_NUMBER):
        raise UsageError(f"{told[:40]!r} is no whole number", do="give one, or leave the field empty")
    return int(told)


def decide(visit: Visit, name: str, decision: Decision, reason: str, expected: int | None = None) -> Decided:
    """Decide about a rule; with ``expected`` only over that version."""
    rule, book = find_rule(visit, name), visit.services.rules
    tuning = decision.tuning(rule.id)
    facts, what = rule.facts, rule.correlation
    if facts is not None and tuning.severity == facts.severity:
        tuning = replace(tuning, severity=None)
    if tuning.bound is not None and tuning.bound == find_number(rule, book.written.by_id):
        tuning = replace(tuning, bound=None)
    if what is not None:
        count = None if tuning.count == what.count else tuning.count
        timespan_ns = None if tuning.timespan_ns == what.timespan_ns else tuning.timespan_ns
        tuning = replace(tuning, count=count, timespan_ns=timespan_ns)
    return book.tuning.tune(rule, tuning, reason, visit.actor, expected=expected)


def exempt(visit: Visit, name: str, enterprise: str, source: str, destination: str, reason: str) -> Exempted:
    """Let a rule not look at some traffic; an enterprise must be one that the site file or a record names."""
    rule = find_rule(visit, name)
    known = {one.id for one in visit.services.site.enterprises}
    if enterprise and known and enterprise not in known:
        raise UsageError(f"no enterprise {enterprise[:60]!r}", do="give one of the site file")
    asked = Exemption(rule.id, enterprise, source, destination)
    return visit.services.rules.tuning.exempt(rule, asked, reason, visit.actor)


def lift(visit: Visit, name: str, identity: str) -> Exempted:
    """End an exemption; raises Refused 404 where the rule has none of that id."""
    rule = find_rule(visit, name)
    tuning = visit.services.rules.tuning
    if identity not in {one.id for one in tuning.exemptions(rule.id)}:
        raise not_found()
    return tuning.lift(rule.id, identity, visit.actor)
