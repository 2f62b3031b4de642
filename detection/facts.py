"""Columns derived from the site file, computed for distinct rows only.

``wanglou.site.safety`` looks at the registers and coils a request touches: the span from address to end address (or of
``quantity``), and of function 23 the written span as well. Function codes and tables: Modbus Application Protocol
V1.1b3 §6: coils 1, 5, 15; holding registers 3, 6, 16, 22, 23.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wanglou.site import Site, Span, Zone

_TABLES = {1: "coil", 5: "coil", 15: "coil", 3: "holding", 6: "holding", 16: "holding", 22: "holding", 23: "holding"}
_READ_WRITE = 23

Inputs = Mapping[str, Sequence[Any]]
"""Base columns by name, one value per row; a column the dataset does not have is absent."""


class SiteFacts:
    """Derives the ``wanglou.site.*`` columns of distinct rows."""

    LIMIT = 65_536
    """Answers remembered per question; the memory starts anew when it is full."""

    def __init__(self, site: Site | None) -> None:
        """Derive from ``site``; without one every value is missing."""
        self.site = site
        self._masters: dict[tuple[Any, ...], bool | None] = {}
        self._safety: dict[tuple[Any, ...], tuple[tuple[str, Span], ...] | None] = {}

    def derive(self, name: str, inputs: Inputs, rows: int) -> list[Any]:
        """Give the values of a derived column for ``rows`` rows."""
        site = self.site
        if site is None:
            return [None] * rows
        if name == "wanglou.site.master_allowed":
            return self._derive_masters(site, inputs, rows)
        if name == "wanglou.site.safety":
            return self._derive_safety(site, inputs, rows)
        side, _, what = name.removeprefix("wanglou.site.").partition(".")
        take = _ZONE_FACTS[what] if site.zones else _nothing
        owners = inputs.get("organization.id", [None] * rows)
        hosts = list(zip(owners, inputs.get(f"{side}.ip", [None] * rows), strict=True))
        known = {host: None if host[1] is None else take(site.find_zone(host[1], host[0] or "")) for host in set(hosts)}
        return [known[host] for host in hosts]

    def _derive_masters(self, site: Site, inputs: Inputs, rows: int) -> list[bool | None]:
        names = ("organization.id", "source.ip", "destination.ip", "modbus.unit_id")
        values: list[bool | None] = []
        for key in zip(*(inputs.get(name, [None] * rows) for name in names), strict=True):
            if key not in self._masters:
                if len(self._masters) >= self.LIMIT:
                    self._masters.clear()
                owner, client, server, unit = key
                known = client is not None and server is not None
                self._masters[key] = site.is_master_allowed(owner or "", client, server, unit) if known else None
            values.append(self._masters[key])
        return values

    def _derive_safety(self, site: Site, inputs: Inputs, rows: int) -> list[bool | None]:
        blank = [None] * rows
        keys = zip(
            *(inputs.get(n, blank) for n in ("organization.id", "destination.ip", "modbus.unit_id")), strict=True
        )
        requests = zip(*(inputs.get(name, blank) for name in _REQUEST), strict=True)
        values: list[bool | None] = []
        for key, request in zip(keys, requests, strict=True):
            if key not in self._safety:
                if len(self._safety) >= self.LIMIT:
                    self._safety.clear()
                owner, server, unit = key
                self._safety[key] = None if server is None else site.find_safety(owner or "", server, unit)
            ranges = self._safety[key]
            values.append(None if ranges is None else _touches(ranges, request))
        return values


_REQUEST = (
    "modbus.function.code",
    "modbus.request.address",
    "modbus.request.end_address",
    "modbus.request.quantity",
    "modbus.request.write.address",
    "modbus.request.write.quantity",
)


def _touches(ranges: tuple[tuple[str, Span], ...], request: tuple[Any, ...]) -> bool:
    code, address, end, quantity, write_address, write_quantity = request
    table = _TABLES.get(code)
    spans = [(address, _last(address, end, quantity))] if address is not None else []
    if code == _READ_WRITE and write_address is not None:
        spans = [(address, _last(address, None, quantity))] if address is not None else []
        spans.append((write_address, _last(write_address, None, write_quantity)))
    return any(table == of and first <= high and low <= last for of, (low, high) in ranges for first, last in spans)


def _last(first: int, end: int | None, quantity: int | None) -> int:
    """Last address of a span; a request without a quantity touches one."""
    if end is not None and end >= first:
        return end
    return first + max(quantity or 1, 1) - 1


def _nothing(_: Zone | None) -> None:
    return None


_ZONE_FACTS: dict[str, Callable[[Zone | None], Any]] = {
    "zone": lambda zone: zone.id if zone else None,
    "level": lambda zone: zone.level if zone else None,
    "known": lambda zone: zone is not None,
}
