"""What the page of rules shows: hits of each rule over time, and the coverage of ATT&CK for ICS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from correlation.alert_filter import DATASET, in_period, in_scope, join
from correlation.scoping import Enterprises
from correlation.stage import rank_stage
from correlation.store import Groups, Store
from detection.attack import Catalogue
from detection.rule import Ruleset

DAY_NS = 86_400 * 10**9
MOST_GROUPS = 100_000


@dataclass(frozen=True, slots=True)
class Hits:
    """Alerts of one rule in a period."""

    rule: str
    alerts: int
    intervals: Mapping[int, int]
    """Alerts by beginning of the interval; those without any are left out."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One technique of the matrix."""

    technique: str
    name: str
    rules: tuple[str, ...]
    """Names of the rules that look for it."""
    hits: int


@dataclass(frozen=True, slots=True)
class Column:
    """One tactic of the matrix, with all its techniques."""

    tactic: str
    cells: tuple[Cell, ...]

    @property
    def covered(self) -> int:
        """Techniques that a rule looks for."""
        return sum(bool(cell.rules) for cell in self.cells)


def count_hits(
    store: Store,
    *,
    start_ns: int | None = None,
    end_ns: int | None = None,
    enterprises: Enterprises = None,
    interval_ns: int = DAY_NS,
) -> dict[str, Hits]:
    """Count the alerts of each rule by interval; rules without any are left out."""
    node = join(in_scope(store, DATASET, enterprises), in_period(store.datasets[DATASET], start_ns, end_ns))
    groups = Groups(("rule.name", "@timestamp"), MOST_GROUPS, interval_ns)
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for one in store.aggregate(DATASET, groups, node):
        found[str(one.keys[0] or "")][int(str(one.keys[1]))] = int(one.value)
    return {name: Hits(name, sum(its.values()), dict(sorted(its.items()))) for name, its in sorted(found.items())}


def draw_coverage(
    ruleset: Ruleset, catalogue: Catalogue, hits: Mapping[str, Hits], version: str = "v18"
) -> list[Column]:
    """Draw the matrix of ATT&CK for ICS: tactics in their order, each with every technique, its rules and hits."""
    rules: dict[str, list[str]] = defaultdict(list)
    for rule in ruleset.rules:
        for technique in _techniques(rule.facts, version):
            rules[technique].append(rule.name)
    columns: dict[str, list[Cell]] = {}
    for technique, facts in catalogue.techniques.get(version, {}).items():
        names = tuple(sorted(rules.get(technique, ())))
        count = sum(hits[name].alerts for name in names if name in hits)
        cell = Cell(technique, str(facts.get("name", technique)), names, count)
        for tactic in facts.get("tactics", ()):
            columns.setdefault(str(tactic), []).append(cell)
    return [Column(tactic, tuple(sorted(cells, key=_by_name))) for tactic, cells in _in_order(columns)]


def _techniques(facts: object, version: str) -> Sequence[str]:
    return () if facts is None else getattr(facts, f"attack_{version}")


def _by_name(cell: Cell) -> tuple[str, str]:
    return cell.name, cell.technique


def _in_order(columns: Mapping[str, list[Cell]]) -> list[tuple[str, list[Cell]]]:
    return sorted(columns.items(), key=lambda one: (rank_stage(one[0]), one[0]))
