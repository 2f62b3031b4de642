"""Groups anew what changed: the captures that are new, read anew or gone, and those that are grouped with them.

Which scopes there are, and what is in them, depends on the captures in the store and on the decisions alone; so
incidents are the same in whatever order captures came, and whatever was grouped before.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import pyarrow as pa
import sqlalchemy as sa

from correlation.alert_facts import COLUMNS
from correlation.alert_reading import SPAN, find_span, pack_captures, read_alerts, split_captures
from correlation.incident_ledger import (
    LIVE,
    Mark,
    list_decisions,
    list_digests,
    list_marks,
    save_digests,
    save_marks,
)
from correlation.incident_scopes import Scope, group_scope, make_scopes
from correlation.name_sets import NameSets
from correlation.reconciliation import Found, Outcome, Reconciliation
from correlation.recording import Piece, is_file
from correlation.store import Capture, Store
from correlation.triage import Suppression
from wanglou.audit import Actor
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

VERSION = 2
"""Raised when the grouping changes: every scope then is grouped anew."""
HELD_ALERTS = 200_000
"""Alerts that are kept in memory between looking when they were and grouping them."""
WRITTEN_ALERTS = 20_000
"""Alerts from which on what was grouped is written before more is: a transaction waits for the disk once."""
ATTEMPTS = 5
"""Times an update begins again because another process grouped the same meanwhile."""


class _OvertakenError(Exception):
    """Another process grouped the same captures since this one looked."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What is said of captures that were just read."""

    identities: frozenset[str] = frozenset()
    site: str | None = None
    """Where they were recorded; None keeps what is known, which is nothing of new ones."""
    series: str | None = None
    """Recording that they are parts of; None keeps what is known."""


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Scopes that were grouped and not yet kept."""

    scopes: Sequence[Scope]
    names: set[str]
    """Of these, and of those that they take captures from."""
    found: Sequence[Found]
    alerts: int


class Regrouping:
    """One update of the incidents in a ledger."""

    def __init__(self, store: Store, ledger: Ledger, suppressions: Sequence[Suppression], actor: Actor) -> None:
        self._store, self._ledger, self._suppressions, self._actor = store, ledger, suppressions, actor
        self._held: dict[str, pa.Table] = {}
        self._saved: set[str] = set()

    def run(self, declared: Declared, *, anew: bool = False) -> Outcome:
        """Group what changed, or with ``anew`` all; gives what was done."""
        for _ in range(ATTEMPTS):
            with suppress(_OvertakenError):
                return self._run(declared, anew=anew)
        raise StoreError("other programs group the same incidents all the time", do="try again later")

    def _run(self, declared: Declared, *, anew: bool) -> Outcome:
        self._captures = {one.record.identity: one for one in self._store.captures()}
        with self._ledger.reading() as connection:
            self._known, digests = list_marks(connection), list_digests(connection)
            decisions = list_decisions(connection)
        marks = self._mark(declared)
        scopes = make_scopes(self._list_pieces(marks), decisions)
        wanted = {scope.name: self._digest(scope, marks) for scope in scopes}
        changed = [scope for scope in scopes if anew or wanted[scope.name] != digests.get(scope.name)]
        scope_of = {capture: scope.name for scope in scopes for capture in scope.captures}
        self._marks = {name: replace(mark, scope=scope_of.get(name, "")) for name, mark in marks.items()}
        outcome, pending = Outcome(), []
        for some, before in self._connect(changed, {*digests} - {*wanted}):
            pending.append(self._regroup(some, before))
            if sum(one.alerts for one in pending) >= WRITTEN_ALERTS:
                outcome += self._write(pending, wanted, digests)
                pending = []
        outcome += self._write(pending, wanted, digests)
        self._note_rest()
        return outcome

    def _mark(self, declared: Declared) -> dict[str, Mark]:
        """Say of each capture where it was recorded, and when its alerts were; reads those that changed."""
        marks: dict[str, Mark] = {}
        unread: list[Capture] = []
        for identity, capture in self._captures.items():
            known = self._known.get(identity)
            is_named = known is None or identity in declared.identities
            mark = known or Mark()
            if is_named and declared.site is not None:
                mark = replace(mark, site=declared.site)
            if identity in declared.identities and declared.series is not None:
                mark = replace(mark, series=declared.series)
            digest = _digest_capture(capture)
            if digest != mark.digest:
                unread.append(capture)
            marks[identity] = replace(mark, digest=digest)
        return marks | self._find_spans(unread, marks)

    def _find_spans(self, captures: Sequence[Capture], marks: Mapping[str, Mark]) -> dict[str, Mark]:
        """Look when the alerts of captures were; few are kept to be grouped, of many only their times are read."""
        is_few = sum(one.rows.get("alert", 0) for one in captures) <= HELD_ALERTS
        found = {}
        for some in pack_captures(captures, HELD_ALERTS):
            tables = split_captures(read_alerts(self._store, some, COLUMNS if is_few else SPAN))
            if is_few:
                self._held |= tables
            for identity in (one.record.identity for one in some):
                span = find_span(tables[identity]) if identity in tables else (None, None)
                found[identity] = replace(marks[identity], alerts_first_ns=span[0], alerts_last_ns=span[1])
        return found

    def _list_pieces(self, marks: Mapping[str, Mark]) -> Iterator[Piece]:
        for identity, mark in marks.items():
            capture = self._captures[identity]
            first_ns = mark.alerts_first_ns if capture.min_ns is None else capture.min_ns
            last_ns = mark.alerts_last_ns if capture.max_ns is None else capture.max_ns
            if first_ns is None or last_ns is None:
                continue
            facts = (identity, capture.record.name, mark.site, capture.record.enterprise, first_ns, last_ns)
            yield Piece(*facts, mark.alerts_first_ns, mark.alerts_last_ns or 0, mark.series)

    def _digest(self, scope: Scope, marks: Mapping[str, Mark]) -> str:
        """Digest what decides the grouping of a scope: alerts, parts, decisions and suppressions."""
        alerts = sorted([capture, marks[capture].digest] for capture in scope.captures)
        parts = sorted(sorted(part) for part in scope.parts)
        hidden = sorted(one.id for one in self._suppressions)
        told = [VERSION, scope.site, alerts, parts, [one.seq for one in scope.decisions], hidden]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]

    def _connect(self, changed: Sequence[Scope], stale: Iterable[str]) -> Iterator[tuple[list[Scope], set[str]]]:
        """Give scopes that take captures from each other together, with the names of the scopes there were."""
        sets = NameSets()
        for name in stale:
            sets.join(name, name)
        for scope in changed:
            for capture in scope.captures:
                sets.join(scope.name, self._scope_before(capture))
        for capture in self._known.keys() - self._captures.keys():
            if before := self._known[capture].scope:
                sets.join(before, before)
        by_root: dict[str, list[Scope]] = defaultdict(list)
        for scope in changed:
            by_root[sets.find(scope.name)].append(scope)
        for root, names in sets.list_all().items():
            yield by_root[root], names

    def _scope_before(self, capture: str) -> str:
        known = self._known.get(capture)
        if known is not None:
            return known.scope or capture
        return capture if is_file(capture) else LIVE

    def _regroup(self, scopes: Sequence[Scope], before: set[str]) -> _Grouped:
        """Group some scopes anew."""
        found: list[Found] = []
        alerts = 0
        for scope in scopes:
            table = self._read(scope)
            alerts += table.num_rows
            its = group_scope(table, self._suppressions, [one.decision for one in scope.decisions], scope.parts)
            del table  # while it is grouped nobody else needs to have it
            found += [Found(one.incident, one.alerts, scope.name, scope.site) for one in its]
        return _Grouped(scopes, before | {scope.name for scope in scopes}, found, alerts)

    def _write(self, pending: Sequence[_Grouped], wanted: Mapping[str, str], digests: Mapping[str, str]) -> Outcome:
        """Let the incidents of what there was before be those that were grouped now, all in one change."""
        outcome = Outcome()
        if not pending:
            return outcome
        names = {name for one in pending for name in one.names}
        scopes = [scope for one in pending for scope in one.scopes]
        marks = {capture: self._marks[capture] for scope in scopes for capture in scope.captures}
        with self._ledger.change(self._actor) as change:
            self._check(change.connection, names, digests)
            for one in pending:
                done = Reconciliation(change, one.names).run(one.found)
                outcome += replace(done, scopes=len(one.scopes), alerts=one.alerts)
            grouped = {scope.name: wanted[scope.name] for scope in scopes}
            save_digests(change.connection, grouped, names - wanted.keys())
            save_marks(change.connection, marks)
        self._saved |= marks.keys()
        return outcome

    def _check(self, connection: sa.Connection, names: Collection[str], digests: Mapping[str, str]) -> None:
        """Raise where another process grouped any of these scopes since."""
        now = list_digests(connection)
        if any(now.get(name) != digests.get(name) for name in names):
            raise _OvertakenError

    def _read(self, scope: Scope) -> pa.Table:
        held = [self._held[capture] for capture in scope.captures if capture in self._held]
        if len(held) == len(scope.captures):
            return pa.concat_tables(held)
        return read_alerts(self._store, [self._captures[capture] for capture in scope.captures])

    def _note_rest(self) -> None:
        """Note what is known of captures that no incident is made of, and forget those that are gone."""
        rest = {
            name: mark
            for name, mark in self._marks.items()
            if name not in self._saved and self._known.get(name) != mark
        }
        gone = self._known.keys() - self._captures.keys()
        if rest or gone:
            with self._ledger.transaction() as connection:
                save_marks(connection, rest, gone)


def _digest_capture(capture: Capture) -> str:
    told = [capture.record.parser_digest, capture.detection_digest, capture.rows.get("alert", 0), capture.state]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
