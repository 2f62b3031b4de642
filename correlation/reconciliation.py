"""Brings the incidents that the ledger keeps to what was grouped now, in one change with its audit.

Ids stay with the incidents that share most alerts with what they named before; what people noted stays with the id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from correlation.case import is_worse, read_case, write_body
from correlation.incident import Incident, name_incident
from correlation.incident_ledger import pieces_of
from correlation.incident_tables import INCIDENT, MEMBERS
from wanglou.bulk_insert import insert_rows
from wanglou.change import Change

_AT_ONCE = 5_000
"""Alerts in one statement; SQLite takes up to 32,766 parameters."""
_PUT = sa.text(
    "INSERT INTO incident_alerts (alert, incident) VALUES (:alert, :incident)"
    " ON CONFLICT (alert) DO UPDATE SET incident = excluded.incident"
)
"""Lays an alert into an incident, whichever it was in, on SQLite and PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update did."""

    scopes: int = 0
    """Scopes that were grouped anew."""
    alerts: int = 0
    opened: int = 0
    changed: int = 0
    removed: int = 0
    """Absorbed by others, or without any alert left."""
    reopened: int = 0
    emptied: int = 0
    """Of which nothing but what people noted is left."""

    def __add__(self, other: Outcome) -> Outcome:
        """Add up."""
        return Outcome(*(getattr(self, one) + getattr(other, one) for one in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Found:
    """An incident as it was grouped now."""

    incident: Incident
    alerts: Sequence[str]
    """Ids."""
    scope: str = ""
    """What its captures are grouped under."""
    site: str = ""


class Reconciliation:
    """Brings the incidents of some scopes to what was grouped now, in one change."""

    def __init__(self, change: Change, scopes: Collection[str]) -> None:
        self._change = change
        self._rows: dict[str, dict[str, Any]] = {}
        self._elsewhere: dict[str, dict[str, Any]] = {}
        """Incidents of other scopes that have a name that a new one would get."""
        self._members: dict[str, str] = {}
        self._fresh: list[dict[str, Any]] = []
        """Rows of new incidents, which are written all at once."""
        connection = change.connection
        for some in pieces_of(sorted(scopes)):
            chosen = sa.select(INCIDENT).where(INCIDENT.c.scope.in_(some))
            self._rows |= {row["id"]: dict(row) for row in connection.execute(chosen).mappings()}
            known = sa.select(MEMBERS.c.alert, MEMBERS.c.incident).join(INCIDENT).where(INCIDENT.c.scope.in_(some))
            self._members |= {row.alert: row.incident for row in connection.execute(known)}

    def run(self, found: Sequence[Found]) -> Outcome:
        """Write what differs; gives what was done."""
        ids = self._choose_ids(found)
        members = {alert: identity for one, identity in zip(found, ids, strict=True) for alert in one.alerts}
        outcome = Outcome()
        for one, identity in zip(found, ids, strict=True):
            outcome += self._write(identity, one)
        if self._fresh:
            self._change.connection.execute(sa.insert(INCIDENT), self._fresh)
        kept = set(ids)
        outcome += self._remove([identity for identity in self._rows if identity not in kept], members)
        self._write_members(members)
        self._drop_removed()
        return outcome

    def _choose_ids(self, found: Sequence[Found]) -> list[str]:
        """Let each incident keep the id with which it shares most alerts, those that people touched first."""
        shared: list[tuple[bool, int, str, int]] = []
        for place, one in enumerate(found):
            counts: dict[str, int] = {}
            for alert in one.alerts:
                if (old := self._members.get(alert)) is not None:
                    counts[old] = counts.get(old, 0) + 1
            shared += [(not self._rows[old]["is_touched"], -count, old, place) for old, count in counts.items()]
        ids: dict[int, str] = {}
        held: set[str] = set()
        for _, _, old, place in sorted(shared):
            if place not in ids and old not in held:
                ids[place] = old
                held.add(old)
        self._name_fresh({place: one for place, one in enumerate(found) if place not in ids}, ids)
        return [ids[place] for place in range(len(found))]

    def _name_fresh(self, fresh: Mapping[int, Found], ids: dict[int, str]) -> None:
        """Name new incidents by their first alerts; one that people noted something on and that is empty comes back.

        One that was split off may begin with the same alert as one before.
        """
        names = {place: one.incident.id for place, one in fresh.items()}
        for some in pieces_of(sorted({*names.values()} - self._rows.keys())):
            rows = self._change.connection.execute(sa.select(INCIDENT).where(INCIDENT.c.id.in_(some))).mappings()
            self._elsewhere |= {row["id"]: dict(row) for row in rows}
        held = {*ids.values()}
        known = self._elsewhere | self._rows
        taken = held | {identity for identity, row in known.items() if row["alerts"]}
        for place, one in fresh.items():
            name, turn = names[place], 1
            while name in taken:
                turn += 1
                name = name_incident(f"{one.alerts[0]}:{turn}")
            ids[place] = name
            taken.add(name)
            if name in self._elsewhere:
                self._rows[name] = self._elsewhere.pop(name)

    def _write(self, identity: str, one: Found) -> Outcome:
        incident = one.incident if one.incident.id == identity else replace(one.incident, id=identity)
        told = {
            "enterprise": incident.enterprise,
            "severity": incident.severity,
            "first_ns": incident.first_ns,
            "last_ns": incident.last_ns,
            "alerts": incident.alerts,
            "stage": incident.stage,
            "level": incident.level,
            "body": write_body(incident),
        }
        old = self._rows.get(identity)
        if old is None:
            blank = {"verdict": "undetermined", "assignee": "", "comment": "", "level_set": 0, "judged": ""}
            blank |= {"class_set": "", "subclass_set": ""}
            values = {"id": identity, "site": one.site, "scope": one.scope, "status": "new", **blank, **told}
            self._fresh.append({**values, "is_touched": False, "version": 1})
            self._record("opened", identity, None, _tell(incident), values)
            return Outcome(opened=1)
        where = {"scope": one.scope, "site": one.site}
        if all(old[name] == value for name, value in told.items()):
            if any(old[name] != value for name, value in where.items()):
                self._change.connection.execute(sa.update(INCIDENT).where(INCIDENT.c.id == identity).values(where))
            return Outcome()
        reopened = old["status"] == "closed" and is_worse(incident, old["judged"])
        values = {**told, **where, "version": old["version"] + 1, **({"status": "new"} if reopened else {})}
        self._change.connection.execute(sa.update(INCIDENT).where(INCIDENT.c.id == identity).values(values))
        before = _tell(read_case(old).incident) | ({} if old["alerts"] else {"alerts": 0})
        self._record("reopened" if reopened else "regrouped", identity, before, _tell(incident), {**old, **values})
        return Outcome(changed=1, reopened=int(reopened))

    def _remove(self, gone: Sequence[str], members: Mapping[str, str]) -> Outcome:
        """Remove what was absorbed or has no alerts left; what people touched stays, without alerts."""
        into: dict[str, set[str]] = {identity: set() for identity in gone}
        for alert, old in self._members.items():
            if old in into and alert in members:
                into[old].add(members[alert])
        self._doomed: list[str] = []
        removed = emptied = 0
        for identity in gone:
            row, absorbing = self._rows[identity], sorted(into[identity])
            if row["is_touched"] and not absorbing:
                if row["alerts"]:
                    update = sa.update(INCIDENT).where(INCIDENT.c.id == identity)
                    self._change.connection.execute(update.values(alerts=0, version=row["version"] + 1))
                    before = {"alerts": row["alerts"]}
                    self._record("emptied", identity, before, {"alerts": 0}, row)
                    emptied += 1
                continue
            before = {name: row[name] for name in ("status", "verdict", "assignee", "comment", "alerts")}
            done = "absorbed" if absorbing else "withdrawn"
            self._record(done, identity, before, {"into": absorbing} if absorbing else None, row)
            self._doomed.append(identity)
            removed += 1
        return Outcome(removed=removed, emptied=emptied)

    def _write_members(self, members: Mapping[str, str]) -> None:
        """Write which alerts changed their incident."""
        connection = self._change.connection
        lost = [alert for alert in self._members if alert not in members]
        known = self._members
        fresh = sorted((alert, identity) for alert, identity in members.items() if known.get(alert) != identity)
        for some in pieces_of(lost, _AT_ONCE):
            connection.execute(sa.delete(MEMBERS).where(MEMBERS.c.alert.in_(some)))
        insert_rows(connection, _PUT, ("alert", "incident"), fresh)

    def _drop_removed(self) -> None:
        for identity in self._doomed:
            self._change.connection.execute(sa.delete(INCIDENT).where(INCIDENT.c.id == identity))

    def _record(
        self,
        done: str,
        identity: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        row: Mapping[str, Any],
    ) -> None:
        if before is not None and after is not None:
            changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
            before = {name: before[name] for name in changed if name in before}
            after = {name: after[name] for name in changed if name in after}
        where = {"enterprise": row["enterprise"], "site": row["site"]}
        self._change.record(f"incident.{done}", "incident", identity, before=before, after=after, **where)


def _tell(incident: Incident) -> dict[str, Any]:
    """Tell an incident in the audit."""
    names = ("title_en", "severity", "stage", "alerts", "first_ns", "last_ns")
    return {name: getattr(incident, name) for name in names}
