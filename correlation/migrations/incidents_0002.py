"""Version 2: which captures are grouped together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "incidents_0002"
down_revision = "incidents_0001"


def upgrade() -> None:
    """Make the table of captures; it is filled by the next update."""
    op.create_table(
        "incident_captures",
        sa.Column("capture", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("site", "series", "digest", "scope")),
        sa.Column("alerts_first_ns", sa.BigInteger),
        sa.Column("alerts_last_ns", sa.BigInteger),
    )
