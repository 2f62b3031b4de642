"""The ledger in a PostgreSQL database, for several consoles at once; psycopg speaks to it.

Writers take one advisory lock for the length of their transaction: as in SQLite there is one at a time, so code that
reads before it writes is right on both, and the audit's chain has one end.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from wanglou.database import WAIT_S, Mode
from wanglou.errors import StoreError

_LOCK = 0x77616E676C6F75
"""Advisory lock of writers: the letters ``wanglou``. Ledgers of several schemas of one database lock apart."""
OLDEST = (13,)
"""Oldest server we know to work."""


class PostgresqlServer:
    """One database of a server."""

    def __init__(self, url: sa.URL) -> None:
        """Take the URL; what follows ``?`` goes to libpq (``sslmode``, ``sslrootcert``, ``passfile``, ``options``)."""
        self.anchor: Path | None = None
        self.where = url.render_as_string(hide_password=True)
        try:
            self.engine = sa.create_engine(
                url.set(drivername="postgresql+psycopg"),
                pool_pre_ping=True,
                connect_args={"connect_timeout": 10, "application_name": "wanglou", "client_encoding": "utf8"},
            )
        except ImportError as error:
            raise StoreError(
                "the client of PostgreSQL is not installed", where=self.where, do="pip install 'wanglou[postgresql]'"
            ) from error
        sa.event.listen(self.engine, "connect", _prepare)

    def begin(self, connection: sa.Connection, mode: Mode) -> None:
        """Begin; the driver has sent BEGIN before the first statement."""
        if mode in ("read", "verify"):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        else:
            key = f"hashtextextended(coalesce(current_schema(), ''), {_LOCK})"
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({key})")

    def check(self, connection: sa.Connection) -> None:
        """See that the server can hold any text; it has checked foreign keys itself."""
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            raise StoreError(
                f"the database is encoded in {encoding}", where=self.where, do="create one with ENCODING 'UTF8'"
            )
        found = connection.dialect.server_version_info or ()
        if found < OLDEST:
            raise StoreError(
                f"PostgreSQL {'.'.join(map(str, found))} is too old", where=self.where, do="use 13 or newer"
            )

    def size_bytes(self) -> int:
        """Give 0: the server's disk is not the lake's."""
        return 0

    def advise(self, error: DBAPIError) -> str:
        """Find what to do by SQLSTATE (PostgreSQL 15, Appendix A), or by libpq's words where there is none yet."""
        state = getattr(error.orig, "sqlstate", None) or ""
        text = str(error.orig).lower()
        by_state = next((do for begin, do in _BY_STATE.items() if state.startswith(begin)), "") if state else ""
        return by_state or next((do for words, do in _BY_WORDS.items() if words in text), "look at the server's log")


def _prepare(connection: Any, record: object) -> None:
    """Set a new connection: a server told to answer before a commit is on disk is not believed."""
    del record
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{WAIT_S}s'")
        if cursor.execute("SHOW synchronous_commit").fetchone()[0] == "off":
            cursor.execute("SET synchronous_commit = on")
    connection.commit()


_BY_STATE = {
    "28": "check the user's name and password, and the server's pg_hba.conf",
    "3D000": "create the database (createdb), or correct its name",
    "42501": "give this user CREATE on the schema: GRANT CREATE, USAGE ON SCHEMA",
    "42P01": "a table is missing that the ledger's versions name; restore the database",
    "53100": "free some disk space on the server",
    "53300": "raise the server's max_connections, or stop what holds them",
    "55P03": "another process is writing; try again when it is done",
    "57P": "the server was stopped; try again when it runs",
    "25006": "the server is a read-only standby; name the primary",
}
_BY_WORDS = {
    "connection refused": "see that the server runs and listens there",
    "no such file": "see that the server runs and has its socket there",
    "could not translate host name": "correct the host's name",
    "failed to resolve": "correct the host's name",
    "password": "check the user's name and password, and the server's pg_hba.conf",
    "does not exist": "create the database (createdb) or the user, or correct the name",
    "certificate": "give the right CA: sslmode=verify-full and sslrootcert=FILE",
    "timeout": "see that the server can be reached",
    "closed the connection": "the server went away; try again when it runs",
}
