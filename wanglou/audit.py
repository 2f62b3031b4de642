"""The audit: who changed what, when, from where, and how it was before and after, as a chain of digests.

Each row holds the digest of the one before it and its own: SHA-256 (FIPS 180-4) over the JSON array (RFC 8259, ASCII,
no spaces) of its columns in the order of ``AUDIT``, its own digest left out. Rows are numbered from 1 without a gap.
``audit_head`` holds the number and the digest of the last one; both tables change in the transaction of the change they
tell of. The database refuses to change or delete rows; whoever gets around that is found by ``chain.verify``.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from wanglou.bulk_insert import insert_rows
from wanglou.component import LEDGER
from wanglou.errors import StoreError, UsageError

GENESIS = "0" * 64
"""What the first row has for the digest of the one before it."""
NAME_CHARACTERS = 1024
"""Longest name of an actor, origin, action, kind or subject; what is longer is cut."""
STATE_BYTES = 256 << 10
"""Longest JSON of a state; of what is longer, digest and size are kept."""

AUDIT = sa.Table(
    "audit",
    LEDGER.metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("enterprise", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Index("audit_by_subject", "kind", "subject"),
)
"""One row per change; the columns are told at ``AuditRow``."""
HEAD = sa.Table(
    "audit_head",
    LEDGER.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
)
"""One row (id 1): where the chain ends."""

_REFUSE = "'the audit is append-only'"
GUARDS = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_no_{verb} BEFORE {verb} ON audit BEGIN SELECT RAISE(ABORT, {_REFUSE}); END"
        for verb in ("update", "delete")
    ),
    "postgresql": (
        f"CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION {_REFUSE}; END$$",
        "CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION audit_refuse()",
    ),
}
"""What makes each database refuse changes of rows."""
for _dialect, _statements in GUARDS.items():
    for _statement in _statements:
        _guard = sa.DDL(_statement)  # type: ignore[no-untyped-call] # its constructor has no types
        sa.event.listen(AUDIT, "after_create", _guard.execute_if(dialect=_dialect))


@sa.event.listens_for(HEAD, "after_create")
def _begin_chain(table: sa.Table, connection: sa.Connection, **_: object) -> None:
    connection.execute(sa.insert(table).values(id=1, count=0, digest=GENESIS))


def is_guarded(connection: sa.Connection) -> bool:
    """True where the database refuses changes of rows, as it was told when the table was made."""
    if connection.dialect.name == "sqlite":
        chosen = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        return set(GUARDS["sqlite"]) <= set(connection.exec_driver_sql(chosen).scalars())
    chosen = "SELECT tgenabled FROM pg_trigger WHERE tgname = 'audit_guard' AND tgrelid = 'audit'::regclass"
    return connection.exec_driver_sql(chosen).scalar() in ("O", "A")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and from where."""

    name: str
    """``user:<name>`` of the console, ``os:<account>`` at the command line, ``system:<part>`` by itself."""
    origin: str
    """An address, or the name of the machine."""


def local_actor() -> Actor:
    """Give the account that runs this process; over SSH, the address it came from is told with the machine."""
    try:
        account = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        account = str(os.geteuid())
    address = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    return Actor(f"os:{account}", f"{socket.gethostname()} from {address}" if address else socket.gethostname())


