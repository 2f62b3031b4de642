"""Version 3: by how much the times of a capture's records were moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "lake_0003"
down_revision = "lake_0002"


def upgrade() -> None:
    """Add the column; no capture of an earlier version was moved."""
    op.add_column("captures", sa.Column("shift_ns", sa.BigInteger, nullable=False, server_default="0"))
