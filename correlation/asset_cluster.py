"""Which claims are about the same device: joined by link address, serial number or certificate, and by hand.

What is certain is joined and nothing else. Link addresses are told apart from those of routers by ``asset_binding``;
people's decisions come before everything. The outcome depends on the claims and decisions alone, not on their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from correlation.asset_binding import Bindings, Conflict
from correlation.asset_claim import Claim

Sourced = tuple[str, Claim]
"""A claim with the key of its capture."""

MOST_SHARED = 4
"""Addresses that one serial number or certificate joins at most: what more devices show is a maker's default."""
MOST_UNITS = 32
"""Units behind an address at most; a device that answers under more of them answers under any."""
_SHORTEST = 5
"""Characters of a serial number that tells devices apart."""


@dataclass(slots=True)
class Cluster:
    """Claims about one device."""

    key: str
    """``mac:`` or ``ip:`` and the address that names it; ``/unit`` after it for one behind a gateway."""
    claims: list[Sourced] = field(default_factory=list)
    joined: set[tuple[str, str]] = field(default_factory=set)
    """Why claims under several keys are one device: ``serial``, ``certificate`` or ``person``, and the value."""
    conflicts: list[Conflict] = field(default_factory=list)
    carried: set[str] = field(default_factory=set)
    """Addresses that it forwarded packets of."""
    behind: str = ""
    """Key of the gateway it answers through."""
    keys: set[str] = field(default_factory=set)
    """Every key that leads to it."""


def cluster(
    claims: Sequence[Sourced], merges: Iterable[tuple[str, str]] = (), splits: Iterable[str] = ()
) -> list[Cluster]:
    """Put the claims of one enterprise into clusters, in the order of their keys.

    ``merges`` are pairs of keys that are one device; ``splits`` are keys of addresses that stand for themselves.
    """
    claims = sorted(set(claims), key=_order)
    bindings, apart = Bindings(claims), set(splits)
    units = _list_units(claims)
    placed: dict[str, Cluster] = {}
    for capture, claim in claims:
        base, kept = _place(capture, claim, bindings, apart)
        key = base
        if claim.part and len(units.get(claim.ip, ())) > 1 and claim.source == "modbus":
            key = f"ip:{claim.ip}/{claim.part}"
        one = placed.setdefault(key, Cluster(key, keys={key}))
        one.claims.append((capture, kept))
        if kept.ip:
            one.keys.add(f"ip:{kept.ip}" + (f"/{kept.part}" if "/" in key else ""))
    _add_units(placed, units, bindings, apart, claims)
    _note_links(placed, bindings)
    return sorted(_join(placed, merges, apart).values(), key=lambda one: one.key)


def _order(sourced: Sourced) -> tuple[object, ...]:
    capture, claim = sourced
    return (claim.first_ns, capture, claim.ip, claim.mac, claim.part, claim.field, claim.value, claim.basis,
            claim.source, claim.last_ns, claim.evidence)  # fmt: skip


def _place(capture: str, claim: Claim, bindings: Bindings, apart: set[str]) -> tuple[str, Claim]:
    """Key of the device that a claim is about, and the claim as it then reads."""
    ip, mac = claim.ip, claim.mac
    if claim.is_binding or claim.is_passing:
        ip, mac = (ip, claim.value) if claim.field == "mac" else (claim.value, mac)
        if f"ip:{ip}" in apart:
            return f"ip:{ip}", replace(claim, ip=ip, mac="", field="mac", value=mac)
        key = _name(capture, ip, claim.first_ns, bindings, apart)
        if claim.is_passing or key.endswith(mac):
            return key, claim
        if claim.field == "mac":  # somebody else's address: what the link address did, not what the device is
            return (f"mac:{mac}", _say(claim, "", mac, "claimed_address", ip))
        return f"mac:{mac}", _say(claim, "", mac, "claimed_address", claim.value)
    if not ip or (claim.field == "mac_vendor" and mac):
        return f"mac:{mac}", claim
    return _name(capture, ip, claim.first_ns, bindings, apart), claim


def _say(claim: Claim, ip: str, mac: str, about: str, value: str) -> Claim:
    return Claim(claim.enterprise, ip, mac, "", about, value, "seen", claim.source, claim.first_ns, claim.last_ns,
                 claim.evidence)  # fmt: skip


def _name(capture: str, ip: str, at_ns: int, bindings: Bindings, apart: set[str]) -> str:
    owner = "" if f"ip:{ip}" in apart else bindings.owner(capture, ip, at_ns)
    return f"mac:{owner}" if owner else f"ip:{ip}"


def _list_units(claims: Iterable[Sourced]) -> dict[str, set[str]]:
    """Modbus units that answered behind each address, where there are several and not any."""
    units: dict[str, set[str]] = defaultdict(set)
    for _, claim in claims:
        if claim.field == "parts" and claim.source == "modbus":
            units[claim.ip].add(claim.value)
    return {ip: found for ip, found in units.items() if 1 < len(found) <= MOST_UNITS}


