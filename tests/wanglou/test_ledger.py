"""The ledger: transactions, versions, and what is said when its file is no good."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from wanglou.component import VERSIONS, Component
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

COMPONENT = Component("notes", 1, "")

NOTES = sa.Table(
    "test_notes",
    COMPONENT.metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("of", sa.ForeignKey("test_notes.name")),
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A new ledger with one component of version 1."""
    return Ledger(tmp_path / "ledger.db", [COMPONENT], create=True)


def names(ledger: Ledger) -> set[str]:
    """Names of the notes."""
    with ledger.reading() as connection:
        return set(connection.scalars(sa.select(NOTES.c.name)))


def test_a_transaction_is_kept(ledger: Ledger, tmp_path: Path) -> None:
    """What a transaction wrote is read by a ledger that is opened anew."""
    with ledger.transaction() as connection:
        connection.execute(sa.insert(NOTES).values(name="a"))
    ledger.close()
    assert names(Ledger(tmp_path / "ledger.db", [COMPONENT])) == {"a"}


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger) -> None:
    """An exception inside takes everything back."""

    def write_twice() -> None:
        with ledger.transaction() as connection:
            for _ in range(2):
                connection.execute(sa.insert(NOTES).values(name="a"))

    with pytest.raises(sa.exc.IntegrityError):
        write_twice()
    assert names(ledger) == set()


def test_the_durability_that_is_promised_is_set(ledger: Ledger) -> None:
    """WAL, synchronous=FULL (2) and foreign keys hold on every connection."""
    with ledger.reading() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert settings == ["wal", 2, 1]


def test_foreign_keys_hold(ledger: Ledger) -> None:
    """A row cannot point at one that does not exist, and the error keeps its kind."""
    with pytest.raises(sa.exc.IntegrityError), ledger.transaction() as connection:
        connection.execute(sa.insert(NOTES).values(name="a", of="missing"))


def test_a_reader_sees_one_moment(ledger: Ledger) -> None:
    """What is written during a reading is not seen by it, and the reading does not hold the writer up."""
    with ledger.reading() as reading:
        assert reading.scalars(sa.select(NOTES.c.name)).all() == []
        with ledger.transaction() as connection:
            connection.execute(sa.insert(NOTES).values(name="a"))
        assert reading.scalars(sa.select(NOTES.c.name)).all() == []
    assert names(ledger) == {"a"}


def test_writers_wait_for_one_another(ledger: Ledger) -> None:
    """Transactions of several threads that read before they write all come through."""

    def count_up() -> None:
        for _ in range(5):
            with ledger.transaction() as connection:
                count = connection.scalar(sa.select(sa.func.count()).select_from(NOTES))
                connection.execute(sa.insert(NOTES).values(name=str(count)))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(ledger) == {str(number) for number in range(20)}


def test_a_newer_version_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """A component written by a newer program is not touched, and the message says what to do."""
    with ledger.transaction() as connection:
        connection.execute(sa.update(VERSIONS).where(VERSIONS.c.component == "notes").values(version=2))
    ledger.close()
    for create in (False, True):
        with pytest.raises(StoreError, match=r"notes was written in version 2, this program knows 1 \(use the newer"):
            Ledger(tmp_path / "ledger.db", [COMPONENT], create=create)


def test_a_missing_file_is_not_made_by_reading(tmp_path: Path) -> None:
    """Only ``create`` makes a ledger."""
    with pytest.raises(StoreError, match="unable to open"):
        Ledger(tmp_path / "ledger.db", [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"), [(b"this is no database" * 100, "not a database"), (b"", "no such table")]
)
def test_a_file_that_is_no_ledger_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    """Another file in its place gets one clear message with the path."""
    path = tmp_path / "ledger.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=message) as caught:
        Ledger(path, [])
    assert str(path) in str(caught.value)
    assert "folder" in caught.value.do


def test_any_path_will_do(tmp_path: Path) -> None:
    """Characters with a meaning in URLs have none in the path."""
    folder = tmp_path / "a b?mode=ro#%41&é"
    folder.mkdir()
    Ledger(folder / "ledger.db", [], create=True).close()
    assert (folder / "ledger.db").is_file()


def test_sqlite_reads_it(ledger: Ledger, tmp_path: Path) -> None:
    """The file is plain SQLite, for tools and backups."""
    ledger.close()
    connection = sqlite3.connect(tmp_path / "ledger.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
