"""Rows of the audit are listed by what is asked, whatever database holds them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ledgers import list_audit, open_notes
from wanglou.audit import Actor
from wanglou.audit_rows import Asked, count_rows, list_rows
from wanglou.ledger import Ledger


@pytest.fixture
def ledger(place: Path | str) -> Iterator[Ledger]:
    """A new ledger on each database; its own two components are rows 1 and 2."""
    ledger = open_notes(place)
    yield ledger
    ledger.close()


def asked_for(ledger: Ledger, asked: Asked) -> list[int]:
    """Numbers of the rows that are listed; their count must agree."""
    with ledger.reading() as connection:
        found = [row.seq for row in list_rows(connection, asked)]
        assert count_rows(connection, asked) == len(found) or asked.limit
    return found


def test_rows_are_listed_by_what_is_asked(ledger: Ledger) -> None:
    """Newest first; each filter leaves what fits it."""
    for name, enterprise in (("n1", "chem"), ("n2", "steel"), ("n_3", "chem")):
        with ledger.change(Actor(f"user:{name}", "x")) as change:
            change.record("note.read", "note", name, enterprise=enterprise)
            change.record("note_x.read", "other", name)
    last = list_audit(ledger)[-1].at_ns
    assert asked_for(ledger, Asked()) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert asked_for(ledger, Asked(limit=3)) == [8, 7, 6]
    assert asked_for(ledger, Asked(actor="user:n2")) == [6, 5]
    assert asked_for(ledger, Asked(action="note.read")) == [7, 5, 3]
    assert asked_for(ledger, Asked(action="note_*")) == [8, 6, 4]
    assert asked_for(ledger, Asked(kind="other", subject="n_")) == [8]
    assert asked_for(ledger, Asked(enterprise="chem")) == [7, 3]
    assert asked_for(ledger, Asked(start_ns=last)) == [8, 7]
    assert asked_for(ledger, Asked(end_ns=last)) == [6, 5, 4, 3, 2, 1]
