"""The incidents of a site: grouped from the alerts of a store, kept in the ledger with what people make of them.

A scope is what is grouped together: each capture file by itself, because captures that are given together are
independent of each other, and all live sensors of a site together. A scope is grouped anew when its alerts, the
suppressions or the decisions changed, else it costs one look into the ledger.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from correlation.alert_facts import COLUMNS, AlertFacts, read_facts
from correlation.case import STATUSES, VERDICTS, Case, judged, read_case
from correlation.decision import ANCHORS, Decision, Part, apply_decisions
from correlation.description import describe_incidents
from correlation.incident_grouping import group_alerts
from correlation.incident_tables import DECISIONS, INCIDENT, MEMBERS, SCOPES
from correlation.reconciliation import Found, Outcome, Reconciliation
from correlation.store import Capture, Store
from correlation.triage import Suppression, Triage, find_suppressed
from wanglou.audit import Actor
from wanglou.errors import UsageError
from wanglou.ledger import Ledger

VERSION = 1
"""Raised when the grouping changes: every scope then is grouped anew."""
LIVE = "live"
"""Scope of all live sensors."""
ACTOR = Actor("system:incidents", "")
_FILE = re.compile(r"[0-9a-f]{64}(@.*)?", re.DOTALL)


def scope_of(identity: str) -> str:
    """Give the scope of a capture by its identity."""
    return identity if _FILE.fullmatch(identity) else LIVE


class Incidents:
    """The incidents in one ledger, opened with the components INCIDENTS and TRIAGE."""

    def __init__(self, ledger: Ledger, site: str = "") -> None:
        """Keep the incidents of ``site``."""
        self._ledger, self._site = ledger, site
        self.triage = Triage(ledger, site)

    def update(self, store: Store, identities: Iterable[str], actor: Actor = ACTOR) -> Outcome:
        """Group the alerts of these captures, as far as anything changed since they were grouped last."""
        scopes = sorted({scope_of(identity) for identity in identities})
        captures, suppressions = _list_captures(store, scopes), self.triage.suppressions()
        digests, known = self._digest(scopes, captures, suppressions), self._known_digests()
        outcome = Outcome()
        for scope in scopes:
            if digests[scope] != known.get(scope):
                is_empty = not any(one.rows.get("alert") or not one.is_complete for one in captures[scope])
                alerts = _EMPTY if is_empty else _read_alerts(store, scope)
                outcome += self._group(scope, alerts, suppressions, digests[scope], actor)
        return outcome

    def rebuild(self, store: Store, actor: Actor = ACTOR) -> Outcome:
        """Group all alerts of the store, whatever was grouped before; decisions and what people noted stay."""
        suppressions = self.triage.suppressions()
        tables = _split_scopes(_read_alerts(store, ""))
        with self._ledger.reading() as connection:
            known = set(connection.scalars(sa.select(INCIDENT.c.scope).where(INCIDENT.c.site == self._site)))
        scopes = sorted(known | set(tables))
        digests = self._digest(scopes, _list_captures(store, scopes), suppressions)
        outcome = Outcome()
        for scope in scopes:
            outcome += self._group(scope, tables.get(scope, _EMPTY), suppressions, digests[scope], actor)
        return outcome

    def _digest(
        self, scopes: Sequence[str], captures: Mapping[str, Sequence[Capture]], suppressions: Sequence[Suppression]
    ) -> dict[str, str]:
        """Digest what decides the grouping of each scope: its alerts, the decisions and the suppressions."""
        counted = sa.select(DECISIONS.c.scope, sa.func.count()).group_by(DECISIONS.c.scope)
        with self._ledger.reading() as connection:
            decisions = {row[0]: row[1] for row in connection.execute(counted)}
        hidden = sorted(one.id for one in suppressions)
        digests = {}
        for scope in scopes:
            alerts = [(one.record.identity, one.detection_digest, one.rows.get("alert", 0)) for one in captures[scope]]
            parts = [VERSION, sorted(alerts), decisions.get(scope, 0), hidden]
            digests[scope] = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
        return digests

    def _known_digests(self) -> dict[str, str]:
        with self._ledger.reading() as connection:
            return {row.scope: row.digest for row in connection.execute(sa.select(SCOPES))}

    def _group(
        self, scope: str, alerts: pa.Table, suppressions: Sequence[Suppression], digest: str, actor: Actor
    ) -> Outcome:
        found = list(group_scope(alerts, suppressions, self._decisions(scope)))
        with self._ledger.change(actor) as change:
            outcome = Reconciliation(change, scope, self._site).run(found)
            change.connection.execute(sa.delete(SCOPES).where(SCOPES.c.scope == scope))
            change.connection.execute(sa.insert(SCOPES).values(scope=scope, digest=digest))
        return replace(outcome, scopes=1, alerts=alerts.num_rows)

    def _decisions(self, scope: str) -> list[Decision]:
        chosen = sa.select(DECISIONS.c.body).where(DECISIONS.c.scope == scope).order_by(DECISIONS.c.seq)
        with self._ledger.reading() as connection:
            return [_read_decision(body) for body in connection.scalars(chosen)]

    def cases(self, *, with_closed: bool = True, least_severity: int = 0) -> list[Case]:
        """List the incidents, the most recent first."""
        chosen = sa.select(INCIDENT).where(INCIDENT.c.site == self._site, INCIDENT.c.severity >= least_severity)
        if not with_closed:
            chosen = chosen.where(INCIDENT.c.status != "closed")
        chosen = chosen.order_by(INCIDENT.c.first_ns.desc(), INCIDENT.c.id)
        with self._ledger.reading() as connection:
            return [read_case(row) for row in connection.execute(chosen).mappings()]

    def count(self, identities: Iterable[str]) -> int:
        """Count the incidents of these captures."""
        scopes = {scope_of(identity) for identity in identities}
        chosen = sa.select(INCIDENT.c.scope, sa.func.count()).where(INCIDENT.c.site == self._site)
        with self._ledger.reading() as connection:
            rows = connection.execute(chosen.group_by(INCIDENT.c.scope))
            return sum(row[1] for row in rows if row[0] in scopes)

    def find(self, text: str) -> Case:
        """Find the incident whose id begins with ``text``, with or without ``incident-``; raises UsageError."""
        begin = text if text.startswith("incident-") else f"incident-{text}"
        chosen = sa.select(INCIDENT).where(INCIDENT.c.id.startswith(begin, autoescape=True)).limit(2)
        with self._ledger.reading() as connection:
            rows = connection.execute(chosen).mappings().all()
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

    def set_state(self, identity: str, actor: Actor, **values: Any) -> Case:
        """Change ``status``, ``verdict``, ``assignee``, ``comment`` or ``level_set``; None leaves one as it is."""
        given = {name: value for name, value in values.items() if value is not None}
        _check("status", given.get("status"), STATUSES)
        _check("verdict", given.get("verdict"), VERDICTS)
        _check("level", given.get("level_set"), (0, 1, 2, 3, 4))
        case = self.find(identity)
        if given.get("status") == "closed":
            given["judged"] = judged(case.incident)
        if given:
            given |= {"is_touched": True, "version": case.version + 1}
            action = "closed" if given.get("status") == "closed" else "changed"
            with self._ledger.change(actor) as change:
                change.update(INCIDENT, {"id": case.id}, given, action=action, expected={"version": case.version})
        return self.find(case.id)

    def merge(self, store: Store, into: str, others: Sequence[str], actor: Actor) -> Case:
        """Make incidents one; it stays so whatever comes in. Raises UsageError across captures or enterprises."""
        kept, going = self.find(into), [self.find(one) for one in others]
        going = [one for one in going if one.id != kept.id]
        if not going:
            raise UsageError("a merge needs two incidents", do="name the one that stays, then the others")
        scopes = {self._scope(case.id) for case in (kept, *going)}
        if len(scopes) > 1 or len({case.incident.enterprise for case in (kept, *going)}) > 1:
            raise UsageError(
                "these incidents are of different captures or enterprises", do="merge incidents of one capture"
            )
        scope = scopes.pop()
        self._decide(
            scope,
            kept,
            actor,
            [Decision("merge", self._anchors(kept.id), self._anchors(other.id)) for other in going],
            touch=[kept.id],
            after={"merged": [other.id for other in going]},
        )
        self.update(store, [scope] if scope != LIVE else [""], actor)
        return self.find(kept.id)

    def split(self, store: Store, identity: str, part: Part, actor: Actor) -> tuple[Case, list[Case]]:
        """Take a part out of an incident; gives what stays and what is new. Raises UsageError where none or all go."""
        if part.is_empty:
            raise UsageError("a split needs to know what leaves", do="give --alert, --source, --destination or --rule")
        case = self.find(identity)
        scope = self._scope(case.id)
        table = _read_alerts(store, scope)
        ids = np.asarray(table["event.id"].to_pylist(), dtype=object)
        is_member = np.isin(ids, self.members(case.id)) if len(ids) else np.zeros(0, dtype=np.bool_)
        leaving = is_member & part.select(table) if len(ids) else is_member
        if not leaving.any() or leaving.sum() == is_member.sum():
            what = "all" if leaving.any() else "none"
            raise UsageError(f"{what} of its alerts would leave {case.id}", do=f"`wanglou incidents show {case.id}`")
        anchors = tuple(sorted(ids[is_member & ~leaving].tolist())[:ANCHORS])
        before = {one.id for one in self.cases()}
        leaves = {"alerts": int(leaving.sum()), **{name: value for name, value in asdict(part).items() if value}}
        self._decide(scope, case, actor, [Decision("split", anchors, (), part)], touch=[case.id], after=leaves)
        self.update(store, [scope] if scope != LIVE else [""], actor)
        return self.find(case.id), [one for one in self.cases() if one.id not in before]

    def _scope(self, identity: str) -> str:
        with self._ledger.reading() as connection:
            return str(connection.scalar(sa.select(INCIDENT.c.scope).where(INCIDENT.c.id == identity)))

    def _anchors(self, identity: str) -> tuple[str, ...]:
        return tuple(self.members(identity)[:ANCHORS])

    def _decide(
        self,
        scope: str,
        case: Case,
        actor: Actor,
        decisions: Sequence[Decision],
        *,
        touch: Sequence[str],
        after: Mapping[str, Any],
    ) -> None:
        """Keep decisions, note that somebody looked at the incident, and audit it as one change."""
        enterprise = case.incident.enterprise
        with self._ledger.change(actor) as change:
            last = change.connection.scalar(sa.select(sa.func.max(DECISIONS.c.seq))) or 0
            for seq, decision in enumerate(decisions, last + 1):
                values = {"enterprise": enterprise, "site": self._site, "scope": scope, "body": _write(decision)}
                change.connection.execute(sa.insert(DECISIONS).values(seq=seq, **values))
            chosen = sa.update(INCIDENT).where(INCIDENT.c.id.in_(touch))
            change.connection.execute(chosen.values(is_touched=True, version=INCIDENT.c.version + 1))
            done = "incident.merged" if decisions[0].kind == "merge" else "incident.split"
            change.record(done, "incident", case.id, before={}, after=after, enterprise=enterprise, site=self._site)


def group_scope(
    alerts: pa.Table, suppressions: Sequence[Suppression] = (), decisions: Sequence[Decision] = ()
) -> Iterator[Found]:
    """Group the alerts of one scope: in any order, the same incidents."""
    if not alerts.num_rows:
        return
    facts = _drop_suppressed(read_facts(alerts), suppressions)
    groups, by_hand = apply_decisions(facts, group_alerts(facts), decisions)
    ids = facts.table["event.id"].to_pylist()
    for incident, rows in describe_incidents(facts, groups, by_hand):
        yield Found(incident, [ids[row] for row in rows.tolist()])


def _drop_suppressed(facts: AlertFacts, suppressions: Sequence[Suppression]) -> AlertFacts:
    hidden = find_suppressed(facts.table, facts.start, suppressions)
    return read_facts(facts.table.filter(pa.array(~hidden))) if hidden.any() else facts


def _check(what: str, value: object, allowed: Sequence[object]) -> None:
    if value is not None and value not in allowed:
        raise UsageError(f"no {what} {value!r} of an incident", do=f"give one of {', '.join(map(str, allowed))}")


def _write(decision: Decision) -> str:
    return json.dumps(asdict(decision), ensure_ascii=False, sort_keys=True)


def _read_decision(body: str) -> Decision:
    values: dict[str, Any] = json.loads(body)
    part = values["part"]
    return Decision(
        values["kind"],
        tuple(values["anchors"]),
        tuple(values["others"]),
        Part(**{**part, "alerts": tuple(part["alerts"])}),
    )


def _list_captures(store: Store, scopes: Sequence[str]) -> dict[str, list[Capture]]:
    """Give what the store knows of the captures of each scope; one is asked for by itself, several together."""
    found: dict[str, list[Capture]] = {scope: [] for scope in scopes}
    alone = store.state(scopes[0]) if len(scopes) == 1 and scopes[0] != LIVE else None
    several = store.captures() if len(scopes) > 1 or LIVE in scopes else []
    for capture in [alone, *several]:
        if capture is not None and (its := found.get(scope_of(capture.record.identity))) is not None:
            its.append(capture)
    return found


_EMPTY = pa.table({name: pa.array([], pa.string()) for name in COLUMNS})


def _read_alerts(store: Store, scope: str) -> pa.Table:
    """Read the alerts of a scope, or of all."""
    query = f'wanglou.capture:"{scope}"' if scope not in ("", LIVE) else ""
    batches = [batch.select(COLUMNS) for batch in store.search("alert", query)]
    if not batches:
        return _EMPTY
    table = pa.Table.from_batches(batches)
    return _split_scopes(table).get(LIVE, _EMPTY) if scope == LIVE else table


def _split_scopes(table: pa.Table) -> dict[str, pa.Table]:
    """Part alerts by scope."""
    if not table.num_rows:
        return {}
    coded = table["wanglou.capture"].cast(pa.string()).combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    scopes = [scope_of(identity or "") for identity in coded.dictionary.to_pylist()]
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False))
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(scopes) + 1))
    parts: dict[str, list[pa.Table]] = {}
    for code, scope in enumerate(scopes):
        parts.setdefault(scope, []).append(table.take(pa.array(order[bounds[code] : bounds[code + 1]])))
    return {scope: pa.concat_tables(its) for scope, its in parts.items()}
