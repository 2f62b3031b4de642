"""Who speaks to whom: flows added up by their ends, between zones, levels and assets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from correlation.alert_filter import in_period, in_scope, join
from correlation.asset_ledger import ASSET
from correlation.query import parse_query
from correlation.query_tree import Everything, Node
from correlation.scoping import Enterprises, may_see
from correlation.store import Bucket, Groups, Store

FLOW = "flow"
MOST_PAIRS = 100_000
"""Pairs of ends that are added up; the busiest by flows."""
OUTSIDE = "outside"
"""Zone of addresses that are no asset's."""
Zoned = tuple[str, str, float | None]
"""Enterprise, zone, Purdue level."""


@dataclass(frozen=True, slots=True)
class Host:
    """What the inventory says of an address."""

    id: str
    name: str
    type: str
    enterprise: str
    zone: str
    level: float | None


@dataclass(frozen=True, slots=True)
class Traffic:
    """Flows added up."""

    flows: int
    packets: int
    bytes: int

    def __add__(self, other: Traffic) -> Traffic:
        """Add up."""
        return Traffic(self.flows + other.flows, self.packets + other.packets, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class Pair:
    """Flows from one address to another of one enterprise."""

    enterprise: str
    source: str
    destination: str
    protocol: str
    """Recognised protocol; empty for none."""
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class Zone:
    """Assets of one zone and level."""

    enterprise: str
    zone: str
    level: float | None
    assets: int
    types: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Conduit:
    """Flows between two zones, or within one."""

    source: Zoned
    destination: Zoned
    protocols: tuple[str, ...]
    """The busiest first, by flows."""
    pairs: int
    """Pairs of addresses."""
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class Topology:
    """Zones by level, and what flows between them."""

    zones: tuple[Zone, ...]
    """From the highest level down."""
    conduits: tuple[Conduit, ...]
    """The busiest first, by bytes."""
    left_out: bool
    """True where there were more pairs than are added up."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Conversations of the busiest hosts."""

    sources: tuple[str, ...]
    """Ids of assets, or addresses where there is no asset."""
    destinations: tuple[str, ...]
    cells: Mapping[tuple[int, int], Traffic]
    """By places among sources and destinations."""
    names: Mapping[str, str]
    """Names of those that are assets."""
    left_out: int
    """Pairs of hosts that are not shown."""


def list_pairs(
    store: Store,
    text: str = "",
    *,
    start_ns: int | None = None,
    end_ns: int | None = None,
    enterprises: Enterprises = None,
    now_ns: int = 0,
    more: Node | None = None,
) -> list[Pair]:
    """Add up the flows that a text of the query language finds by their ends and protocol, the commonest first."""
    schema = store.datasets[FLOW]
    node = join(
        in_scope(store, FLOW, enterprises),
        in_period(schema, start_ns, end_ns),
        parse_query(text, schema, now_ns=now_ns),
        more or Everything(),
    )
    fields = ("organization.id", "source.ip", "destination.ip", "network.protocol")
    groups = Groups(fields, MOST_PAIRS, sums=("network.packets", "network.bytes"))
    return [_read_pair(one) for one in store.aggregate(FLOW, groups, node)]


def _read_pair(bucket: Bucket) -> Pair:
    enterprise, source, destination, protocol = (str(key or "") for key in bucket.keys)
    packets, size = bucket.sums
    return Pair(enterprise, source, destination, protocol, Traffic(int(bucket.value), int(packets), int(size)))


class Hosts:
    """The inventory by address."""

    def __init__(self, connection: sa.Connection, enterprises: Enterprises = None) -> None:
        """Read the assets that may be seen."""
        it = ASSET.c
        columns = (it.id, it.name, it.type, it.enterprise, it.zone, it.level, it.addresses)
        self._of: dict[tuple[str, str], Host] = {}
        for *facts, addresses in connection.execute(sa.select(*columns).where(*may_see(it.enterprise, enterprises))):
            host = Host(*facts)
            for address in addresses.split():
                self._of.setdefault((host.enterprise, address), host)

    def find(self, enterprise: str, address: str) -> Host | None:
        """Find the asset of an address."""
        return self._of.get((enterprise, address))

    def place(self, enterprise: str, address: str) -> Zoned:
        """Tell the zone and level of an address."""
        host = self.find(enterprise, address)
        return (enterprise, OUTSIDE, None) if host is None else (host.enterprise, host.zone, host.level)

    def name(self, enterprise: str, address: str) -> str:
        """Give the id of the asset of an address, else the address."""
        host = self.find(enterprise, address)
        return address if host is None else host.id


def draw_topology(connection: sa.Connection, pairs: Sequence[Pair], enterprises: Enterprises = None) -> Topology:
    """Draw zones by Purdue level with the conduits that these pairs make."""
    hosts = Hosts(connection, enterprises)
    found: dict[tuple[Zoned, Zoned], list[Pair]] = defaultdict(list)
    for pair in pairs:
        ends = hosts.place(pair.enterprise, pair.source), hosts.place(pair.enterprise, pair.destination)
        found[ends].append(pair)
    conduits = [
        Conduit(*ends, _rank_protocols(its), len({(one.source, one.destination) for one in its}), _add(its))
        for ends, its in found.items()
    ]
    conduits.sort(key=lambda one: (-one.traffic.bytes, str(one.source), str(one.destination)))
    return Topology(tuple(_list_zones(connection, enterprises)), tuple(conduits), len(pairs) >= MOST_PAIRS)


def _add(pairs: Sequence[Pair]) -> Traffic:
    every = [pair.traffic for pair in pairs]
    return Traffic(sum(one.flows for one in every), sum(one.packets for one in every), sum(one.bytes for one in every))


def _rank_protocols(pairs: Iterable[Pair]) -> tuple[str, ...]:
    flows: dict[str, int] = defaultdict(int)
    for pair in pairs:
        flows[pair.protocol] += pair.traffic.flows
    return tuple(sorted((name for name in flows if name), key=lambda name: (-flows[name], name)))


def _list_zones(connection: sa.Connection, enterprises: Enterprises) -> list[Zone]:
    it = ASSET.c
    keys = (it.enterprise, it.zone, it.level)
    chosen = sa.select(*keys, it.type, sa.func.count()).where(
        it.scope == "inside", *may_see(it.enterprise, enterprises)
    )
    types: dict[Zoned, dict[str, int]] = defaultdict(dict)
    for enterprise, zone, level, kind, count in connection.execute(chosen.group_by(*keys, it.type)):
        types[enterprise, zone, level][kind] = count
    zones = [Zone(*key, sum(its.values()), its) for key, its in types.items()]
    return sorted(zones, key=lambda zone: (-(-1 if zone.level is None else zone.level), zone.enterprise, zone.zone))


def draw_matrix(
    connection: sa.Connection,
    pairs: Sequence[Pair],
    *,
    size: int = 40,
    enterprises: Enterprises = None,
    choose: Callable[[Zoned], bool] = lambda _zoned: True,
) -> Matrix:
    """Draw the conversations of the ``size`` busiest hosts at either end; ``choose`` looks at the zone of either."""
    hosts = Hosts(connection, enterprises)
    cells: dict[tuple[str, str], Traffic] = {}
    names: dict[str, str] = {}
    for pair in pairs:
        ends = [hosts.find(pair.enterprise, ip) for ip in (pair.source, pair.destination)]
        if not any(choose(hosts.place(pair.enterprise, ip)) for ip in (pair.source, pair.destination)):
            continue
        names |= {host.id: host.name for host in ends if host is not None}
        key = hosts.name(pair.enterprise, pair.source), hosts.name(pair.enterprise, pair.destination)
        cells[key] = cells[key] + pair.traffic if key in cells else pair.traffic
    rows, columns = (_rank_ends(cells, place, size) for place in (0, 1))
    at = [{name: place for place, name in enumerate(side)} for side in (rows, columns)]
    shown = {
        (at[0][one], at[1][other]): traffic
        for (one, other), traffic in cells.items()
        if one in at[0] and other in at[1]
    }
    kept = {name: names[name] for name in {*rows, *columns} & names.keys()}
    return Matrix(tuple(rows), tuple(columns), shown, kept, len(cells) - len(shown))


def _rank_ends(cells: Mapping[tuple[str, str], Traffic], place: int, size: int) -> list[str]:
    sums: dict[str, int] = defaultdict(int)
    for key, traffic in cells.items():
        sums[key[place]] += traffic.bytes
    return sorted(sums, key=lambda name: (-sums[name], name))[:size]
