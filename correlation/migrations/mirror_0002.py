"""Version 2: how far each copy is, and what it still owes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "mirror_0002"
down_revision = "mirror_0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "mirror_marks",
        sa.Column("place", sa.String, primary_key=True),
        sa.Column("seq", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("fault", sa.String, nullable=False),
    )
    op.create_table(
        "mirror_owed",
        sa.Column("place", sa.String, primary_key=True),
        sa.Column("capture", sa.String, primary_key=True),
    )
