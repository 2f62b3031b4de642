"""The ledger in a SQLite file: WAL mode with ``synchronous=FULL``.

A transaction that returned survives a power cut, readers never wait for the writer, and a second writer waits its turn
(``turn.py``). A transaction that reads may not write: SQLite refuses at once to make a writer of a reader when another
has written meanwhile, however long it is told to wait.

Where this user may not write, the file is opened for reading. SQLite then needs the files of the log beside it; where
neither is there, nobody has the ledger open and the file alone is whole, so it is read as one that does not change.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from wanglou.database import WAIT_S, Mode
from wanglou.errors import StoreError
from wanglou.turn import taking_turn

TURN = "-turn"
"""Behind the name of the file: the one that writers hold while they wait."""
_LITTLE = 1 << 20
"""Bytes free below which what fails is taken to fail for want of room: the log's index alone takes 32 KiB."""
_READER_KIB, _WRITER_KIB = 2_000, 32_768
"""KiB of pages that a connection keeps at most: SQLite's own default, and room for a large transaction, whose pages
would else go to the log and back while it is made."""


class SqliteFile:
    """One file, opened by any number of processes at once."""

    def __init__(self, path: Path, *, create: bool) -> None:
        """Take the file; nothing is opened yet."""
        self.path = path
        self.where = str(path)
        self.anchor: Path | None = path.with_name(path.name + "-anchor")
        mode = "rwc" if create else "rw"
        self.engine = sa.create_engine(
            "sqlite://",
            creator=lambda: _connect_read_only(path) if _is_read_only(path) else _connect(path, mode),
            poolclass=sa.QueuePool,
            max_overflow=-1,  # a reader never waits because others wait to write
        )

    def begin(self, connection: sa.Connection, mode: Mode) -> None:
        """Begin; a migration rebuilds tables, during which foreign keys are not looked at."""
        file = connection.connection.dbapi_connection
        assert isinstance(file, sqlite3.Connection)
        file.execute(f"PRAGMA foreign_keys={'OFF' if mode == 'migrate' else 'ON'}")
        file.execute(f"PRAGMA cache_size=-{_READER_KIB if mode in ('read', 'verify') else _WRITER_KIB}")
        file.text_factory = _read_any if mode == "verify" else str
        is_reading = mode in ("read", "verify")
        file.execute(f"PRAGMA query_only={'ON' if is_reading else 'OFF'}")
        if is_reading:
            connection.exec_driver_sql("BEGIN DEFERRED")
        else:
            self._begin_writing(connection)

    def _begin_writing(self, connection: sa.Connection) -> None:
        """Begin as the only writer, after those who came before; raises StoreError when they take too long."""
        if _is_read_only(self.path):  # nobody waits here: the first statement that writes is refused
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        turn = self.path.with_name(f"{self.path.name}{TURN}")
        try:
            with taking_turn(turn, WAIT_S):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        except TimeoutError:
            raise StoreError("the ledger failed: database is locked", where=self.where, do=_ADVICE["locked"]) from None
        except OSError as error:
            do = _ADVICE["full" if error.errno == errno.ENOSPC else "unable to open"]
            raise StoreError(f"the ledger failed: {error.strerror}", where=str(turn), do=do) from error

    def check(self, connection: sa.Connection) -> None:
        """See that every foreign key leads somewhere."""
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise StoreError("a migration would leave rows that point nowhere", where=self.where, do="report it")

    def size_bytes(self) -> int:
        """Add up the file and those beside it that bear its name."""
        return sum(path.stat().st_size for path in self.path.parent.glob(f"{self.path.name}*"))

    def advise(self, error: DBAPIError) -> str:
        """Find what to do by the words of SQLite's message, which does not always tell of a full disk."""
        if _is_full(self.path.parent):
            return "the disk is full: free some space, or give --max-disk"
        text = str(error.orig).lower()
        return next((do for words, do in _ADVICE.items() if words in text), "check the folder and its permissions")


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LITTLE
    except OSError:
        return False


def _is_read_only(path: Path) -> bool:
    """True where the file is there and this user may not write it, or make the log's files beside it."""
    effective = os.access in os.supports_effective_ids
    return path.exists() and not all(os.access(one, os.W_OK, effective_ids=effective) for one in (path, path.parent))


def _connect_read_only(path: Path) -> sqlite3.Connection:
    has_log = any(path.with_name(f"{path.name}-{end}").exists() for end in ("wal", "shm"))
    how = "mode=ro" if has_log else "immutable=1"
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{how}",
        uri=True,
        timeout=WAIT_S,
        isolation_level=None,
        check_same_thread=False,
    )


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the file; mode ``rw`` finds a missing one to be an error, ``rwc`` makes it.

    Transactions are begun by ``begin`` and not by the driver; the pool hands a connection to one thread at a time.
    """
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=WAIT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _read_any(text: bytes) -> str:
    """Read text that may be no UTF-8, so that a row with such a text can be verified too."""
    return text.decode("utf-8", "surrogateescape")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn the log on; of two processes that do so in a new file at once, SQLite lets one fail without waiting."""
    until = time.monotonic() + WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


_ADVICE = {
    "locked": "another process is writing; try again when it is done",
    "full": "free some disk space, or give --max-disk",
    "readonly": "give this user write permission, or use another folder",
    "unable to open": "check that the folder exists and that this user may write there",
    "not a database": "the file is damaged or no ledger; use another folder or restore it",
    "malformed": "the file is damaged; restore it, or delete the folder and replay the captures",
    "no such table": "the file is no ledger of Wanglou; use another folder",
    "append-only": "rows of the audit are never changed or deleted",
    "could not decode": "a row holds bytes that are no text; see `wanglou audit verify`, then restore a backup",
    "disk i/o": "check the disk and the kernel's log",
}
