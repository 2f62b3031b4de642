"""The matrix of who speaks to whom."""

from __future__ import annotations

import pytest

from console.views.conversations import HEATS, SIZES, read_between, read_grid
from tests.support.consoles import Console
from tests.support.hunting import visit_of
from wanglou.errors import UsageError


def test_cells_find_their_flows(stock: Console) -> None:
    """Each cell's query finds as many flows as it counts; no side is longer than was asked for."""
    visit = visit_of(stock)
    grid = read_grid(visit)
    cells = [cell for row in grid.rows for cell in row if cell is not None]
    assert cells
    assert len(grid.rows) <= SIZES[0] + 1
    for cell in cells[:5]:
        assert visit.store.count("flow", cell.query) >= cell.traffic.flows > 0
        assert 1 <= cell.heat <= HEATS


def test_zones_are_read_as_the_topology_writes_them(stock: Console) -> None:
    """Two of them at most; what names none is told."""
    ends = read_between(visit_of(stock, "between=chem|cell|1,chem|-|-,chem|x|2"))
    assert ends == [("chem", "cell", 1.0), ("chem", "", None)]
    with pytest.raises(UsageError):
        read_between(visit_of(stock, "between=chem|cell|one"))
