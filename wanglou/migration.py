"""Bringing a ledger's tables to the newest version: made as declared where they lack, else by Alembic's revisions.

New tables are made from their declaration, as the newest revision leaves them (a test compares the two), so Alembic is
loaded only for a ledger of an older version. All of it is one transaction of the only writer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import sqlalchemy as sa

from wanglou.audit import Entry
from wanglou.component import VERSIONS, Component
from wanglou.errors import StoreError


def read_versions(connection: sa.Connection) -> dict[str, int] | None:
    """Read which version of its tables each component has; None where there is no ledger."""
    if not sa.inspect(connection).has_table(VERSIONS.name):
        return None
    rows = connection.execute(sa.select(VERSIONS.c.component, VERSIONS.c.version))
    return {component: version for component, version in rows}  # noqa: C416 - rows are no pairs to dict's type


def find_outdated(versions: Mapping[str, int], components: Sequence[Component], where: str) -> list[Component]:
    """List components whose tables lack or are older; raises StoreError for one of a newer program."""
    for component in components:
        found = versions.get(component.name, 0)
        if found > component.version:
            raise StoreError(
                f"{component.name}: written in version {found}, this program knows {component.version}",
                where=where,
                do="use the newer Wanglou that wrote it, or another folder",
            )
    return [component for component in components if versions.get(component.name, 0) < component.version]


def bring_up(connection: sa.Connection, component: Component, found: int) -> Entry:
    """Bring one component's tables from version ``found`` (0: none) to its newest; gives what to audit."""
    if found:
        _run_revisions(connection, component, found)
        connection.execute(
            sa.update(VERSIONS).where(VERSIONS.c.component == component.name).values(version=component.version)
        )
    else:
        component.metadata.create_all(connection)
        connection.execute(sa.insert(VERSIONS).values(component=component.name, version=component.version))
    action = "component.migrated" if found else "component.created"
    before = {"version": found} if found else None
    return Entry(action, "component", component.name, before, {"version": component.version})


def _run_revisions(connection: sa.Connection, component: Component, found: int) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    folder = str(Path(str(import_module(component.migrations).__file__)).parent)
    scripts = ScriptDirectory(folder, version_locations=[folder])
    lower = component.revision(found) if found else "base"
    steps = list(scripts.iterate_revisions(component.revision(component.version), lower))
    context = MigrationContext.configure(connection)
    for step in reversed(steps):
        with Operations.context(context):
            step.module.upgrade()
