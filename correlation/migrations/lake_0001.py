"""Version 1: the manifest of segments, and the captures they came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "lake_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "layouts",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("columns", sa.String, nullable=False),
    )
    op.create_table("discards", sa.Column("path", sa.String, primary_key=True))
    op.create_table(
        "captures",
        sa.Column("identity", sa.String, primary_key=True),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("enterprise", sa.String, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        *(
            sa.Column(name, sa.String, nullable=False)
            for name in ("parser_digest", "cut", "state", "counters", "detection_digest")
        ),
    )
    op.create_table(
        "segments",
        sa.Column("path", sa.String, primary_key=True),
        sa.Column("capture", sa.String, sa.ForeignKey("captures.identity"), nullable=False),
        sa.Column("dataset", sa.String, nullable=False),
        sa.Column("day", sa.String, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("min_ns", sa.BigInteger, nullable=False),
        sa.Column("max_ns", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("layout", sa.String, sa.ForeignKey("layouts.id"), nullable=False),
    )
    op.create_index("ix_segments_capture", "segments", ["capture"])
    op.create_index("segments_by_day", "segments", ["dataset", "day"])
