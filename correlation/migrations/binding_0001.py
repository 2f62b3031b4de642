"""Version 1: the store that a ledger belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "binding_0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "bound_store",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("store", sa.String, nullable=False),
        sa.Column("place", sa.String, nullable=False),
    )
