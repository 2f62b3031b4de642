"""The ledger: what must never be lost and changes state, in one SQL database.

SQLite in WAL mode with ``synchronous=FULL``: a transaction that returned survives a power cut, readers never wait for
the writer, and a second writer waits its turn. Each stage declares its tables on ``METADATA`` in its own module; the
ledger creates those that are imported when it is opened for writing. SQL outside the stages' own modules is none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from wanglou.errors import StoreError

METADATA = sa.MetaData()
"""Where every stage declares its tables."""

VERSIONS = sa.Table(
    "versions",
    METADATA,
    sa.Column("component", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)
"""Which version of its tables each component wrote."""

VERSION = 1
"""Version of the ledger itself."""

BUSY_MS = 30_000
"""How long a writer waits for another before it gives up: longer than any transaction of ours."""


class Ledger:
    """One SQLite database, opened by any number of processes at once."""

    def __init__(self, path: Path, versions: Mapping[str, int], *, create: bool = False) -> None:
        """Open ``path``; with ``create`` make what is missing.

        ``versions`` gives the newest version this program understands of each component that keeps tables here.
        Raises StoreError when the file is missing, damaged, not permitted, or written by a newer program.
        """
        self.path = path
        self._versions = {"ledger": VERSION, **versions}
        mode = "rwc" if create else "rw"
        self._engine = sa.create_engine("sqlite://", creator=lambda: _connect(path, mode), poolclass=sa.QueuePool)
        sa.event.listen(self._engine, "begin", _begin)
        try:
            self._open(create=create)
        except StoreError:
            self.close()
            raise

    def _open(self, *, create: bool) -> None:
        if create:
            self._create()
        with self.reading() as connection:
            found = {row.component: row.version for row in connection.execute(sa.select(VERSIONS))}
        for component, supported in self._versions.items():
            if found.get(component, 0) > supported:
                raise StoreError(
                    f"the {component} was written in version {found[component]}, this program knows {supported}",
                    where=str(self.path),
                    do="use the newer Wanglou that wrote it, or another folder",
                )

    def _create(self) -> None:
        with self._connect("IMMEDIATE") as connection:
            METADATA.create_all(connection)
            known = set(connection.scalars(sa.select(VERSIONS.c.component)))
            rows = [{"component": name, "version": n} for name, n in self._versions.items() if name not in known]
            if rows:
                connection.execute(sa.insert(VERSIONS), rows)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Change the ledger: all or nothing, on disk when it returns; one writer at a time, others wait."""
        with self._connect("IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Read the ledger as it is at the first statement, whatever is written meanwhile."""
        with self._connect("DEFERRED") as connection:
            yield connection

    @contextmanager
    def _connect(self, mode: str) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect().execution_options(ledger_mode=mode) as connection, connection.begin():
                yield connection
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise StoreError(f"the ledger failed: {error.orig}", where=str(self.path), do=_advice(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the file; mode ``rw`` finds a missing one to be an error, ``rwc`` makes it.

    Transactions are begun by ``_begin`` and not by the driver; the pool hands a connection to one thread at a time.
    """
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=BUSY_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {setting}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options()['ledger_mode']}")


_ADVICE = {
    "locked": "another process is writing; try again when it is done",
    "full": "free some disk space, or give --max-disk",
    "readonly": "give this user write permission, or use another folder",
    "unable to open": "check that the folder exists and that this user may write there",
    "not a database": "the file is damaged or no ledger; use another folder or restore it",
    "malformed": "the file is damaged; restore it, or delete the folder and replay the captures",
    "no such table": "the file is no ledger of Wanglou; use another folder",
    "disk i/o": "check the disk and the kernel's log",
}


def _advice(error: DBAPIError) -> str:
    """Find what to do by the words of SQLite's message."""
    text = str(error.orig).lower()
    return next((do for words, do in _ADVICE.items() if words in text), "check the folder and its permissions")
