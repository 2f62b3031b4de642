"""Documents of a lake: what changes, kept by kind and id in the ledger, with a version that keeps writers apart."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from correlation.store import Document
from wanglou.change import Change
from wanglou.component import Component
from wanglou.errors import ConflictError, UsageError

DOCUMENTS = Component("documents", 1, "correlation.migrations")

DOCUMENT = sa.Table(
    "documents",
    DOCUMENTS.metadata,
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


def put(change: Change, kind: str, name: str, body: Mapping[str, Any], expected: str | None = None) -> Document:
    """Write a document; raises ConflictError where another version than ``expected`` is there."""
    check_name(kind, name)
    there = _check_version(change.connection, kind, name, expected)
    text = json.dumps(body)  # in ASCII: no database takes NUL and lone surrogates as they are
    made = Document(kind, name, json.loads(text), "1" if there is None else str(int(there.version) + 1))
    facts: dict[str, Any] = {"version": int(made.version), "body": text}
    if there is None:
        change.connection.execute(sa.insert(DOCUMENT).values(kind=kind, id=name, **facts))
    else:
        change.connection.execute(sa.update(DOCUMENT).where(*_named(kind, name)).values(facts))
    _audit(change, there, made)
    return made


def get(connection: sa.Connection, kind: str, name: str) -> Document | None:
    """Find a document, or None."""
    check_name(kind, name)
    row = connection.execute(sa.select(DOCUMENT).where(*_named(kind, name))).first()
    return None if row is None else _document(row)


def find_all(connection: sa.Connection, kind: str) -> list[Document]:
    """List the documents of a kind by id, in the order of its code points."""
    check_name(kind, "any")
    rows = connection.execute(sa.select(DOCUMENT).where(DOCUMENT.c.kind == kind))
    return sorted(map(_document, rows), key=lambda document: document.id)  # databases sort by their own languages


def remove(change: Change, kind: str, name: str, expected: str | None = None) -> bool:
    """Remove a document; gives whether there was one."""
    check_name(kind, name)
    there = _check_version(change.connection, kind, name, expected)
    if there is None:
        return False
    change.connection.execute(sa.delete(DOCUMENT).where(*_named(kind, name)))
    _audit(change, there, None)
    return True


def _audit(change: Change, before: Document | None, after: Document | None) -> None:
    """Note what became of a document: its versions, and the members of its body that differ."""
    one = after or before
    assert one is not None, "nothing became of nothing"
    verb = "created" if before is None else "deleted" if after is None else "changed"
    states = _describe(before, after), _describe(after, before)
    change.record(f"{one.kind}.{verb}", one.kind, one.id, before=states[0], after=states[1])


def _describe(document: Document | None, other: Document | None) -> dict[str, Any] | None:
    if document is None:
        return None
    known = {} if other is None else other.body
    differing = {name: value for name, value in document.body.items() if name not in known or known[name] != value}
    return {"version": int(document.version), "body": differing}


def _named(kind: str, name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return DOCUMENT.c.kind == kind, DOCUMENT.c.id == name


def _check_version(connection: sa.Connection, kind: str, name: str, expected: str | None) -> Document | None:
    there = get(connection, kind, name)
    if expected is not None and expected != ("" if there is None else there.version):
        raise explain_conflict(kind, name)
    return there


def _document(row: Any) -> Document:
    return Document(row.kind, row.id, json.loads(row.body), str(row.version))
