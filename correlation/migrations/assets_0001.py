"""Version 1: what captures claim of devices, what people decided, and the assets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "assets_0001"
down_revision = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "assets",
        sa.Column("id", sa.String, primary_key=True),
        *(_text(name) for name in ("enterprise", "site", "type", "zone")),
        sa.Column("level", sa.Float),
        sa.Column("criticality", sa.Integer, nullable=False),
        *(_text(name) for name in ("state", "scope")),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("first_ns", sa.BigInteger, nullable=False),
        sa.Column("last_ns", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("assets_by_enterprise", "assets", ["enterprise", "site"])
    op.create_table(
        "asset_sources",
        sa.Column("capture", sa.String, primary_key=True),
        *(_text(name) for name in ("enterprise", "site", "state")),
        sa.Column("dropped", sa.Integer, nullable=False),
        sa.Column("claims", sa.Text, nullable=False),
    )
    op.create_table(
        "asset_decisions",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("enterprise", "key", "name")),
        _text("site"),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "asset_settings",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
