"""Version 1: decisions about rules, and exemptions from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tuning_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "rule_tunings",
        sa.Column("rule", sa.String, primary_key=True),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("severity", sa.Integer),
        sa.Column("count", sa.Integer),
        sa.Column("timespan_ns", sa.BigInteger),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "rule_exemptions",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("enterprise", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("destination", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
