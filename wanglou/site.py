"""Facts about one site: enterprises, zones, who may command whom, which registers are safety-related, named lists.

One YAML file tells them; rules see them only as derived columns and ``|expand`` lists, so rules stay neutral::

    id: park-1
    name: {zh: 示范园区, en: Demonstration park}
    enterprises:
      - {id: water, name: {zh: 水厂, en: Waterworks}, ranges: [10.1.0.0/16], x: 30, y: 60}
    plan: park.svg
    zones:
      - {id: control, name: {zh: 控制区, en: Control}, ranges: [10.1.1.0/24], level: 1}
    masters:
      - {enterprise: water, clients: [10.1.2.10], servers: [10.1.1.0/24], units: [1, 2-5]}
    safety:
      - {servers: [10.1.1.7], units: [1], table: holding, addresses: 400-449}
    lists:
      engineering_stations: [10.1.3.0/28]

Levels are those of the Purdue model (ISA-95 / IEC 62264-1 hierarchy, 3.5 for the industrial DMZ).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from wanglou.addresses import Ranges, RangeTable

Table = Literal["holding", "coil"]
ListValue = str | int | float | bool
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Name:
    """What people call it."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Enterprise:
    """One enterprise of the park."""

    id: str
    """Value of ``organization.id``."""
    name: Name
    ranges: Ranges
    x: float | None = None
    """Place on the map of the park from its left, 0 to 100; None where the file tells none."""
    y: float | None = None
    """The same from its top."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a network with one level of trust (IEC 62443-3-2 zone)."""

    id: str
    name: Name
    ranges: Ranges
    level: float | None
    """Purdue level 0-5, None when not given."""
    enterprise: str
    """Enterprise it belongs to; empty for every enterprise."""


@dataclass(frozen=True, slots=True)
class MasterRule:
    """Which clients may command which servers."""

    enterprise: str
    """Enterprise it speaks of; empty for every enterprise."""
    clients: Ranges
    servers: Ranges
    units: tuple[Span, ...]
    """Unit identifiers, both ends included; empty for all."""


@dataclass(frozen=True, slots=True)
class SafetyRange:
    """Registers or coils that a safety function depends on."""

    enterprise: str
    """Enterprise it speaks of; empty for every enterprise."""
    servers: Ranges
    units: tuple[Span, ...]
    """Unit identifiers, both ends included; empty for all."""
    table: Table
    addresses: tuple[Span, ...]
    """Addresses as on the wire (from 0), both ends included."""


@dataclass(frozen=True, slots=True)
class Site:
    """All facts of a site file."""

    id: str
    name: Name
    enterprises: tuple[Enterprise, ...] = ()
    zones: tuple[Zone, ...] = ()
    masters: tuple[MasterRule, ...] = ()
    safety: tuple[SafetyRange, ...] = ()
    lists: Mapping[str, tuple[ListValue, ...]] = field(default_factory=dict)
    digest: str = ""
    """SHA-256 of the facts, whatever the layout and comments of the file, and where things stand on the map."""
    plan: str = ""
    """Ground plan behind the map: an SVG as ``ground_plan.clean_plan`` gives it; empty where there is none."""
    _enterprise_table: RangeTable[Enterprise] = field(init=False, repr=False, compare=False)
    _zone_table: RangeTable[Zone] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the ranges."""
        enterprises = [(net, item) for item in self.enterprises for net in item.ranges.networks]
        zones = [(net, item) for item in self.zones for net in item.ranges.networks]
        object.__setattr__(self, "_enterprise_table", RangeTable(enterprises))
        object.__setattr__(self, "_zone_table", RangeTable(zones))

    def find_enterprise(self, address: str) -> Enterprise | None:
        """Find the enterprise of an address by the longest prefix; None when several list that very range."""
        for holders in self._enterprise_table.find(address):
            return holders[0] if len(holders) == 1 else None
        return None

    def find_zone(self, address: str, organization: str = "") -> Zone | None:
        """Find the zone of an address by the longest prefix among the zones of that enterprise and of all."""
        for holders in self._zone_table.find(address):
            own = [zone for zone in holders if zone.enterprise == organization]
            for zone in own or [zone for zone in holders if not zone.enterprise]:
                return zone
        return None

    def is_master_allowed(self, organization: str, client: str, server: str, unit: int | None) -> bool | None:
        """Tell whether a client may command a unit of a server.

        None when no entry speaks of that server (for that enterprise); False when entries do but none names this
        client with this unit. Without a unit (``None``) an entry's units do not matter.
        """
        entries = [rule for rule in self.masters if rule.enterprise in ("", organization) and server in rule.servers]
        if not entries:
            return None
        return any(client in rule.clients and is_unit_in(rule.units, unit) for rule in entries)

    def find_safety(self, organization: str, server: str, unit: int | None) -> tuple[tuple[Table, Span], ...] | None:
        """Give the safety-related ranges of a unit of a server; None when no entry speaks of that server."""
        entries = [item for item in self.safety if item.enterprise in ("", organization) and server in item.servers]
        if not entries:
            return None
        return tuple((item.table, span) for item in entries if is_unit_in(item.units, unit) for span in item.addresses)


def is_unit_in(units: tuple[Span, ...], unit: int | None) -> bool:
    """True when the unit is in one of the spans, when there are no spans, or when the unit is not known."""
    return not units or unit is None or any(low <= unit <= high for low, high in units)


def load_site(path: Path) -> Site:
    """Load a site file.

    Raises ``FaultsError`` with every fault of the file, each with its line.
    """
    from wanglou.sitefile import read_site  # here, because the file's reader is built on this module's records

    return read_site(path)
