"""Version 3: stage and proposed level to choose incidents by, and the class that people set."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "incidents_0003"
down_revision = "incidents_0002"


def upgrade() -> None:
    """Add the columns, and fill those that tell what the body tells."""
    op.add_column("incidents", sa.Column("stage", sa.String, nullable=False, server_default=""))
    op.add_column("incidents", sa.Column("level", sa.Integer, nullable=False, server_default="0"))
    for name in ("class_set", "subclass_set"):
        op.add_column("incidents", sa.Column(name, sa.String, nullable=False, server_default=""))
    table = sa.table("incidents", *(sa.column(name) for name in ("id", "body", "stage", "level")))
    connection = op.get_bind()
    for identity, body in connection.execute(sa.select(table.c.id, table.c.body)).all():
        told = json.loads(body)
        chosen = sa.update(table).where(table.c.id == identity)
        connection.execute(chosen.values(stage=told["stage"], level=told["level"]))
