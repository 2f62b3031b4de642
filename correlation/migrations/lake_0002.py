"""Version 2: segments that lie together in packs, and rollups of files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "lake_0002"
down_revision = "lake_0001"


def upgrade() -> None:
    """Make the tables; files of earlier versions have no rollups and are read where one would answer."""
    op.create_table(
        "packed",
        sa.Column("segment", sa.String, sa.ForeignKey("segments.path"), primary_key=True),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("file_rows", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_packed_file", "packed", ["file"])
    op.create_table(
        "rollups",
        sa.Column("file", sa.String, primary_key=True),
        sa.Column("field", sa.String, primary_key=True),
        sa.Column("counts", sa.String, nullable=False),
    )
