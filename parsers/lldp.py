"""LLDP frames: what a neighbour says of itself; decoded in Python, once per distinct frame.

Standards: IEEE 802.1AB-2016 (clause 8: TLVs), ANSI/TIA-1057 (LLDP-MED inventory).

Layout of a TLV::

    type 7 bits, length 9 bits | value
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from parsers.spans import decode_text

_END, _CHASSIS, _PORT, _TTL, _PORT_TEXT, _NAME, _TEXT, _CAPABILITIES, _MANAGEMENT, _ORGANIZATION = *range(9), 127

CAPABILITIES = (
    "other", "repeater", "bridge", "access_point", "router", "telephone", "docsis", "station", "cvlan", "svlan",
    "two_port_relay",
)  # fmt: skip
"""IEEE 802.1AB-2016 table 8-4: name of each bit, the lowest first."""

ORGANIZATIONS = {
    bytes.fromhex("0080c2"): "ieee_802_1", bytes.fromhex("00120f"): "ieee_802_3", bytes.fromhex("0012bb"): "lldp_med",
    bytes.fromhex("000ecf"): "profinet", bytes.fromhex("1c129d"): "ieee_c37_238",
}  # fmt: skip
"""Who defined an organizationally specific TLV, by its prefix; others by the prefix in hexadecimal."""

_INVENTORY = {5: "hardware", 6: "firmware", 7: "software", 8: "serial", 9: "vendor", 10: "model", 11: "asset"}
"""TIA-1057 clause 10.2.6: inventory TLVs by subtype."""

MOST_ADDRESSES = 16
"""Management addresses kept of a frame."""


@dataclass(slots=True)
class Neighbour:
    """What one frame says."""

    chassis: str = ""
    chassis_mac: int = -1
    """Chassis id where it is a link address, as a number."""
    chassis_address: str = ""
    """Chassis id where it is a network address."""
    port: str = ""
    ttl_s: int = -1
    port_description: str = ""
    name: str = ""
    description: str = ""
    capabilities: tuple[str, ...] = ()
    """Those that are switched on."""
    addresses: list[str] = field(default_factory=list)
    """Management addresses, IP only."""
    organizations: list[str] = field(default_factory=list)
    """Who defined the organizationally specific TLVs, in order of first appearance."""
    inventory: dict[str, str] = field(default_factory=dict)
    """LLDP-MED inventory: hardware, firmware, software, serial, vendor, model, asset."""
    error: str = ""
    """What was wrong: cut_short, or missing_mandatory; empty when nothing was."""


def parse_lldp(value: bytes) -> Neighbour:
    """Read a frame's TLVs as far as they are sound; any bytes give a ``Neighbour``."""
    found = Neighbour()
    seen = set()
    for kind, body in _split(value):
        if kind < 0:
            found.error = "cut_short"
            break
        seen.add(kind)
        _read(found, kind, body)
    if not found.error and not {_CHASSIS, _PORT, _TTL} <= seen:
        found.error = "missing_mandatory"
    return found


def _split(value: bytes) -> Iterator[tuple[int, bytes]]:
    """Types and values up to the end TLV; type -1 where one goes beyond the frame."""
    at = 0
    while at + 2 <= len(value):
        kind, length = value[at] >> 1, (value[at] & 1) << 8 | value[at + 1]
        if kind == _END:
            return
        if at + 2 + length > len(value):
            yield -1, b""
            return
        yield kind, value[at + 2 : at + 2 + length]
        at += 2 + length


def _read(found: Neighbour, kind: int, body: bytes) -> None:
    """Note one TLV; one too short for its type is passed over."""
    if kind == _CHASSIS and len(body) >= 2:
        _read_chassis(found, body)
    elif kind == _PORT and len(body) >= 2:
        found.port = _format_id(body[1:], is_mac=body[0] == 3, is_address=body[0] == 4)
    elif kind == _TTL and len(body) >= 2:
        found.ttl_s = int.from_bytes(body[:2])
    elif kind == _PORT_TEXT:
        found.port_description = _clean(body)
    elif kind == _NAME:
        found.name = _clean(body)
    elif kind == _TEXT:
        found.description = _clean(body)
    elif kind == _CAPABILITIES and len(body) >= 4:
        enabled = int.from_bytes(body[2:4])
        found.capabilities = tuple(name for bit, name in enumerate(CAPABILITIES) if enabled >> bit & 1)
    elif kind == _MANAGEMENT:
        _add_address(found, body)
    elif kind == _ORGANIZATION and len(body) >= 4:
        _read_organization(found, body)


def _read_chassis(found: Neighbour, body: bytes) -> None:
    """Chassis id (8.5.2): subtype 4 is a link address, 5 a network address."""
    is_mac = body[0] == 4 and len(body) == 7
    found.chassis = _format_id(body[1:], is_mac=is_mac, is_address=body[0] == 5)
    if is_mac:
        found.chassis_mac = int.from_bytes(body[1:])
    elif body[0] == 5:
        found.chassis_address = _parse_address(body[1:])


def _add_address(found: Neighbour, body: bytes) -> None:
    """Management address (8.5.9): its length counts the family before it."""
    address = _parse_address(body[1 : 1 + body[0]]) if body else ""
    if address and address not in found.addresses and len(found.addresses) < MOST_ADDRESSES:
        found.addresses.append(address)


def _read_organization(found: Neighbour, body: bytes) -> None:
    """Organizationally specific TLV (8.6): by name only, but for the inventory of LLDP-MED."""
    name = ORGANIZATIONS.get(body[:3], body[:3].hex())
    if name not in found.organizations:
        found.organizations.append(name)
    if name == "lldp_med" and body[3] in _INVENTORY:
        found.inventory[_INVENTORY[body[3]]] = _clean(body[4:])


def _format_id(body: bytes, *, is_mac: bool, is_address: bool) -> str:
    """Text of a chassis or port id."""
    if is_mac and len(body) == 6:
        return body.hex("-").upper()
    return (_parse_address(body) if is_address else "") or _clean(body)


def _parse_address(body: bytes) -> str:
    """Text of a network address after its IANA family number (1 IPv4, 2 IPv6); empty when it is none."""
    return str(ip_address(body[1:])) if (body[:1], len(body)) in ((b"\x01", 5), (b"\x02", 17)) else ""


def _clean(body: bytes) -> str:
    """Text without the padding some devices leave; control characters escaped."""
    return decode_text(body.strip(b"\0 "))
