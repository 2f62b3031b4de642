"""The records of a loaded rule: what it says about itself, what it matches, and what proves it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from detection.conditions import Expression

SHIPPED = Path(__file__).parent / "rules"
"""The rules that come with the product."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
"""A field in a sentence of an alert."""
COUNT_FIELD = "wanglou.alert.count"
"""May stand in a sentence: how many records or matches the alert holds."""

MAX_COUNT = {"event_count": 10_000, "value_count": 1_000}
"""Largest threshold of the types of correlations that count; the state of a group grows with it."""
MAX_SPAN_NS = 30 * 86_400 * 1_000_000_000
"""Longest time that a correlation may count in."""

Level = Literal["informational", "low", "medium", "high", "critical"]
CorrelationType = Literal["event_count", "value_count", "temporal", "temporal_ordered"]
Operator = Literal["gt", "gte", "lt", "lte", "eq", "neq"]
Record = Mapping[str, Any]
Scenario = tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """What an alert says in one language; ``{field}`` stands for the value of the first record."""

    title: str
    sentence: str
    advice: str


@dataclass(frozen=True, slots=True)
class Notes:
    """What a rule says about itself in one language."""

    title: str
    description: str
    falsepositives: tuple[str, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A number in the conditions of a rule that a park may change."""

    field: str
    least: int
    """Smallest number that may be set."""
    most: int
    zh: str
    """What it is called, with its unit."""
    en: str


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """The ``wanglou`` block of a rule: all that an alert needs beside the records."""

    version: int
    severity: int
    """0-100."""
    attack_v18: tuple[str, ...]
    """Technique ids of ATT&CK for ICS, version 18."""
    attack_v19: tuple[str, ...]
    """Technique ids of version 19."""
    event_class: str
    """Class of GB/T 20986-2023, by name."""
    event_subclass: str
    entities: tuple[str, ...]
    """Fields an alert folds by, beside ``organization.id``."""
    window_ns: int
    """A repeat within this time of the last one extends the alert."""
    zh: Texts
    en: Texts
    fires: tuple[Scenario, ...]
    silent: tuple[Scenario, ...]
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Correlation:
    """What a Sigma correlation rule asks of the records that its base rules match."""

    type: CorrelationType
    rules: tuple[str, ...]
    """Ids of the base rules, in the order given."""
    timespan_ns: int
    group_by: tuple[tuple[str, ...], ...]
    """Per base rule, the fields of the group key (aliases resolved)."""
    operator: Operator
    count: int
    value_field: str
    """Field whose distinct values are counted (value_count), else empty."""
    expression: Expression | None
    """Of a temporal rule whose condition is a text: which base rules must (not) have been seen."""
    generate: bool
    """True when the base rules alert by themselves too."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a condition on records of one dataset, or a correlation of such rules."""

    id: str
    name: str
    title: str
    description: str
    level: Level
    status: str
    dataset: str
    """Dataset whose records it reads."""
    tags: tuple[str, ...]
    references: tuple[str, ...]
    falsepositives: tuple[str, ...]
    facts: AlertFacts | None
    """None for a base rule that only feeds a correlation."""
    condition: Expression | None
    correlation: Correlation | None
    path: Path
    line: int
    """Line where the rule's document begins."""
    chinese: Notes
    """Title, description, false positives and references in Chinese; Sigma's own keys hold the English ones."""
    source: Mapping[str, Any] = field(repr=False, compare=False)
    """The document as written; the digest is made of it."""

    def notes(self, language: str) -> Notes:
        """Give what the rule says about itself in ``zh``, and in English for any other language."""
        if language == "zh":
            return self.chinese
        return Notes(self.title, self.description, self.falsepositives, self.references)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Rules that fit together: every reference is resolved, every id and name is unique."""

    rules: tuple[Rule, ...]
    digest: str
    """SHA-256 of the rules as written, the site's facts and the engine's version."""
    by_id: Mapping[str, Rule] = field(init=False, repr=False, compare=False)
    muted: frozenset[str] = field(init=False, repr=False, compare=False)
    """Ids of base rules that do not alert by themselves."""

    def __post_init__(self) -> None:
        """Index the rules and find which base rules only feed correlations without ``generate``."""
        muted = {base for rule in self.rules if rule.correlation for base in rule.correlation.rules}
        kept = {
            base
            for rule in self.rules
            if rule.correlation and rule.correlation.generate
            for base in rule.correlation.rules
        }
        silent = {rule.id for rule in self.rules if rule.facts is None}
        object.__setattr__(self, "by_id", {rule.id: rule for rule in self.rules})
        object.__setattr__(self, "muted", frozenset((muted - kept) | silent))

    def only(self, rule: Rule) -> Ruleset:
        """Give the ruleset of one rule alone, with the base rules it needs."""
        needed = rule.correlation.rules if rule.correlation else ()
        return Ruleset((*(self.by_id[base] for base in needed), rule), self.digest)
