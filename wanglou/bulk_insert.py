"""Inserting many rows at once: as the tuples they are, which is several times as fast as through SQLAlchemy's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler


def insert_rows(
    connection: sa.Connection,
    statement: sa.Insert | sa.TextClause,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert rows of texts and whole numbers, or None, whose values are of ``columns`` in this order."""
    if not rows:
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    assert isinstance(compiled, SQLCompiler)
    if compiled.positional and compiled.positiontup == list(columns):
        connection.exec_driver_sql(compiled.string, list(rows))
    else:
        connection.execute(statement, [dict(zip(columns, row, strict=True)) for row in rows])