def _add_units(
    placed: dict[str, Cluster], units: Mapping[str, set[str]], bindings: Bindings, apart: set[str],
    claims: Sequence[Sourced],
) -> None:  # fmt: skip
    """Let each unit behind a gateway be a device; what a unit says with the gateway's maker is about the gateway."""
    for capture, claim in claims:
        if claim.field != "parts" or claim.value not in units.get(claim.ip, ()):
            continue
        gateway = _name(capture, claim.ip, claim.first_ns, bindings, apart)
        key = f"ip:{claim.ip}/{claim.value}"
        one = placed.setdefault(key, Cluster(key, keys={key}))
        one.behind = one.behind or gateway
        one.claims.append((capture, _part(claim)))
    gateways: dict[str, list[Cluster]] = defaultdict(list)
    for one in placed.values():
        for key in one.keys if "/" not in one.key else ():
            gateways[key].append(one)
    for ip, found in sorted(units.items()):
        for holder in gateways[f"ip:{ip}"]:
            makers = {claim.value.lower() for _, claim in holder.claims if claim.field == "mac_vendor"}
            for unit in sorted(found):
                _return(placed[f"ip:{ip}/{unit}"], holder, makers)


def _part(claim: Claim) -> Claim:
    return Claim(claim.enterprise, claim.ip, "", claim.value, "unit", claim.value, "seen", claim.source, claim.first_ns,
                 claim.last_ns, claim.evidence)  # fmt: skip


def _return(unit: Cluster, gateway: Cluster, makers: set[str]) -> None:
    vendors = {claim.value.lower() for _, claim in unit.claims if claim.field == "vendor" and claim.value}
    if any(maker.startswith(vendor) for maker in makers for vendor in vendors):
        gateway.claims += [sourced for sourced in unit.claims if sourced[1].field != "unit"]
        unit.claims = [sourced for sourced in unit.claims if sourced[1].field == "unit"]


def _note_links(placed: dict[str, Cluster], bindings: Bindings) -> None:
    for mac, ips in bindings.carried.items():
        if f"mac:{mac}" in placed:
            placed[f"mac:{mac}"].carried |= ips
    for conflict in bindings.conflicts():
        for mac in conflict.macs:
            if f"mac:{mac}" in placed:
                placed[f"mac:{mac}"].conflicts.append(conflict)


def _join(placed: dict[str, Cluster], merges: Iterable[tuple[str, str]], apart: set[str]) -> dict[str, Cluster]:
    """Join clusters that are one device; the least key names it, link addresses first."""
    roots = {key: key for key in placed}
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    holders: dict[str, str] = {}
    for one in placed.values():
        holders.setdefault(one.key, one.key)
        for key in one.keys:
            holders.setdefault(key, one.key)
    edges = [(keys, reason) for reason, keys in _list_shared(placed).items() if not apart & {*keys}]
    for left, right in merges:
        if left in holders and right in holders:
            edges.append(({holders[left], holders[right]}, ("person", f"{left} {right}")))
    for keys, reason in edges:
        tops = sorted({_root(roots, key) for key in keys}, key=lambda key: (not key.startswith("mac:"), key))
        for key in tops:
            roots[key] = tops[0]
        found[tops[0]].append(reason)
    joined: dict[str, Cluster] = {}
    for key in sorted(placed, key=lambda key: (key != _root(roots, key), key)):
        top = _root(roots, key)
        if top not in joined:
            joined[top] = placed[key]
            continue
        into, one = joined[top], placed[key]
        into.claims += one.claims
        into.conflicts += one.conflicts
        into.carried |= one.carried
        into.keys |= one.keys
    for key, reasons in found.items():
        joined[_root(roots, key)].joined |= {*reasons}
    return joined


def _root(roots: dict[str, str], key: str) -> str:
    while roots[key] != key:
        key = roots[key]
    return key


def _list_shared(placed: Mapping[str, Cluster]) -> dict[tuple[str, str], set[str]]:
    """Keys of the devices that show the same serial number of the same maker, or the same application certificate."""
    shown: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key, one in placed.items():
        said = {name: sorted({claim.value for _, claim in one.claims if claim.field == name and claim.basis == "stated"
                              and (name != "certificate" or claim.source == "opcua")})
                for name in ("vendor", "serial", "certificate")}  # fmt: skip
        for serial in said["serial"]:
            if len(serial) >= _SHORTEST and len({*serial}) > 1:
                for vendor in said["vendor"]:
                    shown["serial", f"{vendor} {serial}"].add(key)
        for certificate in said["certificate"]:
            shown["certificate", certificate].add(key)
    few = {reason: keys for reason, keys in shown.items() if 1 < len(keys) <= MOST_SHARED}
    return {reason: keys for reason, keys in sorted(few.items())
            if reason[0] == "serial" or sum(key.startswith("mac:") for key in keys) < 2}  # fmt: skip
