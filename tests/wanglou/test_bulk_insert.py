"""Many rows at once."""

from __future__ import annotations

import sqlalchemy as sa

from wanglou.bulk_insert import insert_rows

TABLE = sa.Table(
    "things", sa.MetaData(), sa.Column("name", sa.String, primary_key=True), sa.Column("count", sa.Integer)
)


def test_rows_by_position_and_by_name() -> None:
    """A database that takes values by position gets them as they are, whatever order a statement names them in."""
    engine = sa.create_engine("sqlite://")
    turned = sa.text("INSERT INTO things (count, name) VALUES (:count, :name)")
    with engine.begin() as connection:
        TABLE.create(connection)
        insert_rows(connection, sa.insert(TABLE), ("name", "count"), [("a", 1), ("b", None)])
        insert_rows(connection, turned, ("name", "count"), [("c", 3)])
        insert_rows(connection, turned, ("name", "count"), [])
        assert connection.execute(sa.select(TABLE)).all() == [("a", 1), ("b", None), ("c", 3)]
    engine.dispose()
