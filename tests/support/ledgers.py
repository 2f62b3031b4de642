"""A component as a stage would have one, changes of it, and a program that makes them.

    python -m tests.support.ledgers LOCATION NAME CHANGES SIZE

makes CHANGES changes of SIZE rows each and prints, after each one, how many rows are safe.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from tests.support.requirements import ROOT
from wanglou.audit import AUDIT, GUARDS, Actor, AuditRow
from wanglou.component import Component
from wanglou.ledger import Ledger

NOTES = Component("notes", 1, "")
NOTE = sa.Table(
    "notes",
    NOTES.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("enterprise", sa.String, nullable=False, default=""),
    sa.Column("text", sa.String),
    sa.Column("token", sa.String, info={"secret": True}),
    sa.Column("of", sa.ForeignKey("notes.id")),
    info={"kind": "note"},
)
ACTOR = Actor("user:li", "10.0.0.5")


def open_notes(place: Path | str, *, create: bool = True) -> Ledger:
    """Open a ledger of notes whose clock gives 1, 2, 3 ..."""
    return Ledger(place, [NOTES], create=create, clock=iter(range(1, 1 << 30)).__next__)


def add_notes(ledger: Ledger, names: Iterator[str] | list[str] | str) -> None:
    """Add a note of each name, all in one change."""
    with ledger.change(ACTOR) as change:
        for name in names:
            change.insert(NOTE, {"id": name, "text": f"text of {name}"})


def list_notes(ledger: Ledger) -> set[str]:
    """Ids of the notes."""
    with ledger.reading() as connection:
        return set(connection.scalars(sa.select(NOTE.c.id)))


def list_audit(ledger: Ledger) -> list[AuditRow]:
    """Rows of the audit in order."""
    with ledger.reading() as connection:
        return [AuditRow(*row) for row in connection.execute(sa.select(AUDIT).order_by(AUDIT.c.seq))]


@contextmanager
def tampering(ledger: Ledger) -> Iterator[sa.Connection]:
    """Give a transaction, not kept, in which the audit can be changed as by somebody who may do anything."""
    connecting = ledger._engine.connect().execution_options(ledger_mode="write")
    with connecting as connection, connection.begin() as transaction:
        drop_guards(connection)
        yield connection
        transaction.rollback()


def drop_guards(connection: sa.Connection) -> None:
    """Take away what refuses changes of the audit."""
    if connection.dialect.name == "sqlite":
        for name in ("audit_no_update", "audit_no_delete"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        connection.exec_driver_sql("DROP TRIGGER audit_guard ON audit")


def restore_guards(connection: sa.Connection) -> None:
    """Put it back, as somebody would who does not want to be found."""
    connection.exec_driver_sql(GUARDS[connection.dialect.name][-1])
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(GUARDS["sqlite"][0])


def start_adding(place: Path | str, name: str, changes: int, size: int) -> subprocess.Popen[str]:
    """Run this module as a program."""
    command = [sys.executable, "-m", "tests.support.ledgers", str(place), name, str(changes), str(size)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _main(location: str, name: str, changes: int, size: int) -> None:
    ledger = Ledger(location if "://" in location else Path(location), [NOTES], create=True)
    for number in range(changes):
        add_notes(ledger, [f"{name}-{number * size + place}" for place in range(size)])
        print((number + 1) * size, flush=True)  # noqa: T201 - a program


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
