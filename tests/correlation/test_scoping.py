"""Conditions of whose things may be seen, and of words and places in lists."""

from __future__ import annotations

import sqlalchemy as sa

from correlation.scoping import goes_on, holds_text, may_see

TABLE = sa.Table("t", sa.MetaData(), sa.Column("id", sa.String), sa.Column("enterprise", sa.String),
                 sa.Column("words", sa.String))  # fmt: skip


def choose(*conditions: sa.ColumnElement[bool]) -> list[str]:
    """Give the ids of the rows that fit."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        TABLE.metadata.create_all(connection)
        rows = [("1", "a", "plc 10.0.0.1"), ("2", "b", "plc 50% full"), ("3", "b", "hmi")]
        connection.execute(sa.insert(TABLE), [dict(zip(TABLE.c.keys(), row, strict=True)) for row in rows])
        found = list(connection.scalars(sa.select(TABLE.c.id).where(*conditions).order_by(TABLE.c.id)))
    engine.dispose()
    return found


def test_conditions() -> None:
    """None sees everything, the empty set nothing; every word must be there as it is; places are left behind."""
    assert choose(*may_see(TABLE.c.enterprise, None)) == ["1", "2", "3"]
    assert choose(*may_see(TABLE.c.enterprise, frozenset())) == []
    assert choose(*may_see(TABLE.c.enterprise, frozenset({"b"}))) == ["2", "3"]
    assert choose(*holds_text(TABLE.c.words, "PLC 0%")) == ["2"]
    assert choose(*holds_text(TABLE.c.words, " ")) == ["1", "2", "3"]
    assert choose(goes_on(TABLE.c.enterprise, TABLE.c.id, ("b", "2"), falling=False)) == ["3"]
    assert choose(goes_on(TABLE.c.enterprise, TABLE.c.id, ("b", "2"), falling=True)) == ["1", "3"]
