"""The ledger's file: durable, found at any path, and what is said when it is no good."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ledgers import add_notes, list_notes, open_notes
from wanglou.errors import StoreError
from wanglou.ledger import Ledger


def test_the_durability_that_is_promised_is_set(tmp_path: Path) -> None:
    """WAL, synchronous=FULL (2) and foreign keys hold on every connection, after a migration too."""
    ledger = open_notes(tmp_path / "ledger.db")
    with ledger.reading() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert settings == ["wal", 2, 1]
    ledger.close()


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


def test_sqlite_reads_it(tmp_path: Path) -> None:
    """The file is plain SQLite, for tools and backups."""
    open_notes(tmp_path / "ledger.db").close()
    connection = sqlite3.connect(tmp_path / "ledger.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_its_size_is_that_of_its_files(tmp_path: Path) -> None:
    """File, log and anchor count; other files do not."""
    ledger = open_notes(tmp_path / "ledger.db")
    add_notes(ledger, "a")
    (tmp_path / "other.db").write_bytes(b"x" * 1000)
    files = [path for path in tmp_path.iterdir() if path.name != "other.db"]
    assert ledger.size_bytes() == sum(path.stat().st_size for path in files) > 4096
    ledger.close()


def test_a_file_that_may_only_be_read(tmp_path: Path) -> None:
    """Writing where that is not permitted fails with what to do."""
    ledger = open_notes(tmp_path / "ledger.db")

    def write() -> None:
        with ledger.transaction() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
            connection.exec_driver_sql("DELETE FROM notes")

    with pytest.raises(StoreError, match="readonly") as caught:
        write()
    assert "permission" in caught.value.do
    ledger.close()


def test_a_writer_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another gives up in time and says why."""
    monkeypatch.setattr("wanglou.sqlite.WAIT_S", 0.1)
    first, second = (open_notes(tmp_path / "ledger.db") for _ in range(2))
    with first.transaction(), pytest.raises(StoreError, match="locked") as caught:
        add_notes(second, "a")
    assert "another process is writing" in caught.value.do
    add_notes(second, "a")
    first.close()
    second.close()


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder with a ledger, for whoever may not write there; root becomes nobody for the test."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        add_notes(ledger := open_notes(folder / "ledger.db"), "ab")
        ledger.close()
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        yield folder
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_who_may_not_write_reads(locked_folder: Path) -> None:
    """Rows are read and the audit verified; a change is refused with advice."""
    there = sorted(locked_folder.iterdir())
    ledger = Ledger(locked_folder / "ledger.db", [])
    assert not ledger.verify().findings
    with pytest.raises(StoreError, match="readonly") as caught, ledger.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM versions")
    assert "write permission" in caught.value.do
    ledger.close()
    assert sorted(locked_folder.iterdir()) == there


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever SQLite says of it."""
    ledger = open_notes(tmp_path / "ledger.db")
    usage = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    with pytest.raises(StoreError, match="the disk is full"), ledger.transaction() as connection:
        connection.exec_driver_sql("no such thing")
    ledger.close()


def test_a_reader_writes_nothing(tmp_path: Path) -> None:
    """A transaction that reads is refused to write at once, before it could fail for another that wrote meanwhile."""
    ledger = open_notes(tmp_path / "ledger.db")
    with pytest.raises(StoreError, match="readonly"), ledger.reading() as connection:
        connection.exec_driver_sql("DELETE FROM notes")
    add_notes(ledger, "a")
    ledger.close()


def test_readers_wait_for_no_writer(tmp_path: Path) -> None:
    """However many wait to write, there is a connection to read with."""
    ledger = open_notes(tmp_path / "ledger.db")
    with ledger.transaction():
        waiting = [threading.Thread(target=add_notes, args=(ledger, [str(number)])) for number in range(20)]
        for thread in waiting:
            thread.start()
        assert list_notes(ledger) == set()
    for thread in waiting:
        thread.join()
    assert len(list_notes(ledger)) == 20
    ledger.close()
