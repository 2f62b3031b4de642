"""Version 4: an index of what lists and counts ask for, so that they read no bodies."""

from __future__ import annotations

from alembic import op

revision = "incidents_0004"
down_revision = "incidents_0003"


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_incidents_facts",
        "incidents",
        [
            "status", "severity", "first_ns", "last_ns", "enterprise", "site", "verdict", "assignee", "level_set",
            "level", "stage", "alerts", "id",
        ],
    )  # fmt: skip
