"""Who speaks to whom: conversations between zones, levels and assets, drawn from pairs of addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from correlation.hosts import Hosts, Zone, Zoned
from correlation.pairs import MOST_PAIRS, Codes, Pairs, Traffic, add_up, make_traffic


@dataclass(frozen=True, slots=True)
class Conduit:
    """Flows between two zones, or within one."""

    source: Zoned
    destination: Zoned
    protocols: tuple[str, ...]
    """The busiest first, by flows."""
    pairs: int
    """Pairs of addresses."""
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class Topology:
    """Zones by level, and what flows between them."""

    zones: tuple[Zone, ...]
    """From the highest level down."""
    conduits: tuple[Conduit, ...]
    """The busiest first, by bytes."""
    left_out: bool
    """True where there were more pairs than are added up."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Conversations of the busiest hosts."""

    sources: tuple[str, ...]
    """Ids of assets, or addresses where there is no asset."""
    destinations: tuple[str, ...]
    cells: Mapping[tuple[int, int], Traffic]
    """By places among sources and destinations."""
    names: Mapping[str, str]
    """Names of those that are assets."""
    left_out: int
    """Pairs of hosts that are not shown."""


def draw_topology(hosts: Hosts, pairs: Pairs) -> Topology:
    """Draw zones by Purdue level with the conduits that these pairs make."""
    zones, places = place_ends(hosts, pairs)
    many = max(1, len(zones))
    codes, conduit, sums = add_up(places[pairs.source] * many + places[pairs.destination], pairs.sums)
    protocols, counts = _rank_protocols(pairs, conduit), _count_pairs(pairs, conduit, len(codes))
    texts = np.argsort(np.argsort([str(zoned) for zoned in zones])) if zones else np.zeros(0, np.int64)
    order = np.lexsort((texts[codes % many], texts[codes // many], -sums[2]))
    conduits = [
        Conduit(zones[code // many], zones[code % many], tuple(protocols.get(place, ())), count, Traffic(*its))
        for place, code, count, its in zip(
            order.tolist(), codes[order].tolist(), counts[order].tolist(), sums.T[order].tolist(), strict=True
        )
    ]
    return Topology(hosts.zones, tuple(conduits), len(pairs) >= MOST_PAIRS)


def place_ends(hosts: Hosts, pairs: Pairs) -> tuple[list[Zoned], Codes]:
    """Tell the distinct zones of the ends, and the place of each end's zone among them."""
    known: dict[Zoned, int] = {}
    places = [known.setdefault(hosts.place(*end), len(known)) for end in pairs.ends]
    return list(known), np.array(places, np.int64)


def _rank_protocols(pairs: Pairs, conduit: Codes) -> dict[int, list[str]]:
    """Name the protocols of each conduit, the busiest first, by flows, equal ones by name."""
    many = max(1, len(pairs.protocols))
    codes, _, (flows,) = add_up(conduit * many + pairs.protocol, pairs.sums[:1])
    names = np.argsort(np.argsort(pairs.protocols)) if pairs.protocols else np.zeros(0, np.int64)
    ranked: dict[int, list[str]] = defaultdict(list)
    for code in codes[np.lexsort((names[codes % many], -flows))].tolist():
        if name := pairs.protocols[code % many]:
            ranked[code // many].append(name)
    return ranked


def _count_pairs(pairs: Pairs, conduit: Codes, conduits: int) -> Codes:
    """Count the pairs of addresses of each conduit, whatever they speak."""
    _, firsts = np.unique(pairs.source * max(1, len(pairs.ends)) + pairs.destination, return_index=True)
    return np.bincount(conduit[firsts], minlength=conduits)


def draw_matrix(
    hosts: Hosts,
    pairs: Pairs,
    *,
    size: int = 40,
    choose: Callable[[Zoned], bool] = lambda _zoned: True,
) -> Matrix:
    """Draw the conversations of the ``size`` busiest hosts at either end; ``choose`` looks at the zone of either."""
    zones, places = place_ends(hosts, pairs)
    wanted = np.array([choose(zoned) for zoned in zones], np.bool_)[places]
    pairs = pairs.choose(wanted[pairs.source] | wanted[pairs.destination])
    names, named = _name_ends(hosts, pairs)
    many = max(1, len(names))
    cells, _, sums = add_up(named[pairs.source] * many + named[pairs.destination], pairs.sums)
    rows, columns = (_rank_ends(names, side, sums[2], size) for side in (cells // many, cells % many))
    at = [{code: place for place, code in enumerate(side)} for side in (rows, columns)]
    both = np.isin(cells // many, rows) & np.isin(cells % many, columns)
    shown = {
        (at[0][code // many], at[1][code % many]): make_traffic(its)
        for code, its in zip(cells[both].tolist(), sums[:, both].T, strict=True)
    }
    sources, destinations = (tuple(names[code] for code in side) for side in (rows, columns))
    return Matrix(
        sources, destinations, shown, _find_names(hosts, pairs, {*sources, *destinations}), len(cells) - len(shown)
    )


def _name_ends(hosts: Hosts, pairs: Pairs) -> tuple[list[str], Codes]:
    """Give the distinct hosts, ids of assets or addresses, and the place of each end's among them."""
    known: dict[str, int] = {}
    places = [known.setdefault(hosts.name(*end), len(known)) for end in pairs.ends]
    return list(known), np.array(places, np.int64)


def _rank_ends(names: Sequence[str], codes: Codes, sizes: Codes, most: int) -> list[int]:
    """Give the hosts with the most bytes, equal ones by name."""
    found, _, (added,) = add_up(codes, sizes[None, :])
    ranked = sorted(zip(found.tolist(), added.tolist(), strict=True), key=lambda one: (-one[1], names[one[0]]))
    return [code for code, _ in ranked[:most]]


def _find_names(hosts: Hosts, pairs: Pairs, wanted: set[str]) -> dict[str, str]:
    found = (hosts.find(*end) for end in pairs.ends)
    return {host.id: host.name for host in found if host is not None and host.id in wanted}
