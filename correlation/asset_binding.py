"""Whose link address is whose: which addresses a link address owns, and which it only carries, as routers do.

A device says its own link address in ARP (RFC 826), DHCP (RFC 2131) and LLDP. That packets of an address came from a
link address says less: behind a router all come from the router's. So a link address that carried packets of addresses
it did not claim owns only those it claimed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from correlation.asset_claim import Claim

MOST_OWNED = 16
"""Addresses that one device claims at most; a link address that claims more answers for others (proxy ARP, RFC 1027),
or lies."""
MOST_RIVALS = 32
"""Owners of an address in a capture that are looked at, the earliest; a flood of claims has more."""
_HOUR_NS = 3_600_000_000_000
"""Observations of the same fact come once an hour, so a claim may have held an hour longer than it was last told."""
_LINK_LOCAL = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"))


@dataclass(frozen=True, slots=True)
class Conflict:
    """An address that two link addresses claimed at the same time."""

    ip: str
    macs: tuple[str, ...]
    """The owner first, who claimed it first."""
    at_ns: int
    """When the second claimed it."""


class Spans:
    """From when to when something held, by capture."""

    __slots__ = ("of",)

    def __init__(self) -> None:
        """Hold nothing."""
        self.of: dict[str, tuple[int, int]] = {}

    def add(self, capture: str, first_ns: int, last_ns: int) -> None:
        """Let it hold from first to last in a capture."""
        before = self.of.get(capture, (first_ns, last_ns))
        self.of[capture] = min(before[0], first_ns), max(before[1], last_ns)

    def distance(self, capture: str, at_ns: int) -> int:
        """Nanoseconds from a moment to when it held in a capture, or in any where it did not in that one."""
        spans = [self.of[capture]] if capture in self.of else list(self.of.values())
        return min(max(first - at_ns, at_ns - last - _HOUR_NS, 0) for first, last in spans)

    @property
    def first_ns(self) -> int:
        """When it first held."""
        return min(first for first, _ in self.of.values())


class Bindings:
    """Which link address an address had, by capture and time, in one enterprise."""

    def __init__(self, claims: Iterable[tuple[str, Claim]]) -> None:
        """Learn from claims, each with its capture."""
        stated: dict[str, dict[str, Spans]] = defaultdict(lambda: defaultdict(Spans))
        seen: dict[str, dict[str, Spans]] = defaultdict(lambda: defaultdict(Spans))
        for capture, claim in claims:
            if not (claim.is_binding or claim.is_passing):
                continue
            ip, mac = (claim.ip, claim.value) if claim.field == "mac" else (claim.value, claim.mac)
            is_own = claim.is_binding or is_link_local(ip)
            (stated if is_own else seen)[ip][mac].add(capture, claim.first_ns, claim.last_ns)
        self.proxies = {mac for mac, ips in _turn(stated).items() if len(ips) > MOST_OWNED}
        self.carried = _find_carried(stated, seen)
        """Addresses that each link address carried without owning them."""
        self._owners = {ip: dict(owners) for ip, owners in stated.items()}
        for ip, macs in seen.items():
            if ip not in stated:
                own = {mac: spans for mac, spans in macs.items() if mac not in self.carried}
                earliest = min(own, key=lambda mac: (own[mac].first_ns, mac), default="")
                if earliest:
                    self._owners[ip] = {earliest: own[earliest]}
        self._rivals = self._list_rivals()

    def owner(self, capture: str, ip: str, at_ns: int) -> str:
        """Link address that an address had at a moment; empty where nobody knows, or a router answers for it.

        Of several that claimed it at once the first is believed.
        """
        owners = self._owners.get(ip, {})
        here = self._rivals.get((ip, capture)) or self._rivals.get((ip, ""), ())
        return min(here, key=lambda mac: (owners[mac].distance(capture, at_ns), owners[mac].first_ns, mac), default="")

    def _list_rivals(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Owners of each address in each capture, and under an empty one in any, the earliest first."""
        rivals: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for ip, owners in self._owners.items():
            for mac in owners.keys() - self.proxies:
                rivals[ip, ""].append((owners[mac].first_ns, mac))
                for capture, (first_ns, _) in owners[mac].of.items():
                    rivals[ip, capture].append((first_ns, mac))
        return {key: tuple(mac for _, mac in sorted(found)[:MOST_RIVALS]) for key, found in rivals.items()}

    def conflicts(self) -> Iterator[Conflict]:
        """Addresses that several link addresses claimed at the same time, in the order of addresses."""
        for ip, owners in sorted(self._owners.items()):
            macs = sorted(owners, key=lambda mac: (owners[mac].first_ns, mac))[:MOST_RIVALS]
            for mac in macs[1:]:
                starts = [_overlap(owners[macs[0]].of[capture], span) for capture, span in owners[mac].of.items()
                          if capture in owners[macs[0]].of]  # fmt: skip
                if found := [at for at in starts if at is not None]:
                    yield Conflict(ip, (macs[0], mac), min(found))


def is_link_local(ip: str) -> bool:
    """True for an address that no router forwards (RFC 3927, RFC 4291 clause 2.5.6)."""
    address = ip_address(ip)
    return any(address.version == network.version and address in network for network in _LINK_LOCAL)


def _find_carried(stated: dict[str, dict[str, Spans]], seen: dict[str, dict[str, Spans]]) -> dict[str, set[str]]:
    """What link addresses carried that own something else of the same family, or carried several."""
    claimed, passed = _turn(stated), _turn(seen)
    found: dict[str, set[str]] = {}
    for mac, ips in passed.items():
        own = {ip for ip in claimed.get(mac, ()) if not is_link_local(ip)}
        foreign = ips - own
        families = [[ip for ip in own | ips if (":" in ip) is is_six] for is_six in (False, True)]
        if foreign and any(len(family) > 1 for family in families):
            found[mac] = foreign
    return found


def _turn(bindings: dict[str, dict[str, Spans]]) -> dict[str, set[str]]:
    """Addresses by link address."""
    turned: dict[str, set[str]] = defaultdict(set)
    for ip, macs in bindings.items():
        for mac in macs:
            turned[mac].add(ip)
    return turned


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> int | None:
    """When both held first, None where they never did at once."""
    start, end = max(one[0], other[0]), min(one[1], other[1]) + _HOUR_NS
    return start if start <= end else None
