"""What ARP, LLDP and DHCP say of devices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from parsers.asset_sighting import Sighting, is_device, is_unicast
from parsers.asset_view import View
from parsers.oui import find_vendor

_INVENTORY = {
    "vendor": "lldp.vendor", "model": "lldp.model", "hardware": "lldp.hardware", "firmware": "lldp.firmware",
    "software": "lldp.software", "serial": "lldp.serial", "name": "lldp.name", "description": "lldp.description",
    "port": "lldp.port",
}  # fmt: skip
_NEIGHBOUR_LISTS = {
    "capability": "lldp.capabilities", "address": "lldp.addresses", "organization": "lldp.organizations",
}  # fmt: skip
_ROLES = {"bridge", "router", "access_point", "telephone", "station", "repeater"}
_CLIENT = {
    "name": "dhcp.host_name", "domain": "dhcp.client_fqdn", "vendor_class": "dhcp.vendor_class",
    "client_id": "dhcp.client_id",
}  # fmt: skip
_SYSTEMS = (
    (re.compile(r"MSFT "), "Windows"),  # [MS-DHCPE] §2.2.3
    (re.compile(r"android-dhcp-(\S+)"), r"Android \1"),
    (re.compile(r"dhcpcd-[^:]+:([^:]+)"), r"\1"),
)
"""How vendor classes begin that tell the operating system."""
_LEASE = ("dhcp.client_mac", "dhcp.client_ip", "dhcp.assigned_ip", "dhcp.server_id", "dhcp.relay_ip", "event.action")
_SERVER_LISTS = {"router": "dhcp.routers", "dns_server": "dhcp.dns_servers"}


def observe_arp(view: View) -> Iterator[Sighting]:
    """Each sender's link address; a probe has no address yet (RFC 5227 §2.1.1)."""
    rows = view.distinct(["source.ip", "source.mac"])
    for row, ip, mac in zip(rows.tolist(), view.read("source.ip", rows), view.read("source.mac", rows), strict=True):
        if ip and is_device(ip) and is_unicast(mac or ""):
            yield from _bind(row, ip, mac)


def observe_lldp(view: View) -> Iterator[Sighting]:
    """What a neighbour says of itself."""
    rows = np.arange(len(view))
    plain = {field: view.read(column, rows) for field, column in _INVENTORY.items()}
    lists = {field: view.read(column, rows) for field, column in _NEIGHBOUR_LISTS.items()}
    for row, ip, mac in zip(rows.tolist(), view.read("lldp.address", rows), view.read("lldp.mac", rows), strict=True):
        found = [(field, values[row]) for field, values in plain.items() if values[row]]
        found += [(field, value) for field, values in lists.items() for value in values[row] or ()]
        found += [("role", value) for field, value in found if field == "capability" and value in _ROLES]
        yield from _say(row, ip or "", mac or "", found)


def observe_dhcp(view: View) -> Iterator[Sighting]:
    """What clients say of themselves and servers give them."""
    rows = view.distinct([*_LEASE, *_CLIENT.values()])
    plain = {field: view.read(column, rows) for field, column in _CLIENT.items()}
    lists = {role: view.read(column, rows) for role, column in _SERVER_LISTS.items()}
    for at, (row, values) in enumerate(zip(rows.tolist(), view.read_rows(_LEASE, rows), strict=True)):
        mac, own, assigned, server, relay, action = values
        acknowledged = action == "ack"
        ip = own or (assigned if acknowledged else "") or ""
        found = [(field, texts[at]) for field, texts in plain.items() if texts[at]]
        found += [("os", system) for system in _name_system(plain["vendor_class"][at] or "")]
        yield from _say(row, ip, mac or "", [*found, ("role", "dhcp_client")])
        if acknowledged:
            routers = ((role, ip) for role, addresses in lists.items() for ip in addresses[at] or ())
            yield from _report(row, (*routers, ("dhcp_relay", relay)))
        if server and is_device(server) and action in ("offer", "ack", "nak"):
            yield Sighting(row, "role", "dhcp_server", server)


def _name_system(vendor_class: str) -> Iterator[str]:
    """Operating system that a vendor class tells, if any."""
    found = ((pattern.match(vendor_class), name) for pattern, name in _SYSTEMS)
    yield from (match.expand(name) for match, name in found if match)


def _say(row: int, ip: str, mac: str, found: Iterable[tuple[str, str]]) -> Iterator[Sighting]:
    """Facts of a device by its address, else its link address; and that the two belong together."""
    mac, ip = mac if is_unicast(mac) else "", ip if ip and is_device(ip) else ""
    if not ip and not mac:
        return
    if ip and mac:
        yield from _bind(row, ip, mac)
    elif mac:
        yield from _name_vendor(row, "", mac)
    yield from (Sighting(row, field, value, ip, mac) for field, value in found)


def _bind(row: int, ip: str, mac: str) -> Iterator[Sighting]:
    """An address and a link address are one device's."""
    yield Sighting(row, "mac", mac, ip, mac)
    yield Sighting(row, "address", ip, "", mac)
    yield from _name_vendor(row, ip, mac)


def _name_vendor(row: int, ip: str, mac: str) -> Iterator[Sighting]:
    if vendor := find_vendor(mac):
        yield Sighting(row, "mac_vendor", vendor, ip, mac)


def _report(row: int, roles: Iterable[tuple[str, str | None]]) -> Iterator[Sighting]:
    """Roles of devices that a DHCP server names."""
    yield from (Sighting(row, "role", role, ip, basis="reported") for role, ip in roles if ip and is_device(ip))
