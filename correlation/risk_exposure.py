"""What exposes an asset, as its conversations show it: who reached it from where, and what it answers.

Python looks at distinct conversations only. What is told of a conversation depends on the site file; what that does
not tell exposes nobody.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from correlation.risk_facts import Fact
from correlation.risk_weights import Weights
from wanglou.site import Site, Zone

CLIENTS = 3
"""Addresses that a fact names."""
EVIDENCE = 5
"""Records that a fact points at."""
Key = tuple[str, str]
"""Enterprise and id of a device."""

_OWN = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "0.0.0.0/8",
                 "255.255.255.255/32", "fc00::/7", "fe80::/10")
)  # fmt: skip
"""Networks that the Internet does not route (RFC 1918, RFC 6598, RFC 3927, RFC 1122, RFC 919, RFC 4193, RFC 4291)."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one client said to one port of a server."""

    enterprise: str
    client: str
    server: str
    port: int
    protocol: str
    """As it was recognised; empty when it was not."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A conversation on one day."""

    conversation: Conversation
    day: int
    """Days since 1970, UTC."""
    count: int
    """Flows."""
    evidence: str
    """``event.id`` of one of them."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """One way in which a conversation exposes a device."""

    address: str
    kind: str
    text: str
    """The other address, or the protocol."""


@lru_cache(maxsize=65_536)
def is_public(address: str) -> bool:
    """True for an address that the Internet routes, and for those that stand for such in documents."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if parsed.is_multicast or parsed.is_unspecified or parsed.is_loopback:
        return False
    return not any(parsed in network for network in _OWN if network.version == parsed.version)


@lru_cache(maxsize=65_536)
def is_device(address: str) -> bool:
    """True for an address that a device can have: no group, broadcast or empty one; others are taken as told."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return bool(address)
    return not (parsed.is_multicast or parsed.is_unspecified or address == "255.255.255.255")


class Examiner:
    """Tells how conversations expose devices, each conversation once."""

    def __init__(self, weights: Weights, site: Site | None) -> None:
        """Ask that site file, if there is one."""
        self._weights, self._site = weights, site
        self._known: dict[Conversation, tuple[Exposed, ...]] = {}

    def examine(self, conversation: Conversation) -> tuple[Exposed, ...]:
        """List the ways; the address is the server's, or the client's where it calls out."""
        found = self._known.get(conversation)
        if found is None:
            found = self._known[conversation] = tuple(self._find(conversation))
        return found

    def _find(self, it: Conversation) -> Iterator[Exposed]:
        if not is_device(it.client) or not is_device(it.server):
            return
        if is_public(it.server):
            if not is_public(it.client):
                yield Exposed(it.client, "calls_internet", it.server)
            return
        ways = list(self._outside(it))
        for kind in ways:
            yield Exposed(it.server, kind, it.client)
        if ways and it.port in self._weights.remote_ports:
            yield Exposed(it.server, "remote_login", f"{it.client} :{it.port}")
        if it.protocol in self._weights.control_protocols:
            yield Exposed(it.server, "open_control", it.protocol)
            if self._site and self._site.is_master_allowed(it.enterprise, it.client, it.server, None) is False:
                yield Exposed(it.server, "foreign_master", it.client)

    def _outside(self, it: Conversation) -> Iterator[str]:
        """Tell from how far away the client reached the server; nothing from within its zone."""
        if is_public(it.client):
            yield "internet"
            return
        if self._site is None:
            return
        home = self._site.find_enterprise(it.client)
        if home is not None and it.enterprise and home.id != it.enterprise:
            yield "other_enterprise"
            return
        zones = [self._site.find_zone(address, it.enterprise) for address in (it.client, it.server)]
        if zones[1] is None or _is_same(zones[0], zones[1]):
            return
        yield "other_zone"
        levels = [zone.level for zone in zones if zone is not None and zone.level is not None]
        if len(levels) == len(zones) and abs(levels[0] - levels[1]) > 1:
            yield "skipped_level"


def _is_same(one: Zone | None, other: Zone) -> bool:
    return one is not None and one.id == other.id


class _Gathered:
    """What shows one kind of exposure of one device."""

    def __init__(self) -> None:
        self.count = 0
        self.texts: set[str] = set()
        self.evidence: set[str] = set()

    def add(self, text: str, seen: Seen) -> None:
        self.count += seen.count
        self.texts.add(text)
        self.evidence.add(seen.evidence)

    def fact(self, kind: str) -> Fact:
        texts = sorted(self.texts)
        more = f" +{len(texts) - CLIENTS}" if len(texts) > CLIENTS else ""
        return Fact(kind, ", ".join(texts[:CLIENTS]) + more, self.count, tuple(sorted(self.evidence)[:EVIDENCE]))


def find_exposures(
    seen: Iterable[Seen], examiner: Examiner, days: range, key_of: Callable[[str, str], Key]
) -> Mapping[Key, Sequence[Fact]]:
    """Give the facts by device, from the conversations of those days; one fact of a kind.

    ``key_of`` tells which device of an enterprise has an address.
    """
    found: dict[Key, dict[str, _Gathered]] = defaultdict(lambda: defaultdict(_Gathered))
    for one in seen:
        if one.day in days:
            for way in examiner.examine(one.conversation):
                found[key_of(one.conversation.enterprise, way.address)][way.kind].add(way.text, one)
    return {key: [its[kind].fact(kind) for kind in sorted(its)] for key, its in found.items()}
