"""What the ledger keeps of the views that people saved."""

from __future__ import annotations

import sqlalchemy as sa

from wanglou.component import Component

VIEWS = Component("views", 1, "console.migrations")
"""Tables of saved views."""

VIEW = sa.Table(
    "saved_views",
    VIEWS.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("owner", sa.String, nullable=False, index=True),
    sa.Column("page", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("is_shared", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    info={"kind": "view"},
)
"""One row per view: the parameters of a page's address under a name."""
