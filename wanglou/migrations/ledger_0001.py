"""Version 1: which version of its tables each component has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "versions",
        sa.Column("component", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
    )
