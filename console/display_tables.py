"""What the ledger keeps of displays: screens that an API token let show the wall view."""

from __future__ import annotations

import sqlalchemy as sa

from wanglou.component import Component

DISPLAYS = Component("displays", 1, "console.migrations")
"""Tables of displays."""

DISPLAY = sa.Table(
    "displays",
    DISPLAYS.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True, info={"secret": True}),
    sa.Column("token", sa.String, nullable=False, index=True),
    sa.Column("began_ns", sa.BigInteger, nullable=False),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("agent", sa.String, nullable=False),
    info={"kind": "display"},
)
"""Displays by the digest of their cookie, with the id of the token that let them in."""
