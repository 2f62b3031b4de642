"""The inventory by address, and its zones: read once for as long as the assets stay as they are."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from correlation.asset_ledger import ASSET, read_revision
from correlation.scoping import Enterprises, may_see

OUTSIDE = "outside"
"""Zone of addresses that are no asset's."""
MOST_SCOPES = 8
"""Sets of enterprises whose inventory is kept."""
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
class Zone:
    """Assets of one zone and level."""

    enterprise: str
    zone: str
    level: float | None
    assets: int
    types: Mapping[str, int]


class Hosts:
    """The inventory by address; whoever gets it changes nothing of it."""

    def __init__(self, connection: sa.Connection, enterprises: Enterprises = None) -> None:
        """Read the assets that may be seen."""
        it = ASSET.c
        columns = (it.scope, it.addresses, it.id, it.name, it.type, it.enterprise, it.zone, it.level)
        rows = connection.execute(sa.select(*columns).where(*may_see(it.enterprise, enterprises))).all()
        self._of: dict[tuple[str, str], Host] = {}
        for _, addresses, *facts in rows:
            host = Host(*facts)
            for address in addresses.split():
                self._of.setdefault((host.enterprise, address), host)
        self.zones = _list_zones(rows)
        """Zones of the assets inside, from the highest level down."""

    def find(self, enterprise: str, address: str) -> Host | None:
        """Find the asset of an address."""
        return self._of.get((enterprise, address))

    def place(self, enterprise: str, address: str) -> Zoned:
        """Tell the zone and level of an address."""
        host = self._of.get((enterprise, address))
        return (enterprise, OUTSIDE, None) if host is None else (host.enterprise, host.zone, host.level)

    def name(self, enterprise: str, address: str) -> str:
        """Give the id of the asset of an address, else the address."""
        host = self._of.get((enterprise, address))
        return address if host is None else host.id


def _list_zones(rows: Iterable[Any]) -> tuple[Zone, ...]:
    types: dict[Zoned, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for scope, _, _, _, kind, *zoned in rows:
        if scope == "inside":
            enterprise, zone, level = zoned
            types[enterprise, zone, level][kind] += 1
    zones = [Zone(*key, sum(its.values()), dict(its)) for key, its in types.items()]
    return tuple(
        sorted(zones, key=lambda zone: (-(-1 if zone.level is None else zone.level), zone.enterprise, zone.zone))
    )


class HostBook:
    """Keeps the inventory of one ledger by address until its assets change; any number of threads may use it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._revision: str | None = None
        self._kept: OrderedDict[Enterprises, Hosts] = OrderedDict()

    def read(self, connection: sa.Connection, enterprises: Enterprises = None) -> Hosts:
        """Give the assets that may be seen, as they are in the snapshot of the connection."""
        revision = read_revision(connection)
        with self._lock:
            if revision != self._revision:
                self._kept.clear()
                self._revision = revision
            found = self._kept.get(enterprises)
            if found is not None:
                self._kept.move_to_end(enterprises)
        if found is None:
            found = Hosts(connection, enterprises)
            self._keep(revision, enterprises, found)
        return found

    def _keep(self, revision: str | None, enterprises: Enterprises, hosts: Hosts) -> None:
        with self._lock:
            if revision == self._revision:
                self._kept[enterprises] = hosts
                while len(self._kept) > MOST_SCOPES:
                    self._kept.popitem(last=False)
