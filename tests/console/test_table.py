"""Data tables of pages."""

from __future__ import annotations

import pytest

from console.table import MOST_ROWS, Column, Table, choose_columns, choose_limit, choose_sort
from tests.support.visits import make_visit

COLUMNS = (
    Column("time", "alerts.column_time", sort=True, is_fixed=True),
    Column("count", "alerts.column_count", sort=True),
    Column("rule", "alerts.column_rule", is_usual=False),
)


def test_columns_are_the_usual_ones_unless_chosen() -> None:
    """Chosen with commas or one by one; fixed ones stay, unknown names are nothing."""
    assert [one.name for one in Table(COLUMNS, ()).shown] == ["time", "count"]
    for query in ("columns=rule,x", "columns=rule&columns=x"):
        chosen = choose_columns(make_visit(query=query), COLUMNS)
        assert [one.name for one in Table(COLUMNS, (), chosen=chosen).shown] == ["time", "rule"]


def test_a_click_on_a_heading_turns_the_order() -> None:
    """First the largest, then the smallest."""
    table = Table(COLUMNS, (), sort="-time")
    assert table.direction(COLUMNS[0]) == "descending"
    assert table.turned(COLUMNS[0]) == "time"
    assert table.turned(COLUMNS[1]) == "-count"
    assert choose_sort(make_visit(query="sort=-count"), COLUMNS, "-time") == "-count"
    assert choose_sort(make_visit(query="sort=rule"), COLUMNS, "-time") == "-time"


LIMITS = [("", 50), ("10", 10), ("0", 1), ("99999", MOST_ROWS), ("-1", 50), ("x", 50), ("٣", 50)]


@pytest.mark.parametrize(("text", "rows"), LIMITS)
def test_limits_are_bounded(text: str, rows: int) -> None:
    """Whatever is asked."""
    assert choose_limit(make_visit(query=f"limit={text}")) == rows
