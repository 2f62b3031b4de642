"""Rules as pages and the API show them: what they look for, whether they run, their hits, and what their cases did."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from console.figures import SEVERITIES, Severity, name_severity
from console.rule_book import Counts
from console.visit import Visit
from correlation.rule_figures import Hits, count_hits
from detection.rule import PLACEHOLDER, AlertFacts, Rule, Texts
from detection.tuning import Decisions, Tuning
from wanglou.errors import UsageError

RuleState = Literal["enabled", "tuned", "disabled"]
RULE_STATES: tuple[RuleState, ...] = get_args(RuleState)
Order = Literal["name", "severity", "dataset", "hits", "state"]
BARS = 32
"""Intervals of a sparkline."""
LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class RuleQuery:
    """What a list of rules was asked for."""

    text: str = ""
    """Words that name, title or description hold, all of them; in either language."""
    datasets: frozenset[str] = frozenset()
    levels: frozenset[Severity] = frozenset()
    states: frozenset[RuleState] = frozenset()
    technique: str = ""
    """Id of either version of ATT&CK for ICS."""
    with_hits: bool = False
    """Only rules with alerts in the period."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as a list shows it."""

    rule: Rule
    facts: AlertFacts
    tuning: Tuning
    exemptions: int
    hits: int
    bars: Sequence[int]
    """Hits by interval of the period."""
    cases: Counts | None
    """Cases that did what the rule says, and all; None while they have not run."""

    @property
    def id(self) -> str:
        """Its name, which addresses hold."""
        return self.rule.name

    @property
    def severity(self) -> int:
        """Severity of its alerts, 0-100, as it runs."""
        return self.facts.severity if self.tuning.severity is None else self.tuning.severity

    @property
    def level(self) -> Severity:
        """The same by name."""
        return name_severity(self.severity)

    @property
    def state(self) -> RuleState:
        """Tell whether it runs, and as its file has it."""
        if not self.tuning.is_enabled:
            return "disabled"
        return "tuned" if self.tuning.is_effective or self.exemptions else "enabled"

    def texts(self, language: str) -> Texts:
        """Title, sentence and advice in a language."""
        return self.facts.zh if language == "zh" else self.facts.en


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rules that raise alerts, and those that a query finds."""

    found: Sequence[RuleRow]
    every: Sequence[RuleRow]

    @property
    def disabled(self) -> int:
        """Rules that are switched off."""
        return sum(row.state == "disabled" for row in self.every)

    @property
    def active(self) -> int:
        """Rules with alerts in the period."""
        return sum(row.hits > 0 for row in self.every)

    @property
    def wrong(self) -> int:
        """Rules with a case that did not do what it should."""
        return sum(row.cases is not None and row.cases[0] < row.cases[1] for row in self.every)

    @property
    def proven(self) -> int:
        """Rules whose cases all did what they should."""
        return sum(row.cases is not None and row.cases[0] == row.cases[1] for row in self.every)

    def count(self, name: Callable[[RuleRow], str]) -> Mapping[str, int]:
        """Count all rules by what ``name`` gives."""
        found: dict[str, int] = {}
        for row in self.every:
            found[name(row)] = found.get(name(row), 0) + 1
        return dict(sorted(found.items()))


def read_query(visit: Visit) -> RuleQuery:
    """Read what the address asks for: ``q``, ``technique``, ``hits``; ``dataset``, ``level``, ``state`` with commas."""
    text = visit.asked("q").strip()
    if len(text) > LONGEST_QUERY:
        raise UsageError(f"the words have {len(text)} characters", do=f"give at most {LONGEST_QUERY}")
    levels = frozenset(one for one in SEVERITIES if one in visit.asked("level").split(","))
    states = frozenset(one for one in RULE_STATES if one in visit.asked("state").split(","))
    datasets = frozenset(one[:40] for one in visit.asked("dataset").split(",") if one)
    technique = visit.asked("technique")[:20].upper()
    return RuleQuery(text, datasets, levels, states, technique, visit.asked("hits") == "some")


def read_hits(visit: Visit) -> Mapping[str, Hits]:
    """Count the alerts of each rule in the period, as far as the guest may see them."""
    period = visit.period
    return count_hits(
        visit.services.store,
        start_ns=period.start_ns,
        end_ns=period.end_ns,
        enterprises=visit.enterprises,
        interval_ns=period.interval_ns(BARS),
    )


def list_rules(visit: Visit, query: RuleQuery, order: str = "-hits") -> Catalogue:
    """Give the rules that a query finds, and all of them."""
    book, hits = visit.services.rules, read_hits(visit)
    decisions, cases = book.tuning.decisions(), book.results()
    rows = [make_row(visit, rule, decisions, hits, cases) for rule in book.by_name.values()]
    found = [row for row in rows if _fits(row, query)]
    key = _KEYS[order.removeprefix("-")] if order.removeprefix("-") in _KEYS else _KEYS["severity"]
    found.sort(key=lambda row: (-row.severity, row.rule.name))
    found.sort(key=key, reverse=order.startswith("-"))
    return Catalogue(found, rows)


def make_row(
    visit: Visit, rule: Rule, decisions: Decisions, hits: Mapping[str, Hits], cases: Mapping[str, Counts]
) -> RuleRow:
    """Put together what a list shows of a rule."""
    facts = rule.facts
    assert facts is not None
    told = hits.get(rule.name)
    step = visit.period.interval_ns(BARS)
    first = visit.period.start_ns - visit.period.start_ns % step
    starts = range(first, visit.period.end_ns, step)
    bars = [told.intervals.get(start, 0) for start in starts] if told else []
    shown = [one for one in decisions.exemptions if one.rule == rule.id and may_see(visit, one.enterprise)]
    count = told.alerts if told else 0
    return RuleRow(rule, facts, decisions.find(rule.id), len(shown), count, bars, cases.get(rule.name))


def may_see(visit: Visit, enterprise: str) -> bool:
    """True where the guest may know of something that is about this enterprise, or about all."""
    return visit.enterprises is None or not enterprise or enterprise in visit.enterprises


def split_sentence(text: str) -> list[tuple[str, bool]]:
    """Split a sentence into its texts and the names of fields in it: (part, is a field)."""
    parts = re.split(PLACEHOLDER, text)
    return [(part, place % 2 == 1) for place, part in enumerate(parts) if part]


_KEYS: Mapping[str, Callable[[RuleRow], Any]] = {
    "name": lambda row: row.rule.name,
    "severity": lambda row: row.severity,
    "dataset": lambda row: row.rule.dataset,
    "hits": lambda row: row.hits,
    "state": lambda row: RULE_STATES.index(row.state),
}
"""Orders of a list."""


def _fits(row: RuleRow, query: RuleQuery) -> bool:
    facts = row.facts
    if query.datasets and row.rule.dataset not in query.datasets:
        return False
    if (query.levels and row.level not in query.levels) or (query.states and row.state not in query.states):
        return False
    if query.technique and query.technique not in (*facts.attack_v18, *facts.attack_v19):
        return False
    if query.with_hits and not row.hits:
        return False
    told = (facts.zh.title, facts.en.title, facts.zh.sentence, facts.en.sentence)
    ids = (row.rule.id, row.rule.name, *facts.attack_v18, *facts.attack_v19)
    about = (row.rule.title, row.rule.description, row.rule.chinese.description)
    held = " ".join((*ids, *told, *about)).casefold()
    return all(word in held for word in query.text.casefold().split())
