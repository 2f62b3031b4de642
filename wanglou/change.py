"""A change of state with its audit, in one transaction: the one door through which stages change what they keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from wanglou.audit import Actor, Entry
from wanglou.errors import ConflictError, StoreError

SECRET = "(secret)"  # noqa: S105 - what is written in a secret's place
"""Stands in the audit for the value of a column whose ``info`` has ``secret``."""


class Change:
    """What one transaction changes, and why; made by ``Ledger.change``.

    ``insert``, ``update`` and ``delete`` change one row and note it; other statements go to ``connection``, with
    ``record`` to say what they did. Entries are chained when the block ends, right before the commit.
    """

    def __init__(self, connection: sa.Connection, actor: Actor) -> None:
        """Begin with no entries."""
        self.connection = connection
        self.actor = actor
        self.entries: list[Entry] = []

    def record(
        self,
        action: str,
        kind: str,
        subject: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        enterprise: str = "",
        site: str = "",
    ) -> None:
        """Note a change: ``action`` is ``<kind>.<participle>``, states hold what JSON can tell, and no secrets."""
        self.entries.append(Entry(action, kind, subject, before, after, enterprise, site))

    def insert(self, table: sa.Table, values: Mapping[str, Any], *, action: str = "created") -> None:
        """Add a row; ``values`` hold its primary key. Raises sqlalchemy's IntegrityError when it is there already."""
        self.connection.execute(sa.insert(table).values(dict(values)))
        self._note(table, action, None, values, values)

    def update(
        self,
        table: sa.Table,
        key: Mapping[str, Any],
        values: Mapping[str, Any],
        *,
        action: str = "changed",
        expected: Mapping[str, Any] | None = None,
    ) -> bool:
        """Change columns of the row of that primary key; False, and no entry, when it has these values already.

        Raises StoreError when there is no such row, ConflictError when it is not as ``expected`` (columns that the
        caller has read before, such as a version).
        """
        present = self._read(table, key)
        differing = {name: present[name] for name, value in (expected or {}).items() if present[name] != value}
        if differing:
            raise ConflictError(
                f"{_kind(table)} {_name(key)} was changed meanwhile: {differing}", do="read it again, then decide"
            )
        changed = {name: value for name, value in values.items() if present[name] != value}
        if not changed:
            return False
        self.connection.execute(sa.update(table).where(*_match(table, key)).values(changed))
        self._note(table, action, {name: present[name] for name in changed}, changed, {**present, **changed})
        return True

    def delete(self, table: sa.Table, key: Mapping[str, Any], *, action: str = "deleted") -> Mapping[str, Any]:
        """Remove the row of that primary key and give what it was; raises StoreError when there is none."""
        present = self._read(table, key)
        self.connection.execute(sa.delete(table).where(*_match(table, key)))
        self._note(table, action, present, None, present)
        return present

    def _read(self, table: sa.Table, key: Mapping[str, Any]) -> dict[str, Any]:
        row = self.connection.execute(sa.select(table).where(*_match(table, key))).mappings().first()
        if row is None:
            raise StoreError(f"there is no {_kind(table)} {_name(key)}")
        return dict(row)

    def _note(
        self,
        table: sa.Table,
        action: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        row: Mapping[str, Any],
    ) -> None:
        kind = _kind(table)
        self.record(
            action if "." in action else f"{kind}.{action}",
            kind,
            _name({column.name: row[column.name] for column in table.primary_key}),
            before=_veil(table, before),
            after=_veil(table, after),
            enterprise=str(row.get("enterprise") or ""),
            site=str(row.get("site") or ""),
        )


def _kind(table: sa.Table) -> str:
    return str(table.info.get("kind", table.name))


def _name(key: Mapping[str, Any]) -> str:
    return "/".join(map(str, key.values()))


def _match(table: sa.Table, key: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    """Conditions of the whole primary key; raises ValueError for less, which could meet several rows."""
    if set(key) != {column.name for column in table.primary_key}:
        raise ValueError(f"{sorted(key)} is not the primary key of {table.name}")
    return [table.c[name] == value for name, value in key.items()]


def _veil(table: sa.Table, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {name: SECRET if table.c[name].info.get("secret") else value for name, value in values.items()}
