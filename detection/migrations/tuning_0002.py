"""Version 2: the bound that people set for a rule."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tuning_0002"
down_revision = "tuning_0001"


def upgrade() -> None:
    """Add the column; rules that were tuned before keep the bound of their files."""
    op.add_column("rule_tunings", sa.Column("bound", sa.BigInteger))
