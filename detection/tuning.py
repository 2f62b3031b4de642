"""Rules as a park wants them: switched off, of another severity or threshold, or silent about some of its traffic.

What people decided changes no rule file: ``tune_rules`` gives the rules as they are to run, with a digest of their own,
so that alerts which were made by other decisions are known as such. Without any decision both stay as they were.

An exception holds for the records that a rule reads, before anything is counted: a rule of many records counts as if
those of the exception had never come.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from ipaddress import ip_network
from uuid import NAMESPACE_OID, uuid5

from detection.bound import move_bound
from detection.conditions import AllOf, Expression, Leaf, NotOf
from detection.matches import Equals, Network
from detection.rule import MAX_COUNT, MAX_SPAN_NS, AlertFacts, Bound, Correlation, Level, Rule, Ruleset, Texts
from wanglou.errors import UsageError

SECOND_NS = 10**9
LEAST: Mapping[Level, int] = {"critical": 90, "high": 70, "medium": 40, "low": 20, "informational": 0}
"""Lowest severity of each level, as rules are written (docs/add-a-rule.md)."""
LEAST_COUNT = 2
"""Smallest threshold that may be set; a rule of one record needs no correlation."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was decided about one rule; None leaves what its file says."""

    rule: str
    """Its id."""
    is_enabled: bool = True
    severity: int | None = None
    """0-100."""
    count: int | None = None
    """Threshold of a rule that counts."""
    timespan_ns: int | None = None
    """Time within which it counts."""
    bound: int | None = None
    """Number of the rule's bound (``detection.bound``)."""

    @property
    def is_effective(self) -> bool:
        """True where anything differs from the rule's file."""
        values = (self.severity, self.count, self.timespan_ns, self.bound)
        return not self.is_enabled or any(one is not None for one in values)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Traffic that one rule does not look at."""

    rule: str
    enterprise: str = ""
    """Of this enterprise only; empty for all."""
    source: str = ""
    """Address or network of ``source.ip``; empty for all."""
    destination: str = ""
    """The same of ``destination.ip``."""

    @property
    def expression(self) -> Expression:
        """The records it names, as a condition."""
        leaves = [Leaf("organization.id", Equals(self.enterprise, cased=True))] if self.enterprise else []
        ends = (("source.ip", self.source), ("destination.ip", self.destination))
        return AllOf((*leaves, *(Leaf(name, Network(write_network(text))) for name, text in ends if text)))


@dataclass(frozen=True, slots=True)
class Decisions:
    """All that was decided about rules in one park."""

    tunings: Sequence[Tuning] = ()
    exemptions: Sequence[Exemption] = ()

    def find(self, rule: str) -> Tuning:
        """Give what was decided about the rule of that id."""
        return next((one for one in self.tunings if one.rule == rule), Tuning(rule))


def write_network(text: str) -> str:
    """Write an address or a network as a network; raises UsageError for anything else."""
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        do = "give one such as 10.20.1.10 or 10.20.0.0/16"
        raise UsageError(f"{text[:60]!r} is no address and no network", do=do) from None


def check_tuning(rule: Rule, tuning: Tuning) -> None:
    """Raise UsageError for what the rule does not declare, and for values out of bounds."""
    if tuning.severity is not None and not 0 <= tuning.severity <= 100:
        raise UsageError(f"{tuning.severity} is no severity", do="give 0 to 100")
    counts = rule.correlation is not None and rule.correlation.type in MAX_COUNT
    if tuning.count is not None and not counts:
        raise UsageError(f"{rule.name} has no threshold", do="leave the threshold out")
    if tuning.timespan_ns is not None and rule.correlation is None:
        raise UsageError(f"{rule.name} has no time to count in", do="leave the time out")
    most = MAX_COUNT[rule.correlation.type] if counts and rule.correlation else 0
    if tuning.count is not None and not LEAST_COUNT <= tuning.count <= most:
        raise UsageError(f"{tuning.count} is no threshold of {rule.name}", do=f"give {LEAST_COUNT} to {most}")
    if tuning.timespan_ns is not None and not SECOND_NS <= tuning.timespan_ns <= MAX_SPAN_NS:
        raise UsageError("the time to count in is out of bounds", do="give 1 second to 30 days")
    if tuning.bound is not None:
        _check_bound(rule, tuning.bound)


def _check_bound(rule: Rule, number: int) -> None:
    bound = rule.facts.bound if rule.facts else None
    if bound is None:
        raise UsageError(f"{rule.name} has no bound", do="leave the bound out")
    if not bound.least <= number <= bound.most:
        raise UsageError(f"{number} is no bound of {rule.name}", do=f"give {bound.least} to {bound.most}")


def tune_rules(ruleset: Ruleset, decisions: Decisions) -> Ruleset:
    """Give the rules as they are to run; decisions about rules that are not there, or no longer fit, change nothing."""
    tunings = {one.rule: one for one in decisions.tunings if _applies(ruleset, one)}
    exemptions = [one for one in decisions.exemptions if ruleset.by_id.get(one.rule)]
    if not tunings and not exemptions:
        return ruleset
    rules = _without_disabled(ruleset, {one.rule for one in tunings.values() if not one.is_enabled})
    rules = [_tune(rule, tunings[rule.id]) if rule.id in tunings else rule for rule in rules]
    bounds = {one.rule: one.bound for one in tunings.values() if one.bound is not None}
    for rule_id in sorted({one.rule for one in exemptions} | bounds.keys()):
        own = sorted((one for one in exemptions if one.rule == rule_id), key=_key)
        rules = _change_inputs(rules, rule_id, _Change(own, bounds.get(rule_id)))
    return Ruleset(tuple(sorted(rules, key=lambda rule: rule.name)), _digest(ruleset, tunings, exemptions))


def _applies(ruleset: Ruleset, tuning: Tuning) -> bool:
    rule = ruleset.by_id.get(tuning.rule)
    if rule is None or not tuning.is_effective:
        return False
    try:
        check_tuning(rule, tuning)
    except UsageError:
        return False
    return True


def _digest(ruleset: Ruleset, tunings: Mapping[str, Tuning], exemptions: Sequence[Exemption]) -> str:
    told = [
        ruleset.digest,
        sorted((asdict(one) for one in tunings.values()), key=lambda one: str(one["rule"])),
        sorted({_key(one) for one in exemptions}),
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _key(one: Exemption) -> tuple[str, str, str, str]:
    return one.rule, one.enterprise, one.source, one.destination


def _without_disabled(ruleset: Ruleset, disabled: set[str]) -> list[Rule]:
    """Leave rules out; one that another rule still counts stays, and raises no alert itself."""
    kept = [rule for rule in ruleset.rules if rule.id not in disabled]
    needed = {base for rule in kept if rule.correlation for base in rule.correlation.rules}
    silenced = [replace(ruleset.by_id[one], facts=None) for one in disabled & needed]
    feeds = {base for rule in ruleset.rules if rule.correlation for base in rule.correlation.rules}
    return [rule for rule in kept if rule.facts or rule.id in needed or rule.id not in feeds] + silenced


def _tune(rule: Rule, tuning: Tuning) -> Rule:
    facts, correlation = rule.facts, rule.correlation
    if correlation is not None and (tuning.count is not None or tuning.timespan_ns is not None):
        correlation = replace(
            correlation,
            count=tuning.count if tuning.count is not None else correlation.count,
            timespan_ns=tuning.timespan_ns if tuning.timespan_ns is not None else correlation.timespan_ns,
        )
        facts = _tell_threshold(facts, correlation) if facts else None
    if facts is not None and facts.bound is not None and tuning.bound is not None:
        facts = _tell_bound(facts, facts.bound, tuning.bound)
    level = rule.level
    if facts is not None and tuning.severity is not None:
        facts = replace(facts, severity=tuning.severity)
        level = next(name for name, least in LEAST.items() if tuning.severity >= least)
    return replace(rule, facts=facts, correlation=correlation, level=level)


def _tell_threshold(facts: AlertFacts, correlation: Correlation) -> AlertFacts:
    """Add to the sentences what holds here, as they name the threshold of the rule's file."""
    seconds = f"{correlation.timespan_ns / SECOND_NS:g}"
    counts = correlation.type in MAX_COUNT
    zh = f"本园区的阈值为 {seconds} 秒内 {correlation.count} 次。" if counts else f"本园区的时间窗为 {seconds} 秒。"
    told = f"the threshold is {correlation.count} within {seconds} s" if counts else f"the time is {seconds} s"
    return replace(facts, zh=_add(facts.zh, zh), en=_add(facts.en, f" Here {told}."))


