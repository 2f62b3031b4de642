"""What the benchmark of bulk writing sends, and how it tells what it measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.elastic import PART, encode, make_table, render
from bench.page import replace_part


def test_documents_differ_and_hold_what_records_hold() -> None:
    """Each has an id of its own, and the fields of the dataset."""
    rows = list(encode(make_table(50)))
    assert len({row.identity for row in rows}) == 50
    assert all(json.loads(row.body)["event.dataset"] == "modbus" for row in rows)


def test_figures_stand_between_the_marks(tmp_path: Path) -> None:
    """Medians, their share, and the goal; what stood there before goes."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n<!-- {PART}: begin -->\nold\n<!-- {PART}: end -->\nafter\n", encoding="utf-8")
    rates = {"bare JSON": [10.0, 1_000.0, 3_000.0], "ours JSON": [1_200.0], "bare records": [800.0]}
    replace_part(page, PART, render(1_000, {**rates, "ours records": [600.0]}))
    text = page.read_text(encoding="utf-8")
    assert "| the client's `parallel_bulk` | 1,000 | 800 | |" in text
    assert "| the store over the client | 1.20 | 0.75 | at least 0.8 |" in text
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    with pytest.raises(ValueError, match="unpack"):
        replace_part(page, "none", "")
