"""The incidents of a store, kept in the ledger with what people make of them.

``incident_scopes.py`` tells which captures are grouped together, ``incident_update.py`` groups anew what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import sqlalchemy as sa

from correlation.alert_reading import read_alerts
from correlation.case import STATUSES, VERDICTS, Case, judged, read_case
from correlation.decision import ANCHORS, Decision, Part
from correlation.incident_detail import find_incident, list_decisions_of
from correlation.incident_ledger import Kept, Mark, add_decisions, drop_decisions, list_marks, pieces_of
from correlation.incident_tables import INCIDENT, MEMBERS
from correlation.incident_update import Declared, Regrouping
from correlation.reconciliation import Outcome
from correlation.store import Capture, Store
from correlation.triage import Triage
from detection.attack import load_catalogue
from wanglou.audit import Actor
from wanglou.errors import ConflictError, UsageError
from wanglou.ledger import Ledger

ACTOR = Actor("system:incidents", "")

MOST_ID = 200
"""Characters of what may be an id or its beginning; SQLite looks for patterns of up to 50,000 bytes."""


class Incidents:
    """The incidents in one ledger, opened with the components INCIDENTS and TRIAGE."""

    def __init__(self, ledger: Ledger, site: str = "") -> None:
        """List the incidents of ``site``, or of all sites."""
        self._ledger, self._site = ledger, site
        self.triage = Triage(ledger, site)

    def update(
        self,
        store: Store,
        identities: Iterable[str] = (),
        actor: Actor = ACTOR,
        *,
        site: str | None = None,
        series: str | None = None,
    ) -> Outcome:
        """Bring the incidents up to the captures of the store, as far as these changed since they were grouped last.

        ``site`` is where captures that are new, or among ``identities``, were recorded; the latter were declared to be
        parts of the recording ``series``. None keeps what is known.
        """
        return self._regroup(store, actor).run(Declared(frozenset(identities), site, series))

    def rebuild(self, store: Store, actor: Actor = ACTOR) -> Outcome:
        """Group all alerts of the store, whatever was grouped before; decisions and what people noted stay."""
        return self._regroup(store, actor).run(Declared(), anew=True)

    def declare(self, store: Store, captures: Sequence[Capture], series: str, actor: Actor) -> Outcome:
        """Declare captures to be parts of one recording, whatever they are called and when they were; "" takes it back.

        That is audited.
        """
        identities = [one.record.identity for one in captures]
        with self._ledger.reading() as connection:
            marks = list_marks(connection)
        with self._ledger.change(actor) as change:
            for one in captures:
                known = marks.get(one.record.identity, Mark())
                before, after, where = {"series": known.series}, {"series": series}, {"site": known.site}
                where["enterprise"] = one.record.enterprise
                change.record("capture.joined", "capture", one.record.identity, before=before, after=after, **where)
        return self.update(store, identities, series=series)

    def _regroup(self, store: Store, actor: Actor) -> Regrouping:
        return Regrouping(store, self._ledger, self.triage.suppressions(), actor)

    def cases(self, *, with_closed: bool = True, least_severity: int = 0) -> list[Case]:
        """List the incidents, the most recent first."""
        chosen = sa.select(INCIDENT).where(INCIDENT.c.severity >= least_severity)
        if self._site:
            chosen = chosen.where(INCIDENT.c.site == self._site)
        if not with_closed:
            chosen = chosen.where(INCIDENT.c.status != "closed")
        chosen = chosen.order_by(INCIDENT.c.first_ns.desc(), INCIDENT.c.id)
        with self._ledger.reading() as connection:
            return [read_case(row) for row in connection.execute(chosen).mappings()]

    def count(self, identities: Iterable[str]) -> int:
        """Count the incidents that have alerts of these captures."""
        wanted = {*identities}
        with self._ledger.reading() as connection:
            scopes = {mark.scope for name, mark in list_marks(connection).items() if name in wanted and mark.scope}
            found = (
                read_case(row)
                for some in pieces_of(sorted(scopes))
                for row in connection.execute(sa.select(INCIDENT).where(INCIDENT.c.scope.in_(some))).mappings()
            )
            return sum(not wanted.isdisjoint(case.incident.captures) and not case.is_empty for case in found)

    def find(self, text: str) -> Case:
        """Find the incident whose id begins with ``text``, with or without ``incident-``; raises UsageError."""
        begin = text if text.startswith("incident-") else f"incident-{text}"
        chosen = sa.select(INCIDENT).where(INCIDENT.c.id.startswith(begin, autoescape=True)).limit(2)
        with self._ledger.reading() as connection:
            rows = connection.execute(chosen).mappings().all() if len(begin) <= MOST_ID else []
        exact = [row for row in rows if row["id"] == begin] or rows
        if len(exact) != 1:
            what = "names several incidents" if exact else "is no incident"
            raise UsageError(f"{text!r} {what}", do="`wanglou incidents list` shows them")
        return read_case(exact[0])

    def members(self, identity: str) -> list[str]:
        """List the ids of an incident's alerts."""
        chosen = sa.select(MEMBERS.c.alert).where(MEMBERS.c.incident == identity).order_by(MEMBERS.c.alert)
        with self._ledger.reading() as connection:
            return list(connection.scalars(chosen))

    def set_state(self, identity: str, actor: Actor, *, expected: int | None = None, **values: Any) -> Case:
        """Change ``status``, ``verdict``, ``assignee``, ``comment``, ``level_set``, ``class_set``, ``subclass_set``.

        None leaves one as it is. Raises ConflictError where the incident has no longer the version ``expected``.
        """
        given = {name: value for name, value in values.items() if value is not None}
        _check("status", given.get("status"), STATUSES)
        _check("verdict", given.get("verdict"), VERDICTS)
        _check("level", given.get("level_set"), (0, 1, 2, 3, 4))
        case = self.find(identity)
        check_class(given.get("class_set", case.class_set), given.get("subclass_set", case.subclass_set))
        if expected is not None and expected != case.version:
            raise ConflictError(f"{case.id} was changed meanwhile", do="read it again, then decide")
        if given.get("status") == "closed":
            given["judged"] = judged(case.incident)
        if given:
            given |= {"is_touched": True, "version": case.version + 1}
            action = "closed" if given.get("status") == "closed" else "changed"
            with self._ledger.change(actor) as change:
                change.update(INCIDENT, {"id": case.id}, given, action=action, expected={"version": case.version})
        return self.find(case.id)

    def merge(self, store: Store, into: str, others: Sequence[str], actor: Actor) -> Case:
        """Make incidents one; it stays so whatever comes in. Raises UsageError across enterprises or sites."""
        kept, going = self.find(into), [self.find(one) for one in others]
        going = [one for one in going if one.id != kept.id]
        if not going:
            raise UsageError("a merge needs two incidents", do="name the one that stays, then the others")
        if len({(case.site, case.incident.enterprise) for case in (kept, *going)}) > 1:
            raise UsageError(
                "these incidents are of different sites or enterprises", do="merge incidents of one enterprise"
            )
        if empty := [case.id for case in (kept, *going) if case.is_empty]:
            raise UsageError(f"{empty[0]} has no alerts any more", do=f"`wanglou incidents show {empty[0]}`")
        decisions = []
        for other in going:
            captures = self._captures(kept, other)
            decisions.append(Decision("merge", self._anchors(kept.id), self._anchors(other.id), captures=captures))
        gone = [other.id for other in going]
        self._decide(kept, actor, decisions, after={"merged": gone}, untouched=gone)
        self.update(store, actor=actor)
        return self.find(kept.id)

    def split(self, store: Store, identity: str, part: Part, actor: Actor) -> tuple[Case, list[Case]]:
        """Take a part out of an incident; gives what stays and what is new. Raises UsageError where none or all go."""
        if part.is_empty:
            raise UsageError("a split needs to know what leaves", do="give --alert, --source, --destination or --rule")
        case = self.find(identity)
        known = {one.record.identity: one for one in store.captures()}
        table = read_alerts(store, [known[one] for one in self._scope_captures(case) if one in known])
        ids = np.asarray(table["event.id"].to_pylist(), dtype=object)
        is_member = np.isin(ids, self.members(case.id)) if len(ids) else np.zeros(0, dtype=np.bool_)
        leaving = is_member & part.select(table) if len(ids) else is_member
        if not leaving.any() or leaving.sum() == is_member.sum():
            what = "all" if leaving.any() else "none"
            raise UsageError(f"{what} of its alerts would leave {case.id}", do=f"`wanglou incidents show {case.id}`")
        anchors = tuple(sorted(ids[is_member & ~leaving].tolist())[:ANCHORS])
        before = {one.id for one in self.cases()}
        leaves = {"alerts": int(leaving.sum()), **{name: value for name, value in asdict(part).items() if value}}
        left = tuple(sorted(ids[leaving].tolist())[:ANCHORS])
        decision = Decision("split", anchors, left, part, self._captures(case))
        self._decide(case, actor, [decision], after=leaves)
        self.update(store, actor=actor)
        return self.find(case.id), [one for one in self.cases() if one.id not in before]

    def decisions(self, identity: str) -> list[Kept]:
        """List the merges and splits that made an incident what it is, in the order they were made."""
        case = self.find(identity)
        with self._ledger.reading() as connection:
            return list_decisions_of(connection, case)

    def undo(self, store: Store, identity: str, seqs: Iterable[int], actor: Actor) -> Case | None:
        """Take decisions about an incident back, and group anew what they crossed.

        Gives the incident as it is then, None where it is no more. Raises UsageError where a decision is none of its.
        """
        case, wanted = self.find(identity), {*seqs}
        with self._ledger.reading() as connection:
            known = {kept.seq: kept.decision for kept in list_decisions_of(connection, case)}
        if not wanted or not wanted <= known.keys():
            raise UsageError(f"no such decision about {case.id}", do="look at its history again")
        told = [
            {"decision": known[seq].kind, **{name: value for name, value in asdict(known[seq].part).items() if value}}
            for seq in sorted(wanted)
        ]
        where = {"enterprise": case.incident.enterprise, "site": case.site}
        with self._ledger.change(actor) as change:
            drop_decisions(change, wanted)
            change.record("incident.undone", "incident", case.id, before={"decisions": told}, after={}, **where)
        self.update(store, actor=actor)
        with self._ledger.reading() as connection:
            return find_incident(connection, case.id)

    def _captures(self, *cases: Case) -> tuple[str, ...]:
        """Captures that some alerts of each case are in, enough to find its scope again."""
        return tuple(sorted({capture for case in cases for capture in case.incident.captures}))

    def _scope_captures(self, case: Case) -> list[str]:
        """Captures that are grouped with those of an incident."""
        with self._ledger.reading() as connection:
            scope = connection.scalar(sa.select(INCIDENT.c.scope).where(INCIDENT.c.id == case.id))
            return [name for name, mark in list_marks(connection).items() if mark.scope == scope]

    def _anchors(self, identity: str) -> tuple[str, ...]:
        return tuple(self.members(identity)[:ANCHORS])

    def _decide(
        self,
        case: Case,
        actor: Actor,
        decisions: Sequence[Decision],
        *,
        after: Mapping[str, Any],
        untouched: Sequence[str] = (),
    ) -> None:
        """Keep decisions, note that somebody looked at the incident, and audit it as one change.

        Those of ``untouched`` lose that mark: else one of them with more alerts would give its id to both.
        """
        where = {"enterprise": case.incident.enterprise, "site": case.site}
        with self._ledger.change(actor) as change:
            scope = change.connection.scalar(sa.select(INCIDENT.c.scope).where(INCIDENT.c.id == case.id))
            add_decisions(change, decisions, **where, scope=str(scope))
            chosen = sa.update(INCIDENT).where(INCIDENT.c.id == case.id)
            change.connection.execute(chosen.values(is_touched=True, version=INCIDENT.c.version + 1))
            for some in pieces_of(untouched):
                change.connection.execute(sa.update(INCIDENT).where(INCIDENT.c.id.in_(some)).values(is_touched=False))
            done = "incident.merged" if decisions[0].kind == "merge" else "incident.split"
            change.record(done, "incident", case.id, before={}, after=after, **where)


def check_class(name: str, subclass: str) -> None:
    """See that GB/T 20986-2023 has that class and subclass, as far as we know its names; raises UsageError."""
    classes = load_catalogue().classes
    if name and name not in classes:
        raise UsageError(f"no class {name!r} of an incident", do=f"give one of {', '.join(classes)}")
    if subclass and subclass not in classes.get(name, ()):
        raise UsageError(f"no subclass {subclass!r} of {name or 'no class'}", do="choose one of the class")


def _check(what: str, value: object, allowed: Sequence[object]) -> None:
    if value is not None and value not in allowed:
        raise UsageError(f"no {what} {value!r} of an incident", do=f"give one of {', '.join(map(str, allowed))}")
