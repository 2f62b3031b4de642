"""A console with incidents: the small lake, its alerts grouped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.visit import Visit
from correlation.case import Case
from tests.support.consoles import Console, fill_lake, open_console
from tests.support.visits import make_guest, make_visit


@contextmanager
def open_cases(folder: Path) -> Iterator[Console]:
    """Open a console over a new lake whose alerts are grouped; ``enterprise_user`` of chem may see none of them."""
    with open_console(fill_lake(folder / "lake")) as console:
        console.services.incidents.update(console.services.store)
        yield console


def list_cases(console: Console) -> list[Case]:
    """List the incidents, the one with the most alerts first."""
    return sorted(console.services.incidents.cases(), key=lambda case: (-case.incident.alerts, case.id))


def visit_of(console: Console, query: str = "", language: str = "en") -> Visit:
    """Make the visit of an analyst of the whole park."""
    visit = make_visit(query=query, language=language)
    visit.services, visit.guest = console.services, make_guest("analyst")
    return visit