def _tell_bound(facts: AlertFacts, bound: Bound, number: int) -> AlertFacts:
    zh = _add(facts.zh, f"本园区的{bound.zh}界限为 {number}。")
    return replace(facts, zh=zh, en=_add(facts.en, f" Here the bound of the {bound.en} is {number}."))


def _add(texts: Texts, more: str) -> Texts:
    return replace(texts, sentence=texts.sentence + more)


@dataclass(frozen=True, slots=True)
class _Change:
    """What is changed about the records that one rule sees."""

    exemptions: Sequence[Exemption]
    bound: int | None

    def apply(self, rule: Rule, owner: Rule) -> Rule:
        """Change the condition of a rule, or of one that ``owner`` counts."""
        facts = owner.facts
        if facts is not None and facts.bound is not None and self.bound is not None:
            rule = move_bound(rule, facts.bound.field, self.bound)
        if rule.condition is None or not self.exemptions:
            return rule
        hidden = tuple(NotOf(one.expression) for one in self.exemptions)
        return replace(rule, condition=AllOf((rule.condition, *hidden)))


def _change_inputs(rules: Sequence[Rule], rule_id: str, change: _Change) -> list[Rule]:
    """Change which records one rule sees; the rules that it counts are copied for it alone."""
    found = next((rule for rule in rules if rule.id == rule_id), None)
    if found is None:
        return list(rules)
    others = [rule for rule in rules if rule is not found]
    if found.correlation is None:
        return [*others, change.apply(found, found)]
    by_id = {rule.id: rule for rule in rules}
    bases = [_copy(by_id[base], found) for base in found.correlation.rules]
    correlation = replace(found.correlation, rules=tuple(base.id for base in bases))
    counted = {base for rule in others if rule.correlation for base in rule.correlation.rules}
    unused = {one for one in found.correlation.rules if one not in counted and by_id[one].facts is None}
    kept = [rule for rule in others if rule.id not in unused]
    return [*kept, *(change.apply(base, found) for base in bases), replace(found, correlation=correlation)]


def _copy(base: Rule, owner: Rule) -> Rule:
    made = str(uuid5(NAMESPACE_OID, f"{owner.id}/{base.id}"))
    facts = base.facts if owner.correlation and owner.correlation.generate else None
    return replace(base, id=made, name=f"{base.name}_of_{owner.name}", facts=facts)
