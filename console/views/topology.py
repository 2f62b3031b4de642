"""Zones by Purdue level and the conduits between them, as a visit asks for them."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from console.views.assets import write_token
from console.visit import Visit
from correlation.conversations import Conduit, Topology, draw_topology
from correlation.hosts import OUTSIDE, Hosts, Zoned
from correlation.pairs import Pairs, Traffic
from correlation.pairs import read_pairs as add_up_pairs
from correlation.scoping import Enterprises

OUT: Zoned = ("", OUTSIDE, None)
"""What is no zone of the park."""
_NOTHING = Traffic(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Link:
    """Both directions of what flows between two zones."""

    one: Zoned
    other: Zoned
    protocols: tuple[str, ...]
    pairs: int
    there: Traffic
    back: Traffic

    @property
    def traffic(self) -> Traffic:
        """Both directions."""
        return self.there + self.back

    @property
    def bytes(self) -> int:
        """Of both directions."""
        return self.there.bytes + self.back.bytes

    @property
    def is_skipping(self) -> bool:
        """True where it passes over a Purdue level."""
        one, other = self.one[2], self.other[2]
        return one is not None and other is not None and abs(one - other) > 1

    @property
    def address(self) -> str:
        """How the address names its two ends."""
        return f"{write_zone(self.one)},{write_zone(self.other)}"


def write_zone(zoned: Zoned) -> str:
    """Write a zone as the address has it: enterprise, zone and level with | between them."""
    enterprise, zone, level = zoned
    return "|".join((write_token(enterprise), write_token(zone), write_token(level)))


def choose_enterprises(visit: Visit) -> Enterprises:
    """Give the enterprises that are asked for (``?enterprise=``) among those that may be seen."""
    wanted = [one for one in visit.asked("enterprise").split(",") if one]
    return visit.scope.restrict(wanted or None).enterprises


def read_pairs(visit: Visit, enterprises: Enterprises) -> Pairs:
    """Add up the conversations of the period."""
    period = visit.period
    return add_up_pairs(visit.store, start_ns=period.start_ns, end_ns=period.end_ns, enterprises=enterprises)


def read_hosts(visit: Visit, enterprises: Enterprises) -> Hosts:
    """Give the inventory by address."""
    with visit.ledger.reading() as connection:
        return visit.services.hosts.read(connection, enterprises)


def read_topology(visit: Visit) -> Topology:
    """Give zones and conduits of the period."""
    enterprises = choose_enterprises(visit)
    return draw_topology(read_hosts(visit, enterprises), read_pairs(visit, enterprises))


@dataclass(slots=True)
class _Joined:
    """Both directions, while they are put together."""

    names: dict[str, None]
    pairs: int
    there: Traffic
    back: Traffic


def join_conduits(conduits: Iterable[Conduit], known: set[Zoned]) -> tuple[list[Link], dict[Zoned, int]]:
    """Put both directions together, the busiest first, with the bytes within each zone apart."""
    inner: dict[Zoned, int] = defaultdict(int)
    joined: dict[tuple[Zoned, Zoned], _Joined] = {}
    for one in conduits:
        source, destination = (end if end in known else OUT for end in (one.source, one.destination))
        if source == destination:
            inner[source] += one.traffic.bytes
            continue
        _join(joined, source, destination, one)
    links = [Link(*ends, tuple(its.names), its.pairs, its.there, its.back) for ends, its in joined.items()]
    texts = {zoned: write_zone(zoned) for zoned in {*itertools.chain.from_iterable(joined)}}
    return sorted(links, key=lambda link: (-link.bytes, texts[link.one], texts[link.other])), inner


def _join(joined: dict[tuple[Zoned, Zoned], _Joined], source: Zoned, destination: Zoned, one: Conduit) -> None:
    held, is_turned = joined.get((source, destination)), False
    if held is None and (held := joined.get((destination, source))) is not None:
        is_turned = True
    if held is None:
        joined[source, destination] = _Joined(dict.fromkeys(one.protocols), one.pairs, one.traffic, _NOTHING)
        return
    held.names.update(dict.fromkeys(one.protocols))
    held.pairs += one.pairs
    if is_turned:
        held.back += one.traffic
    else:
        held.there += one.traffic
