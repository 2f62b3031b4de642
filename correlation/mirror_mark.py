"""How far the read copy on a cluster is behind the ledger, by the rows of the audit that it has not followed yet.

Every change of an alert's triage, of an incident or of assets is a row of the audit, written with the change itself;
so what is still to be sent survives an outage of the cluster, and the death of whoever made the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import sqlalchemy as sa

from correlation.mirror_tables import MARKS, OWED
from wanglou.audit import AUDIT
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

FOLLOWED = ("alert", "incident", "assets")
"""Kinds of subjects in the audit whose changes the copy follows."""
_FAULT = 500
"""Characters of a reason that are kept."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far one copy is."""

    seq: int | None = None
    """The last row of the audit that is in it; None where it was never brought up as a whole."""
    failures: int = 0
    """How often it could not be brought up since it last was."""
    fault: str = ""
    """Why not, the last time."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What the audit tells since a mark."""

    alerts: frozenset[str] = frozenset()
    incidents: frozenset[str] = frozenset()
    has_assets: bool = False
    """True where any asset changed."""
    rows: int = 0
    """How many changes these are."""


def read_mark(connection: sa.Connection, place: str) -> Mark:
    """Tell how far the copy at ``place`` is."""
    chosen = sa.select(MARKS.c.seq, MARKS.c.failures, MARKS.c.fault).where(MARKS.c.place == place)
    row = connection.execute(chosen).first()
    return Mark(*row) if row is not None else Mark()


def list_changed(connection: sa.Connection, after: int) -> Changed:
    """Tell what changed behind row ``after`` of the audit."""
    chosen = sa.select(AUDIT.c.kind, AUDIT.c.subject).where(AUDIT.c.seq > after, AUDIT.c.kind.in_(FOLLOWED))
    rows = connection.execute(chosen).all()
    alerts, incidents = (frozenset(row.subject for row in rows if row.kind == kind) for kind in FOLLOWED[:2])
    return Changed(alerts, incidents, any(row.kind == FOLLOWED[2] for row in rows), len(rows))


def count_behind(ledger: Ledger, place: str) -> tuple[Mark, int]:
    """Tell how far a copy is, and how many changes it has not followed."""
    with ledger.reading() as connection:
        mark = read_mark(connection, place)
        return mark, list_changed(connection, mark.seq or 0).rows


def owe(ledger: Ledger, place: str, captures: Iterable[str]) -> frozenset[str]:
    """Note that the alerts of captures have to be sent; gives all that are owed."""
    with ledger.reading() as connection:
        known = frozenset(connection.scalars(sa.select(OWED.c.capture).where(OWED.c.place == place)))
    if fresh := sorted({*captures} - known):
        with ledger.transaction() as connection:
            for capture in fresh:
                key = {"place": place, "capture": capture}
                if connection.execute(sa.select(OWED).filter_by(**key)).first() is None:
                    connection.execute(sa.insert(OWED).values(key))
    return known | {*fresh}


def settle(ledger: Ledger, place: str, seq: int, captures: Iterable[str] = ()) -> None:
    """Note that a copy has followed the audit up to row ``seq``, and the alerts of captures."""
    with ledger.transaction() as connection:
        _replace(connection, place, Mark(seq))
        for capture in captures:
            connection.execute(sa.delete(OWED).where(OWED.c.place == place, OWED.c.capture == capture))


@contextmanager
def counting(ledger: Ledger, place: str) -> Iterator[None]:
    """Count it where bringing a copy up fails, and why."""
    try:
        yield
    except StoreError as error:
        with suppress(StoreError), ledger.transaction() as connection:
            mark = read_mark(connection, place)
            _replace(connection, place, Mark(mark.seq, mark.failures + 1, str(error)[:_FAULT]))
        raise


def _replace(connection: sa.Connection, place: str, mark: Mark) -> None:
    connection.execute(sa.delete(MARKS).where(MARKS.c.place == place))
    values = {"seq": mark.seq, "failures": mark.failures, "fault": mark.fault}
    connection.execute(sa.insert(MARKS).values(place=place, **values))
