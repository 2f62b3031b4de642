"""One asset in full: what happened to it, with whom it deals, what it told, its alerts, incidents and risk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from console.record import Record
from console.visit import Visit
from correlation.alert_filter import any_of, find_field, join, of_enterprise
from correlation.asset import Asset
from correlation.asset_detail import Dealings, list_dealings, list_decisions
from correlation.asset_ledger import MERGE, SPLIT
from correlation.case import Case, read_case
from correlation.incident_tables import INCIDENT, MEMBERS
from correlation.query_tree import Node, Or
from correlation.readings import SOURCES, Point, PointName, Reading, Source, list_points, read_values
from correlation.record import read_records
from correlation.store import Store
from correlation.triage import Triaged
from wanglou.audit import AuditRow
from wanglou.errors import UsageError

MOST_ALERTS = 50
MOST_PLACES = 16
"""Registers of one request that are drawn."""
_LISTED = ("event.severity", "rule.name", "wanglou.alert.count", "wanglou.alert.title.zh", "wanglou.alert.title.en")
"""Fields that a line of the asset's alerts shows, beside time and id."""
_ENDS = ("source.ip", "destination.ip")


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened to an asset, or that somebody said of it."""

    at_ns: int
    kind: str
    """``new``, ``changed``, ``conflict``, ``gone``, ``said``, ``said_merge`` or ``said_split``."""
    who: str = ""
    reason: str = ""
    field: str = ""
    before: Any = ""
    after: Any = ""

    def lines(self, name_value: Callable[[str, Any], str]) -> list[tuple[str, str]]:
        """Give what changed as lines of a diff."""
        states = (("out", self.before), ("in", self.after))
        return [(kind, name_value(self.field, value)) for kind, value in states if value not in ("", None)]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A point with its values."""

    point: Point
    values: Sequence[Reading]
    place: int = 0

    @property
    def id(self) -> str:
        """How the address names it."""
        return f"{self.point.point.source}:{self.point.point.name}"

    @property
    def shape(self) -> list[float]:
        """The values above the least of them, for a sparkline."""
        least = min((one.value for one in self.values), default=0.0)
        return [one.value - least for one in self.values]


@dataclass(frozen=True, slots=True)
class AssetAlert:
    """One alert that the asset is an end of."""

    record: Record
    triaged: Triaged

    @property
    def id(self) -> str:
        """Its ``event.id``."""
        return str(self.record["event.id"])

    def title(self, language: str) -> str:
        """Give its title in a language, else the rule's name."""
        return str(self.record.get(f"wanglou.alert.title.{language}") or self.record.get("rule.name") or "")


def list_moments(visit: Visit, asset: Asset) -> list[Moment]:
    """Tell what happened to an asset and what people said of it, the newest first."""
    moments = [
        Moment(one.at_ns, one.kind, field=one.field, before=one.before, after=one.after) for one in asset.history
    ]
    with visit.ledger.reading() as connection:
        moments += map(_tell_decision, list_decisions(connection, asset))
    return sorted(moments, key=lambda one: -one.at_ns)


def _tell_decision(row: AuditRow) -> Moment:
    key, _, name = row.subject.rpartition("/")
    word, _, other = name.partition(" ")
    before, after = (json.loads(state) if state else {} for state in (row.before, row.after))
    who, reason = row.actor.partition(":")[2] or row.actor, str(after.get("reason") or "")
    if word in (MERGE, SPLIT):
        return Moment(row.at_ns, f"said_{word}", who, reason, after=other or key.partition("/")[2])
    values = [json.loads(state["value"]) if "value" in state else None for state in (before, after)]
    return Moment(row.at_ns, "said", who, reason, word, *values)


def read_dealings(visit: Visit, asset: Asset) -> Dealings:
    """Tell what an asset serves and uses in the period."""
    period = visit.period
    return list_dealings(visit.store, asset, start_ns=period.start_ns, end_ns=period.end_ns)


def name_points(visit: Visit, asset: Asset) -> list[Drawn]:
    """List the points of an asset in the period, without their values."""
    period = visit.period
    return [Drawn(one, ()) for one in list_points(visit.store, asset, start_ns=period.start_ns, end_ns=period.end_ns)]


