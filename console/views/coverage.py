"""The matrix of ATT&CK for ICS: which techniques rules look for, and which were seen in the period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from console.views.rules import read_hits
from console.visit import Visit
from correlation.rule_figures import Cell, Column, draw_coverage
from detection.attack import load_catalogue
from wanglou.errors import UsageError

Version = Literal["v18", "v19"]
VERSIONS: tuple[Version, ...] = get_args(Version)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The matrix with what it adds up to; techniques count once, whatever tactics they serve."""

    version: Version
    columns: Sequence[Column]
    running: frozenset[str]
    """Names of the rules that are not switched off."""

    @property
    def cells(self) -> dict[str, Cell]:
        """Techniques by id."""
        return {cell.technique: cell for column in self.columns for cell in column.cells}

    @property
    def total(self) -> int:
        """Techniques of the matrix."""
        return len(self.cells)

    @property
    def covered(self) -> int:
        """Techniques that a rule which runs looks for."""
        return sum(bool(self.rules_of(cell)) for cell in self.cells.values())

    @property
    def seen(self) -> int:
        """Techniques with alerts in the period."""
        return sum(cell.hits > 0 for cell in self.cells.values())

    def rules_of(self, cell: Cell) -> list[str]:
        """Name the rules of a technique that are not switched off."""
        return [name for name in cell.rules if name in self.running]

    def depth_of(self, cell: Cell) -> int:
        """Tell how well a technique is covered, for its shade: 0 not at all, 1 one rule, 2 up to four, 3 more."""
        count = len(self.rules_of(cell))
        return 0 if not count else 1 if count == 1 else 2 if count < 5 else 3


def read_version(visit: Visit) -> Version:
    """Read which version of the matrix is asked for: ``?version=``; raises UsageError."""
    asked = visit.asked("version", VERSIONS[0])
    if asked not in VERSIONS:
        raise UsageError(f"no version {asked[:20]!r} of the matrix", do=f"give one of {', '.join(VERSIONS)}")
    return asked


def draw_matrix(visit: Visit, version: Version) -> Coverage:
    """Draw the matrix with rules as written, hits in the period, and which rules run."""
    book = visit.services.rules
    columns = draw_coverage(book.written, load_catalogue(), read_hits(visit), version)
    running = frozenset(rule.name for rule in book.tuned().rules if rule.facts is not None)
    return Coverage(version, columns, running)
