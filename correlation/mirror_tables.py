"""What the ledger keeps of the read copy on clusters: what was sent, how far the copy is, and what it still owes."""

from __future__ import annotations

import sqlalchemy as sa

from wanglou.component import Component

MIRROR = Component("mirror", 2, "correlation.migrations")
"""Tables of the mirror."""
MIRRORED = sa.Table(
    "mirrored",
    MIRROR.metadata,
    sa.Column("place", sa.String, primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("scope", sa.String, nullable=False, index=True),
    sa.Column("triage", sa.Integer, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
)
"""What each cluster was sent: the digest of every document; of alerts also their capture and version of triage."""
MARKS = sa.Table(
    "mirror_marks",
    MIRROR.metadata,
    sa.Column("place", sa.String, primary_key=True),
    sa.Column("seq", sa.BigInteger),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("fault", sa.String, nullable=False),
)
"""How far each copy is: the last row of the audit that is in it, and how often it could not be brought up since."""
OWED = sa.Table(
    "mirror_owed",
    MIRROR.metadata,
    sa.Column("place", sa.String, primary_key=True),
    sa.Column("capture", sa.String, primary_key=True),
)
"""Captures whose alerts may have changed and are not in the copy yet."""
