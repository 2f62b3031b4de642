"""Pages of the audit, the newest change first."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from correlation.cursor import read_cursor, write_cursor
from correlation.scoping import Enterprises, may_see
from wanglou.audit import AUDIT, AuditRow
from wanglou.audit_rows import Asked, conditions_of
from wanglou.errors import UsageError

MOST_ROWS = 1_000
MOST_COUNTED = 10_000
"""Rows that are counted; of more only that is told."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some changes, and where the list goes on."""

    rows: tuple[AuditRow, ...]
    next: str


def list_audit(
    connection: sa.Connection, asked: Asked, *, enterprises: Enterprises = None, limit: int = 50, cursor: str = ""
) -> AuditPage:
    """Give a page of changes; raises UsageError for a limit or a cursor that cannot be."""
    if not 0 < limit <= MOST_ROWS:
        raise UsageError(f"a page has 1 to {MOST_ROWS} changes")
    chosen = sa.select(AUDIT).where(*conditions_of(replace(asked, limit=0)), *may_see(AUDIT.c.enterprise, enterprises))
    if place := read_cursor(cursor, "audit", (int,)):
        chosen = chosen.where(AUDIT.c.seq < place[0])
    rows = [AuditRow(*row) for row in connection.execute(chosen.order_by(AUDIT.c.seq.desc()).limit(limit + 1))]
    follows = write_cursor("audit", rows[limit - 1].seq) if len(rows) > limit else ""
    return AuditPage(tuple(rows[:limit]), follows)


def count_audit(connection: sa.Connection, asked: Asked, *, enterprises: Enterprises = None) -> int:
    """Count the changes, up to MOST_COUNTED."""
    some = sa.select(AUDIT.c.seq).where(*conditions_of(asked), *may_see(AUDIT.c.enterprise, enterprises))
    return connection.scalar(sa.select(sa.func.count()).select_from(some.limit(MOST_COUNTED).subquery())) or 0


def list_choices(connection: sa.Connection, enterprises: Enterprises = None) -> dict[str, list[str]]:
    """List the actors, actions and kinds there are, for choosing among them."""
    found = {}
    for name in ("actor", "action", "kind"):
        column = AUDIT.c[name]
        chosen = sa.select(column).where(*may_see(AUDIT.c.enterprise, enterprises)).distinct().order_by(column)
        found[name] = list(connection.scalars(chosen.limit(MOST_ROWS)))
    return found


def find_change(connection: sa.Connection, seq: int, *, enterprises: Enterprises = None) -> AuditRow | None:
    """Find one change by its number; None where there is none, or it is of another enterprise."""
    chosen = sa.select(AUDIT).where(AUDIT.c.seq == seq, *may_see(AUDIT.c.enterprise, enterprises))
    row = connection.execute(chosen).first()
    return None if row is None else AuditRow(*row)
