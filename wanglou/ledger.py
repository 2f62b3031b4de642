"""The ledger: what must never be lost and changes state, in one SQL database with its audit.

It gives stages transactions, versions of their tables, and the audit; each stage owns its tables and the SQL on them.
docs/ledger.md tells how a stage uses it. SQLite by default, PostgreSQL by URL; both keep the same promises: a
transaction that returned is on disk, there is one writer at a time, and readers see one moment and wait for nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from wanglou.anchor import Anchor
from wanglou.audit import Actor, Entry, Head, append, find_row, is_guarded, local_actor, read_head
from wanglou.change import Change
from wanglou.component import LEDGER, Component
from wanglou.database import Mode, choose_database
from wanglou.errors import StoreError
from wanglou.migration import bring_up, find_outdated, read_versions

if TYPE_CHECKING:
    from wanglou.chain import Verdict


class NoLedgerError(StoreError):
    """A database that holds no ledger yet."""


class Ledger:
    """One database, opened by any number of processes at once."""

    def __init__(
        self,
        location: Path | str,
        components: Sequence[Component],
        *,
        create: bool = False,
        anchor: Path | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Open the file or URL ``location`` and bring the tables of ``components`` to their newest version.

        With ``create`` a missing ledger is made. ``anchor`` is the file that tells where the audit ends; by default it
        lies beside a SQLite file, and a PostgreSQL ledger has none. ``clock`` gives nanoseconds since 1970 UTC.
        Raises StoreError when the ledger is missing, damaged, not permitted, or written by a newer program.
        """
        self._components = (LEDGER, *components)
        self._database = choose_database(location, create=create)
        self._clock = clock
        path = anchor or self._database.anchor
        self.anchor = Anchor(path) if path else None
        self._engine = self._database.engine
        sa.event.listen(self._engine, "begin", self._begin)
        try:
            self._open(create=create)
        except BaseException:
            self.close()
            raise

    @property
    def where(self) -> str:
        """Name it in messages: the path, or the URL without its password."""
        return self._database.where

    def size_bytes(self) -> int:
        """Measure what it takes on this machine's disk."""
        return self._database.size_bytes()

    def _open(self, *, create: bool) -> None:
        with self.reading() as connection:
            found = read_versions(connection)
        if found is None and not create:
            raise NoLedgerError(
                "this is no ledger of Wanglou: no such table 'versions'", where=self.where, do="use another folder"
            )
        if find_outdated(found or {}, self._components, self.where):
            self._bring_up()

    def _bring_up(self) -> None:
        """Look again as the only writer, then make or migrate what still lacks."""
        with self._connect("migrate") as connection:
            found = read_versions(connection) or {}
            outdated = find_outdated(found, self._components, self.where)
            entries = [bring_up(connection, component, found.get(component.name, 0)) for component in outdated]
            self._database.check(connection)
            head = self._append(connection, local_actor(), entries)
        self._note(head)

    @contextmanager
    def change(self, actor: Actor) -> Iterator[Change]:
        """Change the state of things on behalf of ``actor``: all or nothing, with its audit, on disk when it returns.

        One writer at a time, others wait; what is read inside is so until the end.
        """
        with self._connect("write") as connection:
            change = Change(connection, actor)
            yield change
            head = self._append(connection, actor, change.entries)
        self._note(head)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Change what is no state of its own (lists of files, caches), without an audit; else as ``change``."""
        with self._connect("write") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Read the ledger as it is at the first statement, whatever is written meanwhile."""
        with self._connect("read") as connection:
            yield connection

    def head(self) -> Head:
        """Tell where the audit ends now: what an auditor keeps elsewhere."""
        with self.reading() as connection:
            return read_head(connection)

    def verify(self, kept: Head | None = None) -> Verdict:
        """Look at every row of the audit and compare it with its head, its anchor, and a head that was ``kept``.

        Raises StoreError for an anchor that cannot be read.
        """
        from wanglou.chain import Finding, verify

        anchor = None if self.anchor is None else self.anchor.read()
        with self._connect("verify") as connection:
            verdict = verify(connection, anchor, kept)
            guarded = is_guarded(connection)
        findings = [*verdict.findings]
        if not guarded:
            findings.insert(0, Finding("unguarded", 0, 0))
        if self.anchor is not None and anchor is None:
            findings.insert(0, Finding("anchor_missing", 0, 0))
        return replace(verdict, findings=findings)

    def begin_anchor(self, actor: Actor) -> Head:
        """Begin the anchor anew, whatever it told, and give the head it has: after a restored backup, on a new machine.

        That is audited, with what the anchor told before. Raises StoreError where there is to be none.
        """
        if self.anchor is None:
            raise StoreError("no file is named for the audit's anchor", where=self.where, do="name one with --anchor")
        with self._connect("write") as connection:
            entry = Entry("audit.anchored", "audit", str(self.anchor.path), self.anchor.describe(), {})
            head = append(connection, read_head(connection), actor, self._clock(), [entry])
        self.anchor.note(head, anew=True)
        return head

    def _append(self, connection: sa.Connection, actor: Actor, entries: Sequence[Entry]) -> Head | None:
        """Append to the audit; gives what to note in the anchor once it is committed, if anything."""
        if not entries:
            return None
        before = read_head(connection)
        head = append(connection, before, actor, self._clock(), entries)
        return head if self._is_anchored(connection, before) else None

    def _is_anchored(self, connection: sa.Connection, head: Head) -> bool:
        """True where the anchor may go on: at the beginning, and where it told of a row that is there.

        Else it stays, so that a ledger put back to an earlier state is still found when it has grown.
        """
        if self.anchor is None or head.count == 0:
            return self.anchor is not None
        try:
            known = self.anchor.read()
        except StoreError:
            return False
        return known is not None and (known == head or find_row(connection, known))

    def _note(self, head: Head | None) -> None:
        if head is not None and self.anchor is not None:
            self.anchor.note(head)

    def _begin(self, connection: sa.Connection) -> None:
        self._database.begin(connection, connection.get_execution_options()["ledger_mode"])

    @contextmanager
    def _connect(self, mode: Mode) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect().execution_options(ledger_mode=mode) as connection, connection.begin():
                yield connection
        except IntegrityError:
            raise
        except DBAPIError as error:
            what = next(iter(str(error.orig).splitlines()), "")  # PostgreSQL adds lines on where in its code it was
            do = self._database.advise(error)
            raise StoreError(f"the ledger failed: {what}", where=self.where, do=do) from error
        except sa.exc.TimeoutError as error:
            do = "try again in a moment; if that does not help, run fewer consoles on this ledger"
            raise StoreError("too much is asked of the ledger at once", where=self.where, do=do) from error

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
