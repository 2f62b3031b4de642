"""A read copy of alerts with their triage, incidents and assets on a cluster, for programs that read the cluster alone.

The ledger and the store's alerts say what holds; the copy follows them. What was sent is noted in the ledger by its
digest, so that only what changed is sent, and what is gone is taken away there too.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import sqlalchemy as sa

from correlation.asset_ledger import list_assets
from correlation.case import read_case
from correlation.incident_tables import INCIDENT, MEMBERS
from correlation.ingest import ALERTS
from correlation.mirror_mark import Changed, counting, list_changed, owe, read_mark, settle
from correlation.mirror_tables import MIRRORED
from correlation.record import read_records
from correlation.stage_document import write_asset, write_case, write_triage
from correlation.store import Store
from correlation.triage import Triaged
from correlation.triage_tables import ALERT_STATES
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

KINDS = ("asset", "incident", "alert")
_TRIAGE = ("state", "assignee", "comment")
_AT_ONCE = 500
"""Rows or documents in one step."""
_MOST_SINGLE = 2_000
"""Changed alerts or incidents that are looked up one by one; of more, the whole copy is compared."""
_TURN = threading.Lock()
"""One update at a time in a process, so that none sends what another has read before a change."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One document of the mirror."""

    id: str
    body: Mapping[str, Any]
    at_ns: int
    """When what it tells of was last seen."""
    scope: str = ""
    """Of an alert, its capture."""
    triage: int = 0
    """Of an alert, how often people changed it."""

    @property
    def digest(self) -> str:
        """Digest of the body."""
        told = json.dumps(self.body, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What an update of the mirror did, by kind."""

    sent: Mapping[str, int] = field(default_factory=dict)
    """New, or changed."""
    removed: Mapping[str, int] = field(default_factory=dict)


@runtime_checkable
class Target(Protocol):
    """A store that keeps the copy: a cluster. A lake has the ledger itself beside it."""

    @property
    def place(self) -> str:
        """Which store this is, the same for all who write to it."""

    def put_documents(self, kind: str, documents: Iterable[tuple[str, Mapping[str, Any], int]]) -> int:
        """Write documents of id, body and time; gives how many the cluster refused."""

    def delete_documents(self, kind: str, names: Iterable[str]) -> None:
        """Remove documents."""

    def list_document_names(self, kind: str) -> Iterator[str]:
        """Give the ids of all documents of a kind."""


def mirror(store: Store, ledger: Ledger, identities: Sequence[str] | None = (), *, anew: bool = False) -> Mirrored:
    """Bring the copy on ``store`` up to the ledger; a store that needs none is left alone.

    ``identities`` are captures whose alerts may have changed, None all, as are the first time; those of captures that
    are gone, and those that people triaged, are found by themselves. With ``anew`` everything is sent, and what nobody
    knows is removed. ``ledger`` was opened with ASSETS, INCIDENTS, TRIAGE and MIRROR. Raises StoreError.
    """
    if not isinstance(store, Target):
        return Mirrored()
    with _TURN, counting(ledger, store.place):
        owed = owe(ledger, store.place, identities or ())
        seq = ledger.head().count
        with ledger.reading() as connection:
            is_first = read_mark(connection, store.place).seq is None
        everything = anew or identities is None or is_first
        done = _Mirror(store, store, ledger, anew=anew).update(None if everything else sorted(owed))
        settle(ledger, store.place, seq, owed)
        return done


def mirror_changes(store: Store, ledger: Ledger) -> Mirrored:
    """Send what people and stages changed since the copy was last brought up, as the audit tells it.

    Where nothing changed that costs a look into the ledger. A copy that owes alerts of captures, was never brought up,
    or failed last time is compared as a whole. ``ledger`` is as for ``mirror``. Raises StoreError; what was not sent is
    sent next time.
    """
    if not isinstance(store, Target):
        return Mirrored()
    with ledger.reading() as connection:
        mark = read_mark(connection, store.place)
        changed = list_changed(connection, mark.seq or 0)
    if mark.seq is not None and not changed.rows and not mark.failures:
        return Mirrored()
    is_much = max(len(changed.alerts), len(changed.incidents)) > _MOST_SINGLE
    if mark.seq is None or mark.failures or is_much or owe(ledger, store.place, ()):
        return mirror(store, ledger)
    with _TURN, counting(ledger, store.place):
        seq = ledger.head().count
        with ledger.reading() as connection:
            changed = list_changed(connection, mark.seq)
        done = _Mirror(store, store, ledger, anew=False).follow(changed)
        settle(ledger, store.place, seq)
        return done


class _Mirror:
    """One update."""

    def __init__(self, store: Store, target: Target, ledger: Ledger, *, anew: bool) -> None:
        """Copy from ``ledger`` and the alerts of ``store`` to ``target``."""
        self._store, self._target, self._ledger, self._anew = store, target, ledger, anew
        self._sent = dict.fromkeys(KINDS, 0)
        self._removed = dict.fromkeys(KINDS, 0)

    def update(self, identities: Sequence[str] | None) -> Mirrored:
        """Update each kind."""
        if self._anew:
            self._forget()
        self._follow("asset", self._list_assets())
        self._follow("incident", self._list_incidents())
        self._follow_alerts(identities)
        return self._tell()

    def follow(self, changed: Changed) -> Mirrored:
        """Update what changed."""
        if changed.has_assets:
            self._follow("asset", self._list_assets())
        if changed.incidents:
            self._follow_some("incident", changed.incidents, self._list_incidents(changed.incidents))
        if changed.alerts:
            self._send_triaged(self._read_touched(changed.alerts))
        return self._tell()

    def _tell(self) -> Mirrored:
        return Mirrored(*({k: n for k, n in counts.items() if n} for counts in (self._sent, self._removed)))

    def _forget(self) -> None:
        """Take away what is there, so that all is sent anew."""
        for kind in KINDS:
            self._target.delete_documents(kind, self._target.list_document_names(kind))
        with self._ledger.transaction() as connection:
            connection.execute(sa.delete(MIRRORED).where(MIRRORED.c.place == self._target.place))

    def _follow(self, kind: str, copies: Iterable[Copy]) -> None:
        """Send what changed of a kind, and remove what is no longer there."""
        known = self._known(kind)
        self._send(kind, copies, known)
        self._remove(kind, known)

    def _follow_some(self, kind: str, names: Collection[str], copies: Iterable[Copy]) -> None:
        """Do so for some of a kind."""
        known = {name: digest for name, digest in self._known(kind).items() if name in names}
        self._send(kind, copies, known)
        self._remove(kind, known)

    def _follow_alerts(self, identities: Sequence[str] | None) -> None:
        """Follow the alerts of some captures, of captures that are gone, and those that people changed since."""
        there = {capture.record.identity for capture in self._store.captures()}
        with self._ledger.reading() as connection:
            chosen = sa.select(MIRRORED.c.scope).where(*self._of(ALERTS)).distinct()
            scopes = set(connection.scalars(chosen))
        touched = self._read_touched()
        for scope in sorted(scopes - there):
            self._remove(ALERTS, self._known(ALERTS, scope))
        for scope in sorted(there if identities is None else there & set(identities)):
            known = self._known(ALERTS, scope)
            self._send(ALERTS, self._list_alerts(scope, touched), known)
            self._remove(ALERTS, known)
        self._send_triaged(touched)

    def _send_triaged(self, touched: Mapping[str, Mapping[str, Any]]) -> None:
        """Send the alerts whose triage is newer than what was sent."""
        chosen = sa.select(MIRRORED.c.id, MIRRORED.c.triage).where(*self._of(ALERTS), MIRRORED.c.triage > 0)
        with self._ledger.reading() as connection:
            sent = {row.id: row.triage for row in connection.execute(chosen)}
        newer = (one for one, facts in touched.items() if facts["version"] != sent.get(one))
        records = (record for one in newer if (record := self._store.get(one)) is not None)
        self._send(ALERTS, (_write_alert(record, touched) for record in records), {})

    def _list_assets(self) -> Iterator[Copy]:
        with self._ledger.reading() as connection:
            for asset in list_assets(connection):
                yield Copy(asset.id, write_asset(asset), asset.last_ns)

    def _list_incidents(self, names: Collection[str] | None = None) -> Iterator[Copy]:
        """List all incidents, or some."""
        cases, alerts = sa.select(INCIDENT), sa.select(MEMBERS).order_by(MEMBERS.c.alert)
        if names is not None:
            cases, alerts = cases.where(INCIDENT.c.id.in_(names)), alerts.where(MEMBERS.c.incident.in_(names))
        members: dict[str, list[str]] = {}
        with self._ledger.reading() as connection:
            for row in connection.execute(alerts):
                members.setdefault(row.incident, []).append(row.alert)
            for case in map(read_case, connection.execute(cases).mappings()):
                yield Copy(case.id, write_case(case, members.get(case.id, [])), case.incident.last_ns)

    def _read_touched(self, names: Collection[str] | None = None) -> dict[str, dict[str, Any]]:
        """Read what people made of alerts, of all or some, by id."""
        chosen = sa.select(ALERT_STATES)
        if names is not None:
            chosen = chosen.where(ALERT_STATES.c.id.in_(names))
        with self._ledger.reading() as connection:
            return {row["id"]: dict(row) for row in connection.execute(chosen).mappings()}

    def _list_alerts(self, scope: str, touched: Mapping[str, Mapping[str, Any]]) -> Iterator[Copy]:
        for batch in self._store.search(ALERTS, f'wanglou.capture:"{scope}"'):
            yield from (_write_alert(record, touched) for record in read_records(batch))

    def _of(self, kind: str) -> tuple[sa.ColumnElement[bool], ...]:
        return MIRRORED.c.place == self._target.place, MIRRORED.c.kind == kind

    def _known(self, kind: str, scope: str = "") -> dict[str, str]:
        """What was sent of a kind, or of one capture's alerts: digests by id."""
        chosen = sa.select(MIRRORED.c.id, MIRRORED.c.digest).where(*self._of(kind), MIRRORED.c.scope == scope)
        with self._ledger.reading() as connection:
            return {row.id: row.digest for row in connection.execute(chosen)}

    def _send(self, kind: str, copies: Iterable[Copy], known: dict[str, str]) -> None:
        """Send what is not known as it is; what is met is taken out of ``known``."""
        changed: list[Copy] = []
        for copy in copies:
            if known.pop(copy.id, None) != copy.digest:
                changed.append(copy)
            if len(changed) == _AT_ONCE:
                self._put(kind, changed)
                changed = []
        self._put(kind, changed)

    def _put(self, kind: str, copies: Sequence[Copy]) -> None:
        if not copies:
            return
        if refused := self._target.put_documents(kind, ((one.id, one.body, one.at_ns) for one in copies)):
            do = "see the reasons in the dead letters, then run `wanglou store mirror`"
            raise StoreError(f"the cluster refused {refused} documents of {kind}", where=self._target.place, do=do)
        place = self._target.place
        rows = [
            {"place": place, "kind": kind, "id": one.id, "scope": one.scope, "triage": one.triage, "digest": one.digest}
            for one in copies
        ]
        names = [one.id for one in copies]
        with self._ledger.transaction() as connection:
            connection.execute(sa.delete(MIRRORED).where(*self._of(kind), MIRRORED.c.id.in_(names)))
            connection.execute(sa.insert(MIRRORED), rows)
        self._sent[kind] += len(copies)

    def _remove(self, kind: str, gone: Iterable[str]) -> None:
        names = sorted(gone)
        for begin in range(0, len(names), _AT_ONCE):
            some = names[begin : begin + _AT_ONCE]
            self._target.delete_documents(kind, some)
            with self._ledger.transaction() as connection:
                connection.execute(sa.delete(MIRRORED).where(*self._of(kind), MIRRORED.c.id.in_(some)))
            self._removed[kind] += len(some)


def _write_alert(record: Mapping[str, Any], touched: Mapping[str, Mapping[str, Any]]) -> Copy:
    """Write an alert with what people made of it."""
    identity = str(record["event.id"])
    found = touched.get(identity)
    triaged = Triaged(identity, *(found[name] for name in _TRIAGE)) if found is not None else None
    body = {**record, **write_triage(triaged)}
    at_ns = record.get("event.end", record["@timestamp"])
    return Copy(identity, body, int(at_ns), str(record["wanglou.capture"]), found["version"] if found else 0)
