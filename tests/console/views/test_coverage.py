"""The matrix of ATT&CK for ICS."""

from __future__ import annotations

from console.views.coverage import VERSIONS, draw_matrix
from tests.console.views.test_rules import visit_of
from tests.support.consoles import Console


def test_each_technique_counts_once(console: Console) -> None:
    """Numbers of the head are those of the cells, in both versions; shades follow the rules."""
    for version in VERSIONS:
        drawn = draw_matrix(visit_of(console), version)
        cells = drawn.cells.values()
        assert (drawn.total, drawn.seen) == (len(cells), sum(cell.hits > 0 for cell in cells))
        assert drawn.covered == sum(drawn.depth_of(cell) > 0 for cell in cells)
        assert {drawn.depth_of(cell) for cell in cells} == {0, 1, 2, 3}
        assert drawn.seen > 0
