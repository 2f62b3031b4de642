"""Version 1: displays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "displays_0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "displays",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("token", sa.String, nullable=False, index=True),
        sa.Column("began_ns", sa.BigInteger, nullable=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
    )
