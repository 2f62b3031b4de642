"""The matrix of conversations: who began how much with whom, among the busiest hosts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt

from console.views.assets import NONE
from console.views.topology import choose_enterprises, read_hosts, read_pairs
from console.visit import Visit
from correlation.conversations import Matrix, draw_matrix, place_ends
from correlation.hosts import OUTSIDE, Hosts, Zoned
from correlation.pairs import Pairs, Traffic
from wanglou.errors import UsageError

SIZES = (20, 40)
"""Hosts on each side."""
HEATS = 5
"""Steps of a cell's darkness, by the logarithm of its bytes."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Conversations that one host began with another."""

    traffic: Traffic
    heat: int
    """1 to HEATS."""
    query: str
    """Finds its flows."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix as a page shows it."""

    matrix: Matrix
    rows: Sequence[Sequence[Cell | None]]
    between: Sequence[Zoned]
    """The two zones that it was narrowed to; empty for all."""
    total: Traffic
    addresses: Mapping[str, str]
    """An address of each host."""

    def name(self, identity: str) -> str:
        """Give what a host is called, else its address."""
        return self.matrix.names.get(identity) or self.addresses.get(identity, identity)


def read_between(visit: Visit) -> list[Zoned]:
    """Read the zones of ``?between=``, as links of the topology write them; raises UsageError."""
    return [_read_zone(text) for text in visit.asked("between").split(",") if text][:2]


def _read_zone(text: str) -> Zoned:
    enterprise, zone, level = (("" if part == NONE else unquote(part)) for part in (*text.split("|"), "", "", "")[:3])
    try:
        return enterprise, zone, float(level) if level else None
    except ValueError:
        raise UsageError(f"{text[:80]!r} names no zone", do="follow a link of the topology") from None


def read_grid(visit: Visit) -> Grid:
    """Give the matrix of the period: ``?size=`` hosts on each side, ``?between=`` two zones, ``?enterprise=``."""
    size = int(visit.asked("size")) if visit.asked("size") in map(str, SIZES) else SIZES[0]
    enterprises, between = choose_enterprises(visit), read_between(visit)
    hosts, pairs = read_hosts(visit, enterprises), read_pairs(visit, enterprises)
    if between:
        pairs = pairs.choose(_are_between(hosts, pairs, between))
    return _fill(draw_matrix(hosts, pairs, size=size), pairs, hosts, between)


def _are_between(hosts: Hosts, pairs: Pairs, between: Sequence[Zoned]) -> npt.NDArray[np.bool_]:
    """Tell which pairs lead from the one zone to the other, either way."""
    zones, places = place_ends(hosts, pairs)
    ends = [places[side] for side in (pairs.source, pairs.destination)]

    def lead(wanted: Sequence[Zoned]) -> npt.NDArray[np.bool_]:
        met = [np.array([_is_met(zoned, one) for zoned in zones], np.bool_) for one in wanted]
        found = np.ones(len(pairs), np.bool_)
        for fits, end in zip(met, ends, strict=False):
            found &= fits[end]
        return found

    return lead(between) | lead(between[::-1])


def _is_met(end: Zoned, wanted: Zoned) -> bool:
    """True for the zone; what is outside has none that the inventory knows, or none inside the park."""
    return end == wanted or (wanted[1] == OUTSIDE and not wanted[0] and end[1] in ("", OUTSIDE))


def _fill(matrix: Matrix, pairs: Pairs, hosts: Hosts, between: Sequence[Zoned]) -> Grid:
    most = max((traffic.bytes for traffic in matrix.cells.values()), default=1)
    ips = _list_addresses(matrix, pairs, hosts)
    rows = [
        [_make(matrix.cells.get((row, column)), most, ips[source], ips[destination])
         for column, destination in enumerate(matrix.destinations)]
        for row, source in enumerate(matrix.sources)
    ]  # fmt: skip
    return Grid(matrix, rows, between, pairs.total, {name: min(its) for name, its in ips.items()})


def _list_addresses(matrix: Matrix, pairs: Pairs, hosts: Hosts) -> dict[str, set[str]]:
    """Give the addresses of the hosts shown that these pairs have."""
    shown, ips = {*matrix.sources, *matrix.destinations}, defaultdict(set)
    for place in np.union1d(pairs.source, pairs.destination).tolist():
        end = pairs.ends[place]
        if (name := hosts.name(*end)) in shown:
            ips[name].add(end[1])
    return ips


def _make(traffic: Traffic | None, most: int, sources: set[str], destinations: set[str]) -> Cell | None:
    if traffic is None:
        return None
    heat = max(1, math.ceil(HEATS * (math.log1p(traffic.bytes) / math.log1p(max(most, 1))) ** 2))
    return Cell(traffic, min(heat, HEATS), f"{_ask('source', sources)} AND {_ask('destination', destinations)}")


def _ask(end: str, ips: set[str]) -> str:
    quoted = " OR ".join(f'"{ip}"' for ip in sorted(ips))
    return f"{end}.ip:({quoted})"
