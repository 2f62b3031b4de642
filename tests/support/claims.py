"""Claims about devices, written in few words, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_network

from correlation.asset import Asset
from correlation.asset_claim import Claim
from correlation.asset_cluster import Sourced
from correlation.assets import Decisions, resolve
from wanglou.addresses import Ranges
from wanglou.site import Enterprise, Name, SafetyRange, Site, Zone

HOUR_NS = 3_600_000_000_000
ROUTER, PLC, HMI, IMPLANT = (f"02-00-00-00-00-0{digit}" for digit in "1234")
NAMELESS = Name("", "")


def ranges(text: str) -> Ranges:
    """Make a range."""
    return Ranges([ip_network(text)])


SITE = Site(
    "park", NAMELESS, (Enterprise("", NAMELESS, ranges("10.0.0.0/16")),),
    (Zone("cell", NAMELESS, ranges("10.0.1.0/24"), 1.0, ""), Zone("office", NAMELESS, ranges("10.0.3.0/24"), 4.0, "")),
    safety=(SafetyRange("", ranges("10.0.1.12/32"), (), "holding", ((0, 9),)),),
)  # fmt: skip
"""A cell and an office of one enterprise, with one address that safety depends on."""


def claim(
    field: str, value: str, ip: str = "", mac: str = "", *, basis: str = "stated", source: str = "modbus",
    part: str = "",
    at: float = 0, until: float | None = None, enterprise: str = "",
) -> Claim:  # fmt: skip
    """Make a claim that held from ``at`` to ``until``, in hours."""
    last = at if until is None else until
    return Claim(enterprise, ip, mac, part, field, value, basis, source, int(at * HOUR_NS), int(last * HOUR_NS), "e")


def arp(ip: str, mac: str, at: float = 0, until: float | None = None, enterprise: str = "") -> list[Claim]:
    """Make what ARP says of an address and a link address that are one device's."""
    return [
        claim("mac", mac, ip, mac, source="arp", at=at, until=until, enterprise=enterprise),
        claim("address", ip, "", mac, source="arp", at=at, until=until, enterprise=enterprise),
    ]


def passed(ip: str, mac: str, at: float = 0) -> list[Claim]:
    """Make what a flow says: packets of an address came from a link address."""
    return [claim("mac", mac, ip, mac, basis="seen", source="flow", at=at)]


def served(ip: str, protocol: str = "modbus", at: float = 0) -> list[Claim]:
    """Make what is told of a device that answered."""
    return [
        claim("role", f"{protocol}_server", ip, basis="seen", source=protocol, at=at),
        claim("service", f"tcp/502 {protocol}", ip, basis="seen", source=protocol, at=at),
    ]


def asked(ip: str, protocol: str = "modbus", at: float = 0) -> list[Claim]:
    """Make what is told of a device that asked and was answered."""
    return [claim("role", f"{protocol}_client", ip, basis="seen", source=protocol, at=at)]


def source(claims: Iterable[Claim], capture: str = "a") -> list[Sourced]:
    """Say which capture claims came from."""
    return [(capture, one) for one in claims]


def find(claims: Iterable[Sourced], decisions: Decisions | None = None, site: Site | None = None) -> list[Asset]:
    """Give the assets that claims of no enterprise come to."""
    return resolve(claims, {"": decisions} if decisions else {}, site).assets


def addresses(assets: Iterable[Asset]) -> set[tuple[str, ...]]:
    """Addresses of each asset, sorted; of one that has none, its link addresses."""
    return {tuple(sorted(one.addresses or one.macs)) for one in assets}


def by_address(assets: Iterable[Asset]) -> Mapping[str, Asset]:
    """Assets by each of their addresses."""
    return {address: one for one in assets for address in one.addresses}
