"""IP ranges: membership, and which of many ranges an address belongs to (the longest prefix wins)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Generic, TypeVar

Item = TypeVar("Item")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=65_536)
def parse_address(text: str) -> tuple[int, int] | None:
    """Turn an address into (version, number); None when it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return address.version, int(address)


class Ranges:
    """A set of addresses given as ranges."""

    __slots__ = ("_parts", "networks")

    def __init__(self, networks: Iterable[Network]) -> None:
        """Keep the ranges; ``networks`` gives them back."""
        self.networks = tuple(networks)
        self._parts = tuple((n.version, int(n.netmask), int(n.network_address)) for n in self.networks)

    def __contains__(self, address: str | None) -> bool:
        """True when the address lies in one of the ranges; what is no address lies in none."""
        parsed = parse_address(address) if address is not None else None
        if parsed is None:
            return False
        version, number = parsed
        return any(version == of and number & mask == start for of, mask, start in self._parts)


class RangeTable(Generic[Item]):
    """Finds the items whose range holds an address, the longest prefix first."""

    __slots__ = ("_cache", "_tables")

    CACHE = 65_536
    """Addresses remembered; the cache starts anew when it is full."""

    def __init__(self, entries: Iterable[tuple[Network, Item]]) -> None:
        """Sort the ranges by prefix length, so that a look-up costs one step per length that occurs."""
        tables: dict[tuple[int, int], dict[int, list[Item]]] = {}
        for network, item in entries:
            table = tables.setdefault((network.version, int(network.netmask)), {})
            table.setdefault(int(network.network_address), []).append(item)
        self._tables = tuple(sorted(tables.items(), key=lambda entry: -entry[0][1]))
        self._cache: dict[str, tuple[tuple[Item, ...], ...]] = {}

    def find(self, address: str) -> tuple[tuple[Item, ...], ...]:
        """Give the items of every range that holds the address: one tuple per range, the longest prefix first."""
        found = self._cache.get(address)
        if found is None:
            if len(self._cache) >= self.CACHE:
                self._cache.clear()
            found = self._cache[address] = self._look_up(address)
        return found

    def _look_up(self, address: str) -> tuple[tuple[Item, ...], ...]:
        parsed = parse_address(address)
        if parsed is None:
            return ()
        version, number = parsed
        hits = (table.get(number & mask) for (of, mask), table in self._tables if of == version)
        return tuple(tuple(hit) for hit in hits if hit)
