"""What the site file says of addresses: whether they are the enterprise's own, where they lie, what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from correlation.asset import Scope
from correlation.asset_cluster import Cluster
from correlation.asset_inference import infer_criticality, infer_level
from wanglou.site import Site

_PRIVATE = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7",
                 "fe80::/10")
)  # fmt: skip
"""Addresses that no network of the Internet has (RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291)."""


def is_private(ip: str) -> bool:
    """True for an address that the Internet does not route."""
    address = ip_address(ip)
    return any(address.version == network.version and address in network for network in _PRIVATE)


class Surroundings:
    """Where the devices of one enterprise stand; without a site file, as far as addresses themselves tell."""

    def __init__(self, enterprise: str, site: Site | None) -> None:
        """Ask ``site`` about ``enterprise``."""
        self._enterprise, self._site = enterprise, site
        self._has_ranges = site is not None and any(item.id == enterprise for item in site.enterprises)

    def find_scope(self, one: Cluster, addresses: Sequence[str]) -> Scope:
        """Tell devices of the enterprise from those beyond it; who owns a link address here is inside."""
        if one.key.startswith("mac:") or not addresses:
            return "inside"
        return "inside" if any(self._is_inside(ip) for ip in addresses) else "outside"

    def _is_inside(self, ip: str) -> bool:
        if self._site is None or not self._has_ranges:
            return is_private(ip)
        return any(ip in item.ranges for item in self._site.enterprises if item.id == self._enterprise)

    def is_master(self, addresses: Sequence[str]) -> bool | None:
        """Tell whether the site file lets any of the addresses command something; None where it names no masters."""
        rules = [one for one in self._site.masters if one.enterprise in ("", self._enterprise)] if self._site else []
        return any(ip in one.clients for one in rules for ip in addresses) if rules else None

    def find_level(self, addresses: Sequence[str]) -> float | None:
        """Give the lowest level of the zones that the site file puts the addresses in."""
        zones = [self._site.find_zone(ip, self._enterprise) for ip in addresses] if self._site else []
        return min((zone.level for zone in zones if zone and zone.level is not None), default=None)

    def place(self, addresses: Sequence[str], kind: str, scope: Scope) -> tuple[str, float | None, str]:
        """Give zone and level, and what told the level: the site file's zone, or the type."""
        zones = [self._site.find_zone(ip, self._enterprise) for ip in addresses] if self._site else []
        found = [zone for zone in zones if zone]
        inferred = infer_level(kind)
        if scope == "outside":
            return "", 5.0, "outside"
        if not found:
            return "", inferred, f"type {kind}"
        if kind == "network" and len({zone.id for zone in found}) > 1:
            return "", None, ""
        level = found[0].level
        return found[0].id, level if level is not None else inferred, f"zone {found[0].id}"

    def grade(self, addresses: Sequence[str], kind: str, scope: Scope, key: str) -> int:
        """Give the criticality of a device of a type: the highest where the site file names it for safety."""
        unit = int(key.rpartition("/")[2]) if "/" in key and key.rpartition("/")[2].isdigit() else None
        safety = self._site is not None and any(self._site.find_safety(self._enterprise, ip, unit) for ip in addresses)
        return infer_criticality(kind, safety=safety, outside=scope == "outside")
