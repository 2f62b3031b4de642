"""How alerts were handled, out of the audit."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.risk_facts import NEVER
from correlation.risk_handling import read_handled
from correlation.risk_source import Handled
from tests.support.ledgers import ACTOR
from wanglou.ledger import Ledger


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["acknowledged"], Handled(1, NEVER)),
        (["acknowledged", "closed"], Handled(1, 2)),
        (["closed"], Handled(1, 1)),
        (["closed", "acknowledged"], Handled(1, NEVER)),
        (["acknowledged", "", "closed"], Handled(1, 3)),
        (["closed", "new"], None),
        (["closed", "new", "acknowledged"], Handled(3, NEVER)),
        (["new"], None),
        ([""], None),
    ],
)
def test_the_audit_tells_when(tmp_path: Path, states: list[str], expected: Handled | None) -> None:
    """First taken up and last closed count, opening again undoes both, other changes tell nothing."""
    clock = iter(range(100)).__next__
    with Ledger(tmp_path / "ledger.db", [], create=True, clock=clock) as ledger:
        for state in states:
            with ledger.change(ACTOR) as change:
                change.record(
                    "alert.triaged", "alert", "alert-1", after={"state": state} if state else {"comment": "x"}
                )
                change.record("note.created", "note", "alert-2", after={"state": "closed"})
        with ledger.reading() as connection:
            assert read_handled(connection) == ({} if expected is None else {"alert-1": expected})
