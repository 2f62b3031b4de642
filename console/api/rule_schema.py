"""What the API of rules takes and gives."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class Cases(BaseModel):
    """What the cases of a rule did."""

    right: int = Field(description="Cases that did what the rule says.")
    total: int


class Rule(BaseModel):
    """One rule as lists give it."""

    name: str
    id: str
    title: dict[str, str] = Field(description="By language: zh, en.")
    dataset: str
    severity: int = Field(description="0-100, of its alerts as it runs here.")
    written_severity: int = Field(description="0-100, as its file says.")
    state: Literal["enabled", "tuned", "disabled"]
    status: str = Field(description="Maturity, as Sigma names it.")
    attack_v18: list[str] = Field(description="Technique ids of ATT&CK for ICS, version 18.")
    attack_v19: list[str]
    hits: int = Field(description="Alerts in the period, as far as they may be seen.")
    exemptions: int
    cases: Cases | None = Field(description="Null while they have not run.")


class Rules(BaseModel):
    """One page of rules."""

    items: list[Rule]
    next: str | None = Field(description="Cursor of the next page; null at the end.")
    total: int


class Case(BaseModel):
    """One case of a rule, which just ran."""

    kind: Literal["fires", "silent"]
    number: int
    records: list[str]
    alerts: int
    right: bool
    alerts_as_tuned: int | None


class Decided(BaseModel):
    """What was decided here; null is what the rule's file says."""

    enabled: bool
    severity: int | None
    count: int | None
    timespan_s: float | None
    bound: int | None
    reason: str
    version: int = Field(description="Counts the decisions.")


class Threshold(BaseModel):
    """What a rule that counts declares in its file."""

    count: int | None = Field(description="Null for a rule of a sequence.")
    timespan_s: float


class Bound(BaseModel):
    """A number in the conditions of a rule that may be changed."""

    field: str
    number: int = Field(description="As the rule's file says.")
    least: int = Field(description="Smallest that may be set.")
    most: int


class Exemption(BaseModel):
    """Traffic that a rule does not look at; empty stands for all."""

    id: str
    enterprise: str
    source: str
    destination: str
    reason: str


class Exemptions(BaseModel):
    """The exemptions of one rule."""

    items: list[Exemption]
    next: None = None


class RuleDetail(Rule):
    """One rule with all that is told of it."""

    description: dict[str, str]
    sentence: dict[str, str]
    advice: dict[str, str]
    references: list[str]
    false_positives: dict[str, list[str]]
    file: str = Field(description="The rule as written (YAML).")
    threshold: Threshold | None
    bound: Bound | None
    lists: dict[str, list[str]] = Field(description="Lists of the site file that it names.")
    decided: Decided
    exempted: list[Exemption]
    tested: list[Case]


class Change(BaseModel):
    """What to decide; what is left out stays, null is what the rule's file says."""

    enabled: bool = True
    severity: int | None = Field(None, ge=0, le=100)
    count: int | None = Field(None, ge=2, le=10_000)
    timespan_s: float | None = Field(None, ge=1, le=30 * 86_400)
    bound: int | None = Field(None, ge=0, le=2**53)
    reason: str = Field(min_length=1, max_length=1_000)


class NewExemption(BaseModel):
    """Traffic that a rule is not to look at."""

    enterprise: str = Field("", max_length=128)
    source: str = Field("", max_length=64, description="Address or network.")
    destination: str = Field("", max_length=64, description="Address or network.")
    reason: str = Field(min_length=1, max_length=1_000)


class Technique(BaseModel):
    """One technique of the matrix."""

    id: str
    name: str
    rules: list[str] = Field(description="Rules that look for it and are not switched off.")
    hits: int


class Tactic(BaseModel):
    """One tactic with its techniques."""

    name: str
    techniques: list[Technique]


class Coverage(BaseModel):
    """The matrix of ATT&CK for ICS."""

    version: str
    covered: int = Field(description="Techniques that a rule looks for.")
    total: int
    items: list[Tactic]
