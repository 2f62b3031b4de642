"""What the tabs of an incident show: its alerts, the records they rest on, and who its addresses are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from console.record import Record
from console.visit import Visit
from correlation.alert_filter import find_field, in_period, join
from correlation.alert_line import AlertLine
from correlation.case import Case
from correlation.incident_detail import SLACK_NS, Members, NamedAsset, find_assets, list_members
from correlation.query_tree import Among
from correlation.record import read_records

PAGE_ALERTS = 50
PAGE_EVIDENCE = 20
MOST_RECORDS = 3
"""Records of each alert that are shown; the alert's own page has the rest."""
MOST_NODES = 200
PACKETS = "/alerts/{identity}/packets"
"""Path of the page with the packets of an alert, where the console has it."""
ASSET = "/assets/{identity}"


@dataclass(frozen=True, slots=True)
class Proof:
    """One alert with the first records that it rests on."""

    line: AlertLine
    records: Sequence[Record]
    packets: str
    """Address of its packets; that of the alert where the console has no such page, empty where it may not be seen."""

    @property
    def record(self) -> Record:
        """The alert's own record."""
        return Record(self.line.record)


@dataclass(frozen=True, slots=True)
class Entity:
    """One address of an incident."""

    address: str
    role: str
    alerts: int
    asset: NamedAsset | None
    href: str
    """Address of the asset's page; empty for none."""


def list_alerts(visit: Visit, case: Case, after: str = "", limit: int = PAGE_ALERTS) -> Members:
    """Give the alerts of an incident by time."""
    with visit.ledger.reading() as connection:
        return list_members(visit.store, connection, case, limit, after)


def list_proofs(visit: Visit, case: Case, after: str = "") -> tuple[list[Proof], str]:
    """Give a page of alerts with their records, and where they go on."""
    found = list_alerts(visit, case, after, PAGE_EVIDENCE)
    wanted: dict[str, set[str]] = defaultdict(set)
    start = case.incident.first_ns
    for line in found.lines:
        record = Record(line.record)
        wanted[str(record["wanglou.alert.dataset"] or "")] |= {*_events(line)}
        start = min(start, int(record["event.start"] or start))
    known: dict[str, Record] = {}
    for dataset, ids in wanted.items():
        known |= _find_records(visit, dataset, ids, (start, case.incident.last_ns + SLACK_NS))
    proofs = [
        Proof(line, [known[one] for one in _events(line) if one in known], find_packets(visit, line.id))
        for line in found.lines
    ]
    return proofs, found.next


def _events(line: AlertLine) -> list[str]:
    events = line.record.get("wanglou.alert.events")
    return [str(one) for one in events][:MOST_RECORDS] if isinstance(events, list | tuple) else []


def _find_records(visit: Visit, dataset: str, ids: set[str], stretch: tuple[int, int]) -> dict[str, Record]:
    schema = visit.store.datasets.get(dataset)
    if schema is None or not ids:
        return {}
    identity = find_field(visit.store, dataset, "event.id")
    node = join(in_period(schema, *stretch), Among(identity, "\n".join(sorted(ids))))
    batches = visit.store.search(dataset, node, limit=len(ids), newest_first=False)
    return {str(one["event.id"]): Record(one) for batch in batches for one in read_records(batch)}


def find_packets(visit: Visit, alert: str) -> str:
    """Give the address of an alert's packets."""
    if not visit.may("alerts.read"):
        return ""
    path = PACKETS if PACKETS in visit.services.paths and visit.may("packets.read") else "/alerts/{identity}"
    return path.replace("{identity}", quote(alert, safe=""))


def list_entities(visit: Visit, case: Case) -> list[Entity]:
    """Give the addresses of an incident with their assets, in the order of the graph."""
    nodes = case.incident.graph["nodes"][:MOST_NODES]
    assets: dict[str, NamedAsset] = {}
    if visit.may("assets.read"):
        with visit.ledger.reading() as connection:
            assets = find_assets(connection, case.incident.enterprise, [node["id"] for node in nodes])
    return [
        Entity(node["id"], node["role"], node["alerts"], assets.get(node["id"]), _link(visit, assets.get(node["id"])))
        for node in nodes
    ]


def _link(visit: Visit, asset: NamedAsset | None) -> str:
    has_page = asset is not None and ASSET in visit.services.paths
    return ASSET.replace("{identity}", quote(asset.id, safe="")) if asset is not None and has_page else ""
