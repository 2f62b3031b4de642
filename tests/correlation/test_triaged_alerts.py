"""Alerts with what people made of them."""

from __future__ import annotations

import pyarrow as pa

from correlation.triage import Triaged
from correlation.triaged_alerts import COLUMNS, add_triage, take_first

BATCHES = [pa.RecordBatch.from_pydict({"event.id": ids}) for ids in (["a", "b"], ["c"], ["d", "e"])]
STATES = {"b": Triaged("b", "acknowledged", "li", "seen"), "c": Triaged("c", "closed"), "e": Triaged("e", comment="?")}


def test_three_columns_more() -> None:
    """One that nobody touched is new; what is empty has no value."""
    rows = [row for batch in add_triage(BATCHES, lambda _: STATES) for row in batch.to_pylist()]
    assert [row[COLUMNS[0]] for row in rows] == ["new", "acknowledged", "closed", "new", "new"]
    assert [row[COLUMNS[2]] for row in rows] == [None, "seen", None, None, "?"]


def test_one_state_of_all() -> None:
    """Only alerts of that state are given, and no empty batches; all are counted whatever the limit."""
    chosen = list(add_triage(BATCHES, lambda _: STATES, "new"))
    assert [batch["event.id"].to_pylist() for batch in chosen] == [["a"], ["d", "e"]]
    kept, total = take_first(chosen, 2)
    assert ([one for batch in kept for one in batch["event.id"].to_pylist()], total) == (["a", "d"], 3)
    assert take_first(chosen, 0) == (chosen, 3)
