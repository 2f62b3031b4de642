"""What the page of one incident shows: the incident, its alerts, what it could be merged with, what was decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from correlation.alert_filter import DATASET, find_field, in_period, join
from correlation.alert_line import AlertLine, add_triage
from correlation.asset_ledger import ASSET
from correlation.case import Case, read_case
from correlation.incident_ledger import Kept, pieces_of, read_decisions
from correlation.incident_tables import DECISIONS, INCIDENT, MEMBERS
from correlation.query_tree import Among
from correlation.record import position_of, read_records
from correlation.scoping import Enterprises, may_see
from correlation.store import Store, Value
from wanglou.errors import UsageError

SLACK_NS = 86_400 * 10**9
"""Time before and after an incident in which its alerts are looked for: a day, as files of a store are cut."""
MOST_ALERTS = 500
"""Alerts of one page."""
MOST_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Members:
    """Some alerts of an incident, the first one first, and where they go on."""

    lines: tuple[AlertLine, ...]
    next: str
    """Position behind the last one; empty at the end."""


def find_incident(connection: sa.Connection, identity: str, enterprises: Enterprises = None) -> Case | None:
    """Find an incident by its whole id; None where there is none that may be seen."""
    chosen = sa.select(INCIDENT).where(INCIDENT.c.id == identity, *may_see(INCIDENT.c.enterprise, enterprises))
    row = connection.execute(chosen).mappings().first()
    return None if row is None else read_case(row)


def list_members(store: Store, connection: sa.Connection, case: Case, limit: int = 50, after: str = "") -> Members:
    """Give the alerts of an incident that are in the store, by time; raises UsageError for a limit that cannot be."""
    if not 0 < limit <= MOST_ALERTS:
        raise UsageError(f"a page has 1 to {MOST_ALERTS} alerts")
    ids = connection.scalars(sa.select(MEMBERS.c.alert).where(MEMBERS.c.incident == case.id))
    named = "\n".join(ids)
    if not named:
        return Members((), "")
    schema, first, last = store.datasets[DATASET], case.incident.first_ns, case.incident.last_ns
    node = join(
        in_period(schema, first - SLACK_NS, last + SLACK_NS), Among(find_field(store, DATASET, "event.id"), named)
    )
    records: list[Mapping[str, Value]] = []
    for batch in store.search(DATASET, node, limit=limit + 1, newest_first=False, after=after):
        records += read_records(batch)
    shown = records[:limit]
    follows = position_of(schema, shown[-1]) if len(records) > limit else ""
    return Members(tuple(add_triage(connection, shown)), follows)


def list_mergeable(connection: sa.Connection, case: Case, limit: int = MOST_CANDIDATES) -> list[Case]:
    """List the incidents that may be merged with one, those that share addresses first, then the nearest in time."""
    it = INCIDENT.c
    away = sa.func.abs(it.first_ns - case.incident.first_ns)
    same = (it.enterprise == case.incident.enterprise, it.site == case.site, it.id != case.id, it.alerts > 0)
    rows = connection.execute(sa.select(INCIDENT).where(*same).order_by(away, it.id).limit(limit)).mappings()
    its = addresses_of(case)
    return sorted((read_case(row) for row in rows), key=lambda other: its.isdisjoint(addresses_of(other)))


def addresses_of(case: Case) -> frozenset[str]:
    """Give the addresses that an incident names, whatever they did in it."""
    told = case.incident
    return frozenset((*told.actors, *told.relays, *told.suspects, *told.targets))


def list_decisions_of(connection: sa.Connection, case: Case) -> list[Kept]:
    """List the merges and splits that name alerts of an incident, in the order they were made."""
    its = (DECISIONS.c.enterprise == case.incident.enterprise, DECISIONS.c.site == case.site)
    found = read_decisions(connection, *its)
    named = {one for kept in found for one in names_of(kept)}
    members: set[str] = set()
    for some in pieces_of(sorted(named)):
        chosen = sa.select(MEMBERS.c.alert).where(MEMBERS.c.incident == case.id, MEMBERS.c.alert.in_(some))
        members |= {*connection.scalars(chosen)}
    return [kept for kept in found if not members.isdisjoint(names_of(kept))]


def names_of(kept: Kept) -> tuple[str, ...]:
    """Give the alerts that a decision names."""
    decision = kept.decision
    return (*decision.anchors, *decision.others, *decision.part.alerts)


@dataclass(frozen=True, slots=True)
class NamedAsset:
    """What the inventory knows of an address of an incident."""

    id: str
    name: str
    type: str
    zone: str
    level: float | None
    criticality: int


def find_assets(connection: sa.Connection, enterprise: str, addresses: Collection[str]) -> dict[str, NamedAsset]:
    """Find the assets of addresses of an enterprise; of several of one address the one that was seen last."""
    it, wanted = ASSET.c, frozenset(addresses)
    columns = (it.id, it.name, it.type, it.zone, it.level, it.criticality, it.addresses)
    found: dict[str, NamedAsset] = {}
    rows = connection.execute(sa.select(*columns).where(it.enterprise == enterprise).order_by(it.last_ns))
    for *told, text in rows:
        for address in wanted.intersection(text.split()):
            found[address] = NamedAsset(*told)
    return found
