"""The ledger on a PostgreSQL server: what is set, and what is said when the server is no good."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.support.ledgers import ACTOR, NOTE, add_notes, list_notes, open_notes
from tests.support.postgresql import Server
from wanglou.errors import StoreError
from wanglou.ledger import Ledger
from wanglou.postgresql import PostgresqlServer

pytestmark = pytest.mark.needs_postgresql


def test_commits_are_on_disk(postgresql: Server) -> None:
    """A server that answers before a commit is on disk is told to wait, as long as this connection lasts."""
    place = postgresql.create_database()
    name = place.partition("/ledger_")[2].partition("?")[0]
    postgresql.run_sql(f"ALTER DATABASE ledger_{name} SET synchronous_commit = off")
    ledger = open_notes(place)
    for connecting in (ledger.reading(), ledger.transaction()):
        with connecting as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    ledger.close()


def test_readers_cannot_write(postgresql: Server) -> None:
    """A reading is read-only for the server too."""
    ledger = open_notes(postgresql.create_schema())
    with pytest.raises(StoreError, match="read-only"), ledger.reading() as connection:
        connection.execute(sa.delete(NOTE))
    ledger.close()


def test_schemas_are_ledgers_apart(postgresql: Server) -> None:
    """Two schemas of one database hold two ledgers, and a writer of one does not hold up the other."""
    first, second = (open_notes(postgresql.create_schema()) for _ in range(2))
    with first.change(ACTOR) as change:
        change.insert(NOTE, {"id": "a"})
        add_notes(second, "b")
    assert (list_notes(first), list_notes(second)) == ({"a"}, {"b"})
    first.close()
    second.close()


def test_an_encoding_that_holds_not_every_text(postgresql: Server) -> None:
    """Such a database is refused before anything is made in it."""
    place = postgresql.create_database("ENCODING 'SQL_ASCII' TEMPLATE template0")
    with pytest.raises(StoreError, match=r"encoded in SQL_ASCII \(create one with ENCODING 'UTF8'\)"):
        open_notes(place)
    with pytest.raises(StoreError, match="no ledger"):
        open_notes(place, create=False)


@pytest.mark.parametrize(
    ("name", "user", "words"),
    [("nowhere", "wanglou", "createdb"), ("postgres", "nobody", "user")],
)
def test_what_is_not_there(postgresql: Server, name: str, user: str, words: str) -> None:
    """A database or a user that lacks is told in one line, with what to do."""
    with pytest.raises(StoreError, match="does not exist") as caught:
        open_notes(postgresql.url(name, user))
    assert words in caught.value.do
    assert "\n" not in str(caught.value)


def test_no_server_there() -> None:
    """The message says that the server should run."""
    with pytest.raises(StoreError, match="the ledger failed") as caught:
        open_notes("postgresql://wanglou@127.0.0.1:1/park")
    assert "see that the server runs" in caught.value.do


def test_no_right_to_make_tables(postgresql: Server) -> None:
    """A user who may not create tables is told which right to ask for."""
    place = postgresql.create_database()
    name = place.partition("@/")[2].partition("?")[0]
    postgresql.run_sql("CREATE ROLE guest LOGIN")
    with pytest.raises(StoreError, match="permission denied for schema public") as caught:
        open_notes(postgresql.url(name, "guest"))
    assert "GRANT CREATE" in caught.value.do


def test_a_server_that_is_too_old(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before anything is made."""
    monkeypatch.setattr("wanglou.postgresql.OLDEST", (99,))
    with pytest.raises(StoreError, match="is too old"):
        open_notes(postgresql.create_schema())


def test_a_connection_that_was_ended(postgresql: Server) -> None:
    """What the server ended while nobody used it is opened anew."""
    ledger = open_notes(postgresql.create_schema())
    add_notes(ledger, "a")
    postgresql.run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wanglou'")
    add_notes(ledger, "b")
    assert list_notes(ledger) == {"a", "b"}
    assert ledger.verify().findings == []
    ledger.close()


def test_it_takes_nothing_of_this_disk(postgresql: Server) -> None:
    """Its size is not the lake's."""
    ledger = Ledger(postgresql.create_schema(), [], create=True)
    assert ledger.size_bytes() == 0
    assert isinstance(ledger._database, PostgresqlServer)
    ledger.close()


def test_a_writer_that_takes_too_long(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another gives up in time and says why."""
    monkeypatch.setattr("wanglou.postgresql.WAIT_S", 0.1)
    place = postgresql.create_schema()
    first, second = open_notes(place), open_notes(place)
    with first.transaction(), pytest.raises(StoreError, match="lock timeout") as caught:
        add_notes(second, "a")
    assert "another process is writing" in caught.value.do
    add_notes(second, "a")
    first.close()
    second.close()
