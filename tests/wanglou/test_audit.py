"""The audit: what its rows hold, how they are chained, and that nothing but adding is possible."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ledgers import ACTOR, add_notes, drop_guards, list_audit, open_notes, restore_guards
from wanglou.audit import (
    AUDIT,
    GENESIS,
    HEAD,
    NAME_CHARACTERS,
    STATE_BYTES,
    Actor,
    Head,
    digest_row,
    local_actor,
    parse_head,
    write_state,
)
from wanglou.chain import Finding
from wanglou.errors import StoreError, UsageError
from wanglou.ledger import Ledger


@pytest.fixture
def ledger(place: Path | str) -> Iterator[Ledger]:
    """A new ledger on each database; its own two components are rows 1 and 2."""
    ledger = open_notes(place)
    yield ledger
    ledger.close()


def test_the_digest_can_be_computed_by_anybody() -> None:
    """It is SHA-256 of the columns as a JSON array in ASCII without spaces."""
    values = (3, 7, "user:李", "10.0.0.5", "note.created", "note", "n1", "chem", "", None, '{"a":1}', GENESIS)
    text = '[3,7,"user:\\u674e","10.0.0.5","note.created","note","n1","chem","",null,"{\\"a\\":1}","' + GENESIS + '"]'
    assert digest_row(values) == hashlib.sha256(text.encode()).hexdigest()


def test_a_row_tells_who_what_when_and_from_where(ledger: Ledger) -> None:
    """All that is asked of an audit is in its columns, and the chain goes through them."""
    with ledger.change(ACTOR) as change:
        change.record("note.read", "note", "n1", before={"b": 1, "a": "望"}, after={}, enterprise="chem", site="north")
    *_, before, row = list_audit(ledger)
    assert (row.seq, row.actor, row.origin, row.action) == (3, "user:li", "10.0.0.5", "note.read")
    assert (row.kind, row.subject, row.enterprise, row.site) == ("note", "n1", "chem", "north")
    assert (row.before, row.after, row.previous) == ('{"a":"望","b":1}', "{}", before.digest)
    assert row.at_ns > before.at_ns
    assert ledger.head() == Head(3, row.digest)


def test_making_the_ledger_is_audited(ledger: Ledger) -> None:
    """The first rows tell who made it, and the first names no other."""
    rows = list_audit(ledger)
    assert [(row.action, row.subject) for row in rows] == [
        ("component.created", "ledger"), ("component.created", "notes"),
    ]  # fmt: skip
    assert rows[0].previous == GENESIS
    assert Actor(rows[0].actor, rows[0].origin) == local_actor()


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'x' WHERE seq = 1", "DELETE FROM audit WHERE seq = 2", "TRUNCATE audit"]
)
def test_rows_are_never_changed(ledger: Ledger, statement: str) -> None:
    """The database itself refuses."""
    if ledger._engine.dialect.name == "sqlite" and statement.startswith("TRUNCATE"):
        statement = "DELETE FROM audit"
    with pytest.raises((StoreError, sa.exc.IntegrityError), match="append-only"), ledger.transaction() as connection:
        connection.exec_driver_sql(statement)
    assert len(list_audit(ledger)) == 2


def test_a_guard_that_was_taken_away(ledger: Ledger) -> None:
    """Rows are as they were, but the verdict says that nothing keeps them so."""
    with ledger.transaction() as connection:
        drop_guards(connection)
    assert ledger.verify().findings == [Finding("unguarded", 0, 0)]
    with ledger.transaction() as connection:
        restore_guards(connection)
    assert ledger.verify().findings == []


@given(st.text(), st.dictionaries(st.text(max_size=5), st.text() | st.integers() | st.none(), max_size=3))
def test_any_text_is_a_state(text: str, state: dict[str, object]) -> None:
    """What is written is JSON that UTF-8 and both databases can hold, and reads as it was."""
    written = write_state({**state, "text": text})
    assert "\0" not in written
    assert json.loads(written.encode()) == {**state, "text": text}


def test_hostile_names_are_kept(ledger: Ledger) -> None:
    """NUL and lone surrogates are written as escapes, long names are cut, and the audit stays sound."""
    with ledger.change(Actor("user:\0", "\ud800")) as change:
        change.record("note.read", "note", "x" * 5000, after={"name": "\0\udfff"})
    row = list_audit(ledger)[-1]
    assert (row.actor, row.origin, len(row.subject)) == ("user:\\u0000", "\\ud800", NAME_CHARACTERS)
    assert json.loads(str(row.after)) == {"name": "\0\udfff"}
    assert ledger.verify().findings == []


def test_what_json_has_no_form_for() -> None:
    """Bytes are hexadecimal, times ISO 8601, other things text."""
    state = {"bytes": b"\xff", "time": datetime(2026, 11, 21, tzinfo=UTC), "path": Path("a")}
    assert json.loads(write_state(state)) == {"bytes": "ff", "time": "2026-11-21T00:00:00+00:00", "path": "a"}


def test_a_long_state_is_told_by_its_digest() -> None:
    """Its size and digest are kept in its place."""
    state = {"text": "x" * STATE_BYTES}
    whole = json.dumps(state, separators=(",", ":"))
    told = {"sha256": hashlib.sha256(whole.encode()).hexdigest(), "size_bytes": len(whole)}
    assert json.loads(write_state(state)) == told


def test_the_audit_goes_on_whatever_was_done_to_it(ledger: Ledger) -> None:
    """Rows put in from outside stop nobody from working; verify tells of them, and of them alone."""
    with ledger.transaction() as connection:
        row = dict(connection.execute(sa.select(AUDIT).where(AUDIT.c.seq == 2)).mappings().one())
        connection.execute(sa.insert(AUDIT).values({**row, "seq": 3}))
    add_notes(ledger, "a")
    assert [row.seq for row in list_audit(ledger)] == [1, 2, 3, 4]
    assert [(one.first, one.last) for one in ledger.verify().findings] == [(3, 3)]


def test_a_ledger_without_a_head(ledger: Ledger) -> None:
    """Nothing is changed when the chain cannot go on."""
    with ledger.transaction() as connection:
        connection.execute(sa.delete(HEAD))
    with pytest.raises(StoreError, match="head is gone"):
        add_notes(ledger, "a")
    with ledger.transaction() as connection:
        drop_guards(connection)
    assert len(list_audit(ledger)) == 2


def test_heads_are_read_as_they_are_written() -> None:
    """With number and digest, or the digest alone."""
    head = Head(12, "ab" * 32)
    assert parse_head(f" {head}\n") == head
    assert parse_head("AB" * 32) == Head(-1, "ab" * 32)
    for text in ("", "12", "12:abc", "x:" + "ab" * 32, "-1:" + "ab" * 32):
        with pytest.raises(UsageError, match="no head of an audit"):
            parse_head(text)


def test_the_account_at_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Account and machine; over SSH the address it came from; an account without a name by its number."""
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.9 50000 10.0.0.1 22")
    assert local_actor().origin.endswith(" from 10.0.0.9")
    monkeypatch.delenv("SSH_CONNECTION")
    assert "from" not in local_actor().origin
    monkeypatch.setattr("os.geteuid", lambda: 54321)
    assert local_actor().name == "os:54321"
