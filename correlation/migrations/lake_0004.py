"""Version 4: a count of the changes of the manifest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "lake_0004"
down_revision = "lake_0003"


def upgrade() -> None:
    """Make the table; the first change fills it."""
    op.create_table(
        "lake_generation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
