"""Changes of rows, audited by what differed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.ledgers import ACTOR, NOTE, add_notes, list_audit, list_notes, open_notes
from wanglou.change import SECRET
from wanglou.errors import ConflictError, StoreError
from wanglou.ledger import Ledger


@pytest.fixture
def ledger(place: Path | str) -> Iterator[Ledger]:
    """A ledger with one note."""
    ledger = open_notes(place)
    with ledger.change(ACTOR) as change:
        change.insert(NOTE, {"id": "n1", "enterprise": "chem", "text": "望楼", "token": "hunter2"})
    yield ledger
    ledger.close()


def last(ledger: Ledger) -> tuple[str, object, object]:
    """Action of the last row of the audit, and both states."""
    row = list_audit(ledger)[-1]
    before, after = (None if state is None else json.loads(state) for state in (row.before, row.after))
    return row.action, before, after


def test_an_insertion(ledger: Ledger) -> None:
    """The whole row is told, but not its secrets; kind, id and enterprise come from table and row."""
    row = list_audit(ledger)[-1]
    assert (row.kind, row.subject, row.enterprise) == ("note", "n1", "chem")
    after = {"id": "n1", "enterprise": "chem", "text": "望楼", "token": SECRET}
    assert last(ledger) == ("note.created", None, after)
    assert all("hunter2" not in str(row) for row in list_audit(ledger))


def test_an_update(ledger: Ledger) -> None:
    """Only what differs is told, before and after."""
    with ledger.change(ACTOR) as change:
        assert change.update(NOTE, {"id": "n1"}, {"text": "new", "enterprise": "chem"})
    assert last(ledger) == ("note.changed", {"text": "望楼"}, {"text": "new"})
    assert list_audit(ledger)[-1].enterprise == "chem"
    with ledger.change(ACTOR) as change:
        assert change.update(NOTE, {"id": "n1"}, {"token": "other"}, action="locked")
    assert last(ledger) == ("note.locked", {"token": SECRET}, {"token": SECRET})


def test_an_update_to_the_same(ledger: Ledger) -> None:
    """It is none, and not audited."""
    count = len(list_audit(ledger))
    with ledger.change(ACTOR) as change:
        assert not change.update(NOTE, {"id": "n1"}, {"text": "望楼"})
    assert len(list_audit(ledger)) == count


def test_a_deletion(ledger: Ledger) -> None:
    """What was there is given and told."""
    with ledger.change(ACTOR) as change:
        gone = change.delete(NOTE, {"id": "n1"}, action="note.withdrawn")
    assert gone["text"] == "望楼"
    action, before, after = last(ledger)
    assert (action, after) == ("note.withdrawn", None)
    assert before == {"id": "n1", "enterprise": "chem", "text": "望楼", "token": SECRET, "of": None}
    assert list_notes(ledger) == set()


def test_what_somebody_else_changed(ledger: Ledger) -> None:
    """A row that is not as it was read is a conflict, and stays as it is."""
    count = len(list_audit(ledger))
    with pytest.raises(ConflictError, match="note n1 was changed meanwhile"), ledger.change(ACTOR) as change:
        change.update(NOTE, {"id": "n1"}, {"text": "new"}, expected={"text": "old"})
    with ledger.change(ACTOR) as change:
        assert change.update(NOTE, {"id": "n1"}, {"text": "new"}, expected={"text": "望楼"})
    assert len(list_audit(ledger)) == count + 1


def test_rows_that_are_not_there(ledger: Ledger) -> None:
    """Changing them fails with their name."""
    for call in ("update", "delete"):
        with pytest.raises(StoreError, match="there is no note n2"), ledger.change(ACTOR) as change:
            getattr(change, call)(NOTE, {"id": "n2"}, *([{"text": "x"}] if call == "update" else []))


def test_less_than_the_primary_key(ledger: Ledger) -> None:
    """A key that could mean several rows is an error of the program."""
    with pytest.raises(ValueError, match="not the primary key of notes"), ledger.change(ACTOR) as change:
        change.delete(NOTE, {"text": "望楼"})


def test_a_change_that_fails_is_not_audited(ledger: Ledger) -> None:
    """State and audit are one transaction: neither is kept."""
    count, head = len(list_audit(ledger)), ledger.head()
    with pytest.raises(sa.exc.IntegrityError):
        add_notes(ledger, ["n2", "n1"])
    assert list_notes(ledger) == {"n1"}
    assert (len(list_audit(ledger)), ledger.head()) == (count, head)


def test_statements_of_ones_own(ledger: Ledger) -> None:
    """They go to the connection, and one row tells what they did."""
    with ledger.change(ACTOR) as change:
        change.connection.execute(sa.insert(NOTE), [{"id": f"m{number}"} for number in range(1000)])
        change.record("notes.imported", "note", "", after={"notes": 1000})
    assert last(ledger) == ("notes.imported", None, {"notes": 1000})
    assert len(list_notes(ledger)) == 1001
