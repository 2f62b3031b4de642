"""Documents of a lake: what changes, kept by kind and id in the ledger, with a version that keeps writers apart."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from correlation.store import ConflictError, Document
from wanglou.errors import UsageError
from wanglou.ledger import METADATA

DOCUMENTS = sa.Table(
    "documents",
    METADATA,
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("body", sa.String, nullable=False),
)
_KIND = re.compile(r"[a-z][a-z_]{0,31}", re.ASCII)


def check_name(kind: str, name: str) -> None:
    """Raise UsageError for a kind or id that cannot be."""
    if not _KIND.fullmatch(kind):
        raise UsageError(f"{kind!r} is no kind of document", do="small letters and _, at most 32")
    if not name:
        raise UsageError("a document needs an id")


def explain_conflict(kind: str, name: str) -> ConflictError:
    """Tell that somebody else was first."""
    return ConflictError(f"the {kind} {name} was changed meanwhile", do="read it again and repeat the change")


def put(
    connection: sa.Connection, kind: str, name: str, body: Mapping[str, Any], expected: str | None = None
) -> Document:
    """Write a document; raises ConflictError where another version than ``expected`` is there."""
    check_name(kind, name)
    DOCUMENTS.create(connection, checkfirst=True)  # a lake of an earlier version lacks it
    there = _check_version(connection, kind, name, expected)
    version = 1 if there is None else int(there.version) + 1
    text = json.dumps(body, ensure_ascii=False)
    facts: dict[str, Any] = {"version": version, "body": text}
    if there is None:
        connection.execute(sa.insert(DOCUMENTS).values(kind=kind, id=name, **facts))
    else:
        connection.execute(sa.update(DOCUMENTS).where(*_named(kind, name)).values(facts))
    return Document(kind, name, json.loads(text), str(version))


def get(connection: sa.Connection, kind: str, name: str) -> Document | None:
    """Find a document, or None."""
    check_name(kind, name)
    if not sa.inspect(connection).has_table(DOCUMENTS.name):  # a lake of an earlier version
        return None
    row = connection.execute(sa.select(DOCUMENTS).where(*_named(kind, name))).first()
    return None if row is None else _document(row)


def find_all(connection: sa.Connection, kind: str) -> list[Document]:
    """List the documents of a kind by id."""
    check_name(kind, "any")
    if not sa.inspect(connection).has_table(DOCUMENTS.name):
        return []
    chosen = sa.select(DOCUMENTS).where(DOCUMENTS.c.kind == kind).order_by(DOCUMENTS.c.id)
    return [_document(row) for row in connection.execute(chosen)]


def remove(connection: sa.Connection, kind: str, name: str, expected: str | None = None) -> bool:
    """Remove a document; gives whether there was one."""
    check_name(kind, name)
    there = _check_version(connection, kind, name, expected)
    if there is None:
        return False
    connection.execute(sa.delete(DOCUMENTS).where(*_named(kind, name)))
    return True


def _named(kind: str, name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return DOCUMENTS.c.kind == kind, DOCUMENTS.c.id == name


def _check_version(connection: sa.Connection, kind: str, name: str, expected: str | None) -> Document | None:
    there = get(connection, kind, name)
    if expected is not None and expected != ("" if there is None else there.version):
        raise explain_conflict(kind, name)
    return there


def _document(row: Any) -> Document:
    return Document(row.kind, row.id, json.loads(row.body), str(row.version))
