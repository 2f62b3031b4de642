"""Version 1: states of alerts, and suppressions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "triage_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert_states",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("enterprise", sa.String, nullable=False),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("assignee", sa.String, nullable=False),
        sa.Column("comment", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_alert_states_enterprise", "alert_states", ["enterprise"])
    op.create_table(
        "suppressions",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("enterprise", sa.String, nullable=False),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("destination", sa.String, nullable=False),
        sa.Column("from_ns", sa.BigInteger, nullable=False),
        sa.Column("until_ns", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
