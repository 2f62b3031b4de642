"""Which database a path or a URL means."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanglou.database import choose_database
from wanglou.errors import StoreError, UsageError
from wanglou.sqlite import SqliteFile


@pytest.mark.parametrize("location", [Path("a/b.db"), "sqlite:///a/b.db"])
def test_a_file(location: Path | str) -> None:
    """A path, or its URL, is a SQLite file with its anchor beside it; nothing is opened."""
    database = choose_database(location, create=False)
    assert isinstance(database, SqliteFile)
    assert (database.path, database.where) == (Path("a/b.db"), "a/b.db")
    assert database.anchor == Path("a/b.db-anchor")


def test_a_server() -> None:
    """A URL of PostgreSQL means psycopg, whatever driver it names; its password is not shown, and it has no anchor."""
    pytest.importorskip("psycopg")
    for scheme in ("postgresql", "postgresql+psycopg2"):
        database = choose_database(f"{scheme}://li:secret@db/park?sslmode=verify-full", create=True)
        assert database.engine.url.drivername == "postgresql+psycopg"
        assert database.where == f"{scheme}://li:***@db/park?sslmode=verify-full"
        assert database.anchor is None


@pytest.mark.parametrize(
    "location", ["ledger.db", "", "mysql://li:secret@db/park", "sqlite://", "postgresql://db", "https://db/park"]
)
def test_anything_else(location: str) -> None:
    """It is wrong use, told without a password."""
    with pytest.raises(UsageError, match="is no ledger") as caught:
        choose_database(location, create=True)
    assert "secret" not in str(caught.value)


def test_the_client_of_postgresql_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'wanglou\[postgresql\]'"):
        choose_database("postgresql://db/park", create=True)
