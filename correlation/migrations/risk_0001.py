"""Version 1: the days that were assessed, their figures, and the weights in use."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "risk_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "risk_days",
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("as_of_ns", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("weights", "material", "digest")),
    )
    op.create_table(
        "risk_figures",
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String, primary_key=True) for name in ("kind", "enterprise", "subject")),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("score", "threat", "exposure", "handling", "vulnerability")
        ),
        sa.Column("facts", sa.String, nullable=False),
        sa.Column("parts", sa.String),
    )
    op.create_index("risk_figures_by_subject", "risk_figures", ["site", "kind", "enterprise", "subject", "day"])
    op.create_table(
        "risk_weights",
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
    )
