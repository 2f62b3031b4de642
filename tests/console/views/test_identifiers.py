"""Identifiers as pages show them."""

from __future__ import annotations

from console.views.identifiers import list_records, make_lines, read_records
from tests.support.consoles import Console
from tests.support.hunting import visit_of


def test_lines_lead_to_their_records(console: Console) -> None:
    """The address of each number of prefixes finds as many records."""
    for line in make_lines(visit_of(console), "prefixes", 100):
        for name in ("resolved", "changed", "mentioned", "failed"):
            cell = line.cells[name]
            if cell.number:
                visit = visit_of(console, cell.href.partition("?")[2])
                assert len(list_records(visit, read_records(visit, 100_000)[0])[0]) == cell.number
