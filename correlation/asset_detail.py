"""What the page of one asset shows: the asset, its services, and with whom it speaks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from correlation.alert_filter import any_of, find_field, in_period, in_scope, join, of_enterprise
from correlation.asset import EDITABLE, Asset, read_asset
from correlation.asset_ledger import ASSET, DECISION, MERGE, SPLIT
from correlation.pairs import FLOW, Pair, Traffic, list_pairs
from correlation.query_tree import Node
from correlation.risk_ledger import FIGURES
from correlation.scoping import Enterprises, may_see
from correlation.store import Groups, Store
from wanglou.audit import AUDIT, AuditRow

MOST_SERVICES = 100


@dataclass(frozen=True, slots=True)
class Service:
    """A port of an asset that others use, or a port of others that it uses."""

    transport: str
    port: int | None
    protocol: str
    """Recognised protocol; empty for none."""
    traffic: Traffic
    peers: int
    """Addresses at the other end."""


@dataclass(frozen=True, slots=True)
class Dealings:
    """What an asset serves and uses, and with whom."""

    serves: tuple[Service, ...]
    uses: tuple[Service, ...]
    incoming: tuple[Pair, ...]
    """Conversations that others began, the busiest first by flows."""
    outgoing: tuple[Pair, ...]


def find_asset(connection: sa.Connection, identity: str, enterprises: Enterprises = None) -> Asset | None:
    """Find an asset by its id, None where there is none that may be seen."""
    chosen = sa.select(ASSET.c.document).where(ASSET.c.id == identity, *may_see(ASSET.c.enterprise, enterprises))
    document = connection.scalar(chosen)
    return None if document is None else read_asset(json.loads(document))


def find_assets_by_id(
    connection: sa.Connection, identities: Sequence[str], enterprises: Enterprises = None
) -> list[Asset]:
    """Find assets by their ids, in their order; those that may not be seen are left out."""
    it = ASSET.c
    chosen = sa.select(it.id, it.document).where(it.id.in_(identities), *may_see(it.enterprise, enterprises))
    found = {row.id: row.document for row in connection.execute(chosen)}
    return [read_asset(json.loads(found[one])) for one in identities if one in found]


def list_known(connection: sa.Connection, enterprises: Enterprises = None) -> list[Asset]:
    """Give all assets that may be seen."""
    chosen = sa.select(ASSET.c.document).where(*may_see(ASSET.c.enterprise, enterprises))
    return [read_asset(json.loads(document)) for document in connection.scalars(chosen)]


def find_asset_of(
    connection: sa.Connection, enterprise: str, address: str, enterprises: Enterprises = None
) -> Asset | None:
    """Find the asset of an address; of several the one that was seen last."""
    it = ASSET.c
    whole = sa.literal(" ") + it.addresses + " "
    chosen = sa.select(it.document).where(
        it.enterprise == enterprise,
        *may_see(it.enterprise, enterprises),
        whole.contains(f" {address} ", autoescape=True),
    )
    document = connection.scalar(chosen.order_by(it.last_ns.desc()).limit(1)) if address.strip() else None
    return None if document is None else read_asset(json.loads(document))


def list_decisions(connection: sa.Connection, asset: Asset, limit: int = 200) -> list[AuditRow]:
    """List what people said of an asset and took back, the newest first; subjects are enterprise/key/field."""
    beginnings = [f"{asset.enterprise}/{key}" for key in asset.keys]
    named = [f"{one}/{name}" for one in beginnings for name in (*EDITABLE, SPLIT)]
    merges = [AUDIT.c.subject.startswith(f"{one}/{MERGE} ", autoescape=True) for one in beginnings]
    chosen = sa.select(AUDIT).where(
        AUDIT.c.kind == str(DECISION.info["kind"]), sa.or_(AUDIT.c.subject.in_(named), *merges)
    )
    return [AuditRow(*row) for row in connection.execute(chosen.order_by(AUDIT.c.seq.desc()).limit(limit))]


def read_risks(connection: sa.Connection, asset: Asset, *, site: str = "", days: int = 30) -> list[tuple[int, int]]:
    """Give the risk of an asset by day (days since 1970, hundredths of points), the oldest first."""
    it = FIGURES.c
    chosen = sa.select(it.day, it.score).where(
        it.site == site, it.kind == "asset", it.enterprise == asset.enterprise, it.subject == asset.id
    )
    return [(row.day, row.score) for row in connection.execute(chosen.order_by(it.day.desc()).limit(days))][::-1]


def list_dealings(
    store: Store,
    asset: Asset,
    *,
    start_ns: int | None = None,
    end_ns: int | None = None,
    enterprises: Enterprises = None,
) -> Dealings:
    """Tell what an asset serves and uses in a period, from the flows of its addresses."""
    ends = {side: _at(store, asset, f"{side}.ip") for side in ("source", "destination")}
    base = join(
        in_scope(store, FLOW, enterprises),
        in_period(store.datasets[FLOW], start_ns, end_ns),
        of_enterprise(store, FLOW, asset.enterprise),
    )
    sides = {side: join(base, node) for side, node in ends.items()}
    return Dealings(
        serves=_list_services(store, sides["destination"], "source.ip"),
        uses=_list_services(store, sides["source"], "destination.ip"),
        incoming=tuple(list_pairs(store, more=sides["destination"])[:MOST_SERVICES]),
        outgoing=tuple(list_pairs(store, more=sides["source"])[:MOST_SERVICES]),
    )


def _at(store: Store, asset: Asset, name: str) -> Node:
    return any_of(find_field(store, FLOW, name), asset.addresses)


def _list_services(store: Store, node: Node, peer: str) -> tuple[Service, ...]:
    fields = ("network.transport", "destination.port", "network.protocol", peer)
    found: dict[tuple[str, int | None, str], tuple[Traffic, int]] = {}
    for one in store.aggregate(FLOW, Groups(fields, sums=("network.packets", "network.bytes")), node):
        transport, port, protocol, _ = one.keys
        key = (str(transport or ""), None if port is None else int(str(port)), str(protocol or ""))
        traffic, peers = found.get(key, (Traffic(0, 0, 0), 0))
        found[key] = traffic + Traffic(int(one.value), *(int(size) for size in one.sums)), peers + 1
    services = [Service(*key, traffic, peers) for key, (traffic, peers) in found.items()]
    services.sort(key=lambda one: (-one.traffic.flows, one.transport, one.port or 0, one.protocol))
    return tuple(services[:MOST_SERVICES])
