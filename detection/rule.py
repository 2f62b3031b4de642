"""The records of a loaded rule: what it says about itself, what it matches, and what proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from detection.conditions import Expression

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
    source: Mapping[str, Any] = field(repr=False, compare=False)
    """The document as written; the digest is made of it."""
