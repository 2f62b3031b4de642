"""The service map: which asset speaks to which, with what, since when and how much; from the store's flows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from correlation.asset import Asset
from correlation.store import Store

MOST_LINKS = 10_000
"""Links that are given; the busiest."""
MOST_PAIRS = 100_000
"""Distinct pairs of ends that are counted up; of more the rest is left out and counted."""

_ENDS = (
    "organization.id", "source.ip", "source.mac", "destination.ip", "destination.mac", "destination.port",
    "network.transport", "network.protocol",
)  # fmt: skip
_SUMS = ("network.packets", "network.bytes", "flows", "answered")
_UNANSWERED = ("attempt", "refused")


@dataclass(frozen=True, slots=True)
class Link:
    """One service of one device that another one uses."""

    enterprise: str
    source: str
    """Id of the asset that asks, or its address where that is no asset."""
    destination: str
    """Id of the asset that serves, or its address."""
    source_ip: str
    destination_ip: str
    port: int
    """Port of the server; -1 where the transport has none."""
    transport: str
    protocol: str
    """Recognised protocol, maybe empty."""
    flows: int
    answered: int
    """Flows in which the server said anything."""
    packets: int
    bytes: int
    first_ns: int
    last_ns: int


@dataclass(frozen=True, slots=True)
class ServiceMap:
    """Links, the busiest first, and how many pairs of ends were left out."""

    links: tuple[Link, ...]
    left_out: int


def map_services(
    store: Store, assets: Iterable[Asset], query: str = "", *, start_ns: int | None = None, end_ns: int | None = None
) -> ServiceMap:
    """Tell who speaks to whom, of the flows that a query of the dataset ``flow`` chooses; columns do the counting."""
    pairs: pa.Table | None = None
    left_out = 0
    for batch in store.search("flow", query, start_ns=start_ns, end_ns=end_ns):
        counted = _count(_choose(pa.Table.from_batches([batch])))
        pairs = counted if pairs is None else _count(pa.concat_tables([pairs, counted]))
        if pairs.num_rows > MOST_PAIRS:
            left_out += pairs.num_rows - MOST_PAIRS
            pairs = pairs.slice(0, MOST_PAIRS)
    if pairs is None:
        return ServiceMap((), 0)
    links = sorted(_name_ends(pairs, Directory(assets)), key=_rank)
    return ServiceMap(tuple(links[:MOST_LINKS]), left_out + max(0, len(links) - MOST_LINKS))


def _choose(table: pa.Table) -> pa.Table:
    """Columns that are counted, with a flow and whether it was answered in each row."""
    moments, states = table.column("@timestamp").cast(pa.int64()), table.column("flow.state")
    ends = pc.coalesce(table.column("event.end"), table.column("@timestamp")).cast(pa.int64())
    spoke = pc.greater(pc.fill_null(table.column("destination.packets"), 0), 0)
    answered = pc.and_(spoke, pc.invert(pc.fill_null(pc.is_in(states, pa.array(_UNANSWERED)), fill_value=False)))
    chosen = table.select([*_ENDS, "network.packets", "network.bytes"])
    chosen = chosen.append_column("flows", pa.array([1] * table.num_rows, pa.int64()))
    return chosen.append_column("answered", answered.cast(pa.int64())).append_column(
        "first", moments).append_column("last", ends)  # fmt: skip


def _count(table: pa.Table) -> pa.Table:
    """One row for each distinct pair of ends."""
    sums = [(name, "sum") for name in _SUMS]
    made = table.group_by(list(_ENDS)).aggregate([*sums, ("first", "min"), ("last", "max")])
    names = {f"{name}_sum": name for name in _SUMS} | {"first_min": "first", "last_max": "last"}
    made = made.rename_columns([names.get(name, name) for name in made.column_names])
    order = [(name, "ascending") for name in ("first", "source.ip", "destination.ip", "destination.port")]
    return made.select([*_ENDS, *_SUMS, "first", "last"]).sort_by(order)


def _name_ends(pairs: pa.Table, directory: Directory) -> Iterable[Link]:
    """Links between assets; pairs of the same service of the same assets are one."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    for row in zip(*(column.to_pylist() for column in pairs.columns), strict=True):
        enterprise, source, source_mac, destination, destination_mac, port, transport, protocol = row[:8]
        enterprise = enterprise or ""
        names = (directory.find(enterprise, source, source_mac), directory.find(enterprise, destination,
                                                                                destination_mac))  # fmt: skip
        key = (enterprise, *names, -1 if port is None else port, transport or "", protocol or "")
        sums = [value or 0 for value in row[8:12]]
        known = found.get(key)
        if known is None:
            found[key] = [source or "", destination or "", *sums, row[12], row[13]]
            continue
        known[2:6] = [before + more for before, more in zip(known[2:6], sums, strict=True)]
        known[6], known[7] = min(known[6], row[12]), max(known[7], row[13])
    for (enterprise, one, other, port, transport, protocol), value in found.items():
        packets, size, flows, answered = value[2:6]
        yield Link(enterprise, one, other, value[0], value[1], port, transport, protocol, flows, answered, packets,
                   size, value[6], value[7])  # fmt: skip


def _rank(link: Link) -> tuple[object, ...]:
    return -link.packets, link.enterprise, link.source, link.destination, link.port, link.transport, link.protocol


class Directory:
    """Finds the asset of an address."""

    def __init__(self, assets: Iterable[Asset]) -> None:
        """Index the assets by enterprise and address."""
        self._of: Mapping[tuple[str, str], list[Asset]] = defaultdict(list)
        for asset in assets:
            for address in asset.addresses if "/" not in asset.key else ():
                self._of[asset.enterprise, address].append(asset)

    def find(self, enterprise: str, ip: str | None, mac: str | None = None) -> str:
        """Give the id of the asset, of several the one with that link address; else the address."""
        found: Sequence[Asset] = self._of.get((enterprise, ip or ""), ())
        exact = [one for one in found if mac in one.macs]
        return (exact or found)[0].id if found else ip or mac or ""
