"""Version 1: incidents, their alerts, and what people decided about the grouping."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "incidents_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "incidents",
        sa.Column("id", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("enterprise", "site", "scope", "status", "verdict")),
        sa.Column("assignee", sa.String, nullable=False),
        sa.Column("comment", sa.String, nullable=False),
        sa.Column("level_set", sa.Integer, nullable=False),
        sa.Column("is_touched", sa.Boolean, nullable=False),
        sa.Column("judged", sa.String, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("first_ns", sa.BigInteger, nullable=False),
        sa.Column("last_ns", sa.BigInteger, nullable=False),
        sa.Column("alerts", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_incidents_enterprise", "incidents", ["enterprise"])
    op.create_index("ix_incidents_scope", "incidents", ["scope"])
    op.create_table(
        "incident_alerts",
        sa.Column("alert", sa.String, primary_key=True),
        sa.Column("incident", sa.String, sa.ForeignKey("incidents.id"), nullable=False),
    )
    op.create_index("ix_incident_alerts_incident", "incident_alerts", ["incident"])
    op.create_table(
        "incident_decisions",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("enterprise", "site", "scope")),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("ix_incident_decisions_scope", "incident_decisions", ["scope"])
    op.create_table(
        "incident_scopes",
        sa.Column("scope", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
    )
