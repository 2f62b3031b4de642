"""The anchor: a file that only goes forward."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.ledgers import ACTOR, NOTES, add_notes, drop_guards, list_audit, open_notes, restore_guards
from tests.support.postgresql import Server
from wanglou.anchor import Anchor
from wanglou.audit import AUDIT, HEAD, Head
from wanglou.chain import Finding
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

DIGEST = "ab" * 32


def test_a_head_is_read_as_it_was_noted(tmp_path: Path) -> None:
    """No file is None; then the last head, as a line that people can read."""
    anchor = Anchor(tmp_path / "anchor")
    assert anchor.read() is None
    for count in (9, 10, 100):
        anchor.note(Head(count, DIGEST))
        assert anchor.read() == Head(count, DIGEST)
    assert anchor.path.read_text().strip() == f"100:{DIGEST}"


def test_it_never_goes_back(tmp_path: Path) -> None:
    """A process that comes late does not overwrite a later head, whatever the order."""
    anchor = Anchor(tmp_path / "anchor")
    threads = [threading.Thread(target=anchor.note, args=[Head(count, DIGEST)]) for count in range(1, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert anchor.read() == Head(59, DIGEST)


@pytest.mark.parametrize("content", [b"nonsense", b"\xff" * 128, b"12:abc"])
def test_what_is_no_anchor(tmp_path: Path, content: bytes) -> None:
    """It is told, and not overwritten."""
    anchor = Anchor(tmp_path / "anchor")
    anchor.path.write_bytes(content)
    with pytest.raises(StoreError, match="no anchor of an audit"):
        anchor.read()
    anchor.note(Head(1, DIGEST))
    assert anchor.path.read_bytes() == content


def test_an_anchor_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change is kept, and the message says so."""
    ledger = open_notes(tmp_path / "ledger.db")
    monkeypatch.setattr("os.pwrite", lambda *_: os.open(tmp_path / "none" / "file", os.O_RDONLY))
    with pytest.raises(StoreError, match="the change is kept, but not the audit's anchor"):
        add_notes(ledger, "a")
    assert ledger.head().count == 3
    ledger.close()


def test_a_ledger_put_back(tmp_path: Path) -> None:
    """A copy from before, in the place of the ledger, is right in itself; the anchor tells what is missing."""
    path = tmp_path / "ledger.db"
    ledger = open_notes(path)
    add_notes(ledger, "a")
    ledger.close()
    shutil.copy(path, tmp_path / "copy")
    ledger = open_notes(path)
    add_notes(ledger, "bc")
    ledger.close()
    shutil.copy(tmp_path / "copy", path)
    ledger = open_notes(path)
    assert ledger.verify().findings == [Finding("removed", 4, 5)]
    add_notes(ledger, "xyz")
    assert ledger.verify().findings == [Finding("anchor", 5, 5)]
    head = ledger.begin_anchor(ACTOR)
    assert ledger.verify().findings == []
    row = list_audit(ledger)[-1]
    assert (row.seq, row.action, row.actor) == (head.count, "audit.anchored", "user:li")
    assert str(row.before).startswith('{"head":"5:')
    ledger.close()


def test_an_anchor_that_is_gone(tmp_path: Path) -> None:
    """A SQLite ledger has one from the beginning, so that its absence is a finding."""
    ledger = open_notes(tmp_path / "ledger.db")
    assert ledger.verify().findings == []
    (tmp_path / "ledger.db-anchor").unlink()
    for name in "ab":
        assert ledger.verify().findings == [Finding("anchor_missing", 0, 0)]
        add_notes(ledger, name)
    ledger.begin_anchor(ACTOR)
    add_notes(ledger, "c")
    assert ledger.verify().findings == []
    ledger.close()


def test_an_anchor_that_was_spoilt(tmp_path: Path) -> None:
    """Work goes on, the file stays as it is until somebody begins it anew."""
    ledger = open_notes(tmp_path / "ledger.db")
    (tmp_path / "ledger.db-anchor").write_text("nonsense" * 100)
    add_notes(ledger, "a")
    with pytest.raises(StoreError, match="no anchor"):
        ledger.verify()
    ledger.begin_anchor(ACTOR)
    add_notes(ledger, "b")
    assert ledger.verify().findings == []
    ledger.close()


@pytest.mark.needs_postgresql
def test_a_ledger_that_has_none(postgresql: Server) -> None:
    """Where no file is named, none can be begun."""
    ledger = open_notes(postgresql.create_schema())
    with pytest.raises(StoreError, match="no file is named"):
        ledger.begin_anchor(ACTOR)
    ledger.close()


def test_an_anchor_elsewhere(place: Path | str, tmp_path: Path) -> None:
    """On either database it lies where it is said to, from the first change on."""
    kept = tmp_path / "kept"
    ledger = Ledger(place, [NOTES], create=True, anchor=kept)
    add_notes(ledger, "a")
    assert Anchor(kept).read() == ledger.head() == Head(3, ledger.head().digest)
    with ledger.transaction() as connection:
        drop_guards(connection)
        second = connection.scalar(sa.select(AUDIT.c.digest).where(AUDIT.c.seq == 2))
        connection.execute(sa.delete(AUDIT).where(AUDIT.c.seq == 3))
        connection.execute(sa.update(HEAD).values(count=2, digest=second))
        restore_guards(connection)
    assert ledger.verify().findings == [Finding("removed", 3, 3)]
    ledger.close()