def list_values(visit: Visit, asset: Asset, identity: str, place: int) -> list[Reading]:
    """Give the latest values of the period of a point; raises UsageError for what names none."""
    source, colon, name = identity.partition(":")
    if source not in SOURCES or not colon:
        raise UsageError(f"{identity[:80]!r} names no point", do="take one of the list of points")
    period = visit.period
    point = PointName(source, name)
    return read_values(
        visit.store, asset, point, place=place, start_ns=period.start_ns, end_ns=period.end_ns
    )  # fmt: skip


def draw_first(visit: Visit, asset: Asset, identity: str) -> Drawn:
    """Give a point with its latest values, of several registers the first; raises UsageError for what names none."""
    source, _, name = identity.partition(":")
    values = list_values(visit, asset, identity, 0)
    return Drawn(Point(PointName(cast("Source", source), name), len(values), 1), values)


def draw_point(visit: Visit, asset: Asset, identity: str) -> list[Drawn]:
    """Give one point with its values, for several registers each of them; nothing where there is no such point."""
    times: dict[str, Any] = {"start_ns": visit.period.start_ns, "end_ns": visit.period.end_ns}
    source, _, name = identity.partition(":")
    found = [one for one in list_points(visit.store, asset, **times) if one.point == PointName(source, name)]  # type: ignore[arg-type] # any text may be compared
    return [
        Drawn(one, read_values(visit.store, asset, one.point, place=place, **times), place)
        for one in found[:1]
        for place in range(min(one.width, MOST_PLACES))
    ]


def _of_asset(store: Store, asset: Asset) -> Node:
    ends = Or(tuple(any_of(find_field(store, "alert", end), asset.addresses) for end in _ENDS))
    return join(of_enterprise(store, "alert", asset.enterprise), ends)


def list_alerts_of(visit: Visit, asset: Asset) -> list[AssetAlert]:
    """Give the latest alerts of the period that an asset is an end of."""
    period = visit.period
    batches = visit.store.search(
        "alert", _of_asset(visit.store, asset), start_ns=period.start_ns, end_ns=period.end_ns,
        limit=MOST_ALERTS, fields=_LISTED,
    )  # fmt: skip
    records = [Record(one) for batch in batches for one in read_records(batch)]
    states = visit.triage.states([str(record["event.id"]) for record in records])
    return [AssetAlert(one, states.get(name := str(one["event.id"]), Triaged(name))) for one in records]


def count_alerts_of(visit: Visit, asset: Asset) -> int:
    """Count the alerts of the period that an asset is an end of."""
    period = visit.period
    return visit.store.count("alert", _of_asset(visit.store, asset), start_ns=period.start_ns, end_ns=period.end_ns)


def write_alert_query(asset: Asset) -> str:
    """Write the query that finds an asset's alerts, for the list of alerts."""
    ends = " OR ".join(f'"{one}"' for one in asset.addresses)
    return f"{_write_owner(asset)} AND (source.ip:({ends}) OR destination.ip:({ends}))" if ends else "NOT *"


def _write_owner(asset: Asset) -> str:
    """Ask for its enterprise: another may use the same private addresses."""
    return f'organization.id:"{asset.enterprise}"' if asset.enterprise else "NOT _exists_:organization.id"


def write_flow_query(asset: Asset, end: str, *, port: int | None = None, peer: str = "") -> str:
    """Write the query that finds flows of an asset at one end (``source`` or ``destination``)."""
    other = "destination" if end == "source" else "source"
    ends = " OR ".join(f'"{one}"' for one in asset.addresses)
    parts = [_write_owner(asset), f"{end}.ip:({ends})"] + ([f"destination.port:{port}"] if port is not None else [])
    return " AND ".join(parts + ([f'{other}.ip:"{peer}"'] if peer else []))


def list_incidents_of(visit: Visit, alerts: Sequence[AssetAlert]) -> list[Case]:
    """Give the incidents that the latest alerts of an asset are in, the latest first."""
    with visit.ledger.reading() as connection:
        rows = list(_read_incidents(connection, visit, [one.id for one in alerts]))
    return sorted((read_case(row) for row in rows), key=lambda case: -case.incident.last_ns)


def _read_incidents(connection: sa.Connection, visit: Visit, alerts: Sequence[str]) -> Iterator[sa.RowMapping]:
    chosen = sa.select(MEMBERS.c.incident).where(MEMBERS.c.alert.in_(alerts)).distinct()
    wanted = sa.select(INCIDENT).where(INCIDENT.c.id.in_(chosen), visit.scope.where(INCIDENT.c.enterprise))
    yield from connection.execute(wanted).mappings()
