"""What a stage keeps in the ledger: its tables, their version, and the steps that led there.

Each stage owns its tables. It declares them on the ``metadata`` of a component of its own and writes one Alembic
revision per version, named ``<component>_<version>.py`` and so identified, in a package of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Component:
    """Tables that are made and migrated together, and belong to one stage."""

    name: str
    """Lower-case letters and underscores; names no table."""
    version: int
    """Newest version of the tables, from 1: what ``metadata`` declares, and the newest revision."""
    migrations: str
    """Package that holds the revisions, such as ``correlation.migrations``."""
    metadata: sa.MetaData = field(default_factory=sa.MetaData)
    """Where the tables are declared. Foreign keys stay within a component, as others migrate apart."""

    def revision(self, version: int) -> str:
        """Name the revision that makes ``version``."""
        return f"{self.name}_{version:04d}"


LEDGER = Component("ledger", 2, "wanglou.migrations")
"""The ledger's own tables: versions, and the audit."""

VERSIONS = sa.Table(
    "versions",
    LEDGER.metadata,
    sa.Column("component", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)
"""Which version of its tables each component has here."""
