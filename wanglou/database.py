"""The two databases a ledger may live in, behind what it needs of them: locks, advice, and how large it is."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from wanglou.errors import UsageError

Mode = Literal["read", "verify", "write", "migrate"]
"""What a transaction is for; ``verify`` reads whatever bytes are there."""

WAIT_S = 30
"""How long a writer waits for another before it gives up: longer than any transaction of ours."""


class Database(Protocol):
    """One database, and how its transactions are begun."""

    engine: sa.Engine
    where: str
    """Names it in messages, without a password."""
    anchor: Path | None
    """Where its audit's anchor lies if nothing else is said."""

    def begin(self, connection: sa.Connection, mode: Mode) -> None:
        """Begin a transaction: those that read see one moment, those that write wait until no other one does."""

    def check(self, connection: sa.Connection) -> None:
        """See that a migration left the tables in order; raises StoreError."""

    def size_bytes(self) -> int:
        """Measure what it takes on its disk."""

    def advise(self, error: DBAPIError) -> str:
        """Tell what to do about an error."""


def choose_database(location: Path | str, *, create: bool) -> Database:
    """Take a path, or a URL ``sqlite:///PATH`` or ``postgresql://USER@HOST/NAME``; nothing is opened yet.

    With ``create`` a missing SQLite file is made. Raises UsageError for any other URL, StoreError where the client of
    PostgreSQL is not installed.
    """
    url = parse_location(location)
    if isinstance(url, Path):
        from wanglou.sqlite import SqliteFile

        return SqliteFile(url, create=create)
    from wanglou.postgresql import PostgresqlServer

    return PostgresqlServer(url)


def parse_location(location: Path | str) -> Path | sa.URL:
    """Read where a ledger lies: the path of a SQLite file, or the URL of a server; raises UsageError for any other."""
    if isinstance(location, Path):
        return location
    try:
        url = sa.make_url(location)
    except ArgumentError:
        url = None
    if url is not None and url.drivername == "sqlite" and url.database:
        return Path(url.database)
    if url is not None and url.get_backend_name() == "postgresql" and url.database:
        return url
    shown = url.render_as_string() if url is not None else location
    raise UsageError(
        f"{shown!r} is no ledger", do="give a file, sqlite:///FILE or postgresql://USER@HOST:PORT/DATABASE"
    )
