"""The rows of the audit as they are asked for: filtered, the newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from wanglou.audit import AUDIT, AuditRow

_MOST_BEGINNING = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows to list; empty means any."""

    actor: str = ""
    action: str = ""
    """The whole action, or with a trailing ``*`` its beginning."""
    kind: str = ""
    subject: str = ""
    """The id, or its beginning."""
    enterprise: str = ""
    start_ns: int | None = None
    """Only rows at or after it."""
    end_ns: int | None = None
    """Only rows before it."""
    limit: int = 0
    """At most so many; 0 gives all."""


def list_rows(connection: sa.Connection, asked: Asked) -> Iterator[AuditRow]:
    """List rows, the newest first."""
    chosen = sa.select(AUDIT).where(*conditions_of(asked)).order_by(AUDIT.c.seq.desc())
    if asked.limit:
        chosen = chosen.limit(asked.limit)
    for row in connection.execution_options(yield_per=1000).execute(chosen):
        yield AuditRow(*row)


def count_rows(connection: sa.Connection, asked: Asked) -> int:
    """Count the rows that ``asked`` fits, whatever its limit."""
    return connection.scalar(sa.select(sa.func.count()).select_from(AUDIT).where(*conditions_of(asked))) or 0


def conditions_of(asked: Asked) -> Iterator[sa.ColumnElement[bool]]:
    """Write for SQL which rows are asked for, whatever the limit."""
    for column, value in ((AUDIT.c.actor, asked.actor), (AUDIT.c.kind, asked.kind)):
        if value:
            yield column == value
    if asked.enterprise:
        yield AUDIT.c.enterprise == asked.enterprise
    if asked.action.endswith("*"):
        yield _begins(AUDIT.c.action, asked.action[:-1])
    elif asked.action:
        yield AUDIT.c.action == asked.action
    if asked.subject:
        yield _begins(AUDIT.c.subject, asked.subject)
    if asked.start_ns is not None:
        yield AUDIT.c.at_ns >= asked.start_ns
    if asked.end_ns is not None:
        yield AUDIT.c.at_ns < asked.end_ns


def _begins(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    """Ask for what begins with a text; nothing does with one that is longer than any, which SQLite would refuse."""
    return column.startswith(text, autoescape=True) if len(text) <= _MOST_BEGINNING else sa.false()