@dataclass(frozen=True, slots=True)
class Entry:
    """One change, before it has its place in the chain."""

    action: str
    """What was done: ``<kind>.<participle>``, such as ``incident.merged``."""
    kind: str
    """Kind of the subject, such as ``incident``."""
    subject: str
    """Its id."""
    before: Mapping[str, Any] | None = None
    """What it was, as far as it changed; None where it was not there."""
    after: Mapping[str, Any] | None = None
    """What it is, as far as it changed; None where it is gone."""
    enterprise: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends, or was seen to end: what an auditor keeps."""

    count: int
    """Number of rows, and number of the last one."""
    digest: str
    """Its digest, 64 hexadecimal digits."""

    def __str__(self) -> str:
        """Write ``count:digest``."""
        return f"{self.count}:{self.digest}"


def parse_head(text: str) -> Head:
    """Read what ``str(head)`` wrote, or a digest alone (count -1); raises UsageError."""
    found = re.fullmatch(r"(?:(\d{1,18}):)?([0-9a-f]{64})", text.strip().lower())
    if found is None:
        raise UsageError(f"{text!r} is no head of an audit", do="`wanglou audit head` prints one: NUMBER:DIGEST")
    return Head(-1 if found[1] is None else int(found[1]), found[2])


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of the audit."""

    seq: int
    """Number, from 1."""
    at_ns: int
    """When, nanoseconds since 1970 UTC by the clock of the machine that made the change."""
    actor: str
    origin: str
    action: str
    kind: str
    subject: str
    enterprise: str
    site: str
    before: str | None
    """JSON object."""
    after: str | None
    """JSON object."""
    previous: str
    """Digest of the row before."""
    digest: str


def digest_row(values: Sequence[object]) -> str:
    """Digest a row's columns in the order of the table, without its own digest."""
    return hashlib.sha256(_ENCODER.encode(list(values)).encode("ascii")).hexdigest()


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=repr)  # made once: json.dumps would make one for each row


def append(connection: sa.Connection, head: Head, actor: Actor, at_ns: int, entries: Sequence[Entry]) -> Head:
    """Chain ``entries`` behind ``head``, where the chain ends, and give the new one; nobody else writes meanwhile."""
    # Rows that were put in from outside keep their numbers: the audit goes on behind them, and verify tells of them.
    seq = max(head.count, connection.scalar(sa.select(sa.func.max(AUDIT.c.seq))) or 0)
    digest, rows = head.digest, []
    who = (_clean(actor.name), _clean(actor.origin))
    for entry in entries:
        seq += 1
        values = (seq, at_ns, *who, *_describe(entry), digest)
        digest = digest_row(values)
        rows.append((*values, digest))
    insert_rows(connection, sa.insert(AUDIT), AUDIT.c.keys(), rows)
    connection.execute(sa.update(HEAD).values(count=seq, digest=digest))
    return Head(seq, digest)


def read_head(connection: sa.Connection) -> Head:
    """Read where the chain ends; raises StoreError when that is not told."""
    row = connection.execute(sa.select(HEAD.c.count, HEAD.c.digest)).first()
    if row is None:
        raise StoreError("the audit's head is gone", do="see `wanglou audit verify`, then restore a backup")
    return Head(*row)


def find_row(connection: sa.Connection, head: Head) -> bool:
    """True where the row of that number has that digest."""
    return connection.scalar(sa.select(AUDIT.c.digest).where(AUDIT.c.seq == head.count)) == head.digest


def _describe(entry: Entry) -> Iterator[str | None]:
    for text in (entry.action, entry.kind, entry.subject, entry.enterprise, entry.site):
        yield _clean(text)
    for state in (entry.before, entry.after):
        yield None if state is None else write_state(state)


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""What UTF-8 text of a database cannot hold: NUL (PostgreSQL) and lone surrogates (both)."""


def _clean(text: str) -> str:
    return _UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text[:NAME_CHARACTERS])


def write_state(state: Mapping[str, Any]) -> str:
    """Write a state as JSON with sorted keys; of one too long, digest and size."""
    text = _STATE_ENCODER.encode(dict(state))
    text = _UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    size = len(text.encode())
    if size <= STATE_BYTES:
        return text
    return json.dumps({"sha256": hashlib.sha256(text.encode()).hexdigest(), "size_bytes": size}, separators=(",", ":"))


def _plain(value: Any) -> str:
    """Write what JSON has no form for: bytes in hexadecimal, times in ISO 8601, other things as text."""
    if isinstance(value, bytes):
        return value.hex()
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


_STATE_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
