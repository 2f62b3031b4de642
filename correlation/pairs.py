"""Flows added up by their ends and protocol: one by one, or as columns, as a park has ten thousands of pairs.

Columns hold codes of distinct ends and protocols, so that what pages add up further costs a look at each distinct end
and a few passes over arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from correlation.alert_filter import in_period, in_scope, join
from correlation.query import parse_query
from correlation.query_tree import Everything, Node
from correlation.scoping import Enterprises
from correlation.store import Bucket, Groups, Store

FLOW = "flow"
MOST_PAIRS = 100_000
"""Pairs of ends that are added up; the busiest by flows."""
_GROUPS = Groups(
    ("organization.id", "source.ip", "destination.ip", "network.protocol"),
    MOST_PAIRS,
    sums=("network.packets", "network.bytes"),
)
Codes = npt.NDArray[np.int64]
End = tuple[str, str]
"""Enterprise and address."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Flows added up."""

    flows: int
    packets: int
    bytes: int

    def __add__(self, other: Traffic) -> Traffic:
        """Add up."""
        return Traffic(self.flows + other.flows, self.packets + other.packets, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class Pair:
    """Flows from one address to another of one enterprise."""

    enterprise: str
    source: str
    destination: str
    protocol: str
    """Recognised protocol; empty for none."""
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs as columns of equal length."""

    ends: Sequence[End]
    """Distinct ends; after ``choose`` also such as no pair has any more."""
    protocols: Sequence[str]
    source: Codes
    """Places among ``ends``."""
    destination: Codes
    protocol: Codes
    """Places among ``protocols``."""
    sums: Codes
    """Flows, packets and bytes, of shape (3, pairs)."""

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.source)

    @property
    def total(self) -> Traffic:
        """All of it."""
        return make_traffic(self.sums.sum(axis=1))

    def choose(self, wanted: npt.NDArray[np.bool_]) -> Pairs:
        """Keep some of the pairs."""
        source, destination, protocol = (column[wanted] for column in (self.source, self.destination, self.protocol))
        return replace(self, source=source, destination=destination, protocol=protocol, sums=self.sums[:, wanted])


def make_traffic(sums: npt.NDArray[np.int64]) -> Traffic:
    """Read flows, packets and bytes."""
    flows, packets, size = sums.tolist()
    return Traffic(flows, packets, size)


def add_up(codes: Codes, sums: Codes) -> tuple[Codes, Codes, Codes]:
    """Add up columns by codes: gives the distinct codes in order, the place of each row's among them, and the sums."""
    distinct, places = np.unique(codes, return_inverse=True)
    added = np.zeros((len(sums), len(distinct)), np.int64)
    for row, column in zip(added, sums, strict=True):
        np.add.at(row, places, column)
    return distinct, places, added


def read_pairs(
    store: Store,
    *,
    start_ns: int | None = None,
    end_ns: int | None = None,
    enterprises: Enterprises = None,
) -> Pairs:
    """Add up the flows of a period by their ends and protocol, in no order."""
    node = join(in_scope(store, FLOW, enterprises), in_period(store.datasets[FLOW], start_ns, end_ns))
    return _take_columns(store.tabulate(FLOW, _GROUPS, node))


def _take_columns(table: pa.Table) -> Pairs:
    enterprise, names = _encode(table["organization.id"])
    protocol, protocols = _encode(table["network.protocol"])
    source, destination = table["source.ip"], table["destination.ip"]
    address, addresses = _encode(pa.chunked_array([*source.chunks, *destination.chunks], source.type))
    many = max(1, len(addresses))
    distinct, places = np.unique(np.tile(enterprise, 2) * many + address, return_inverse=True)
    ends = [(names[code // many], addresses[code % many]) for code in distinct.tolist()]
    numbers = [table["records"], *(table[name] for name in _GROUPS.sums)]
    sums = np.stack([column.cast(pa.int64()).to_numpy() for column in numbers])
    return Pairs(ends, protocols, places[: len(table)], places[len(table) :], protocol, sums)


def _encode(column: Any) -> tuple[Codes, list[str]]:
    """Give codes of distinct texts; what is missing is the empty text."""
    found = pc.fill_null(column.cast(pa.string()), "").combine_chunks().dictionary_encode()
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    return found.indices.to_numpy().astype(np.int64), found.dictionary.to_pylist()


def list_pairs(
    store: Store,
    text: str = "",
    *,
    start_ns: int | None = None,
    end_ns: int | None = None,
    enterprises: Enterprises = None,
    now_ns: int = 0,
    more: Node | None = None,
) -> list[Pair]:
    """Add up the flows that a text of the query language finds by their ends and protocol, the commonest first."""
    schema = store.datasets[FLOW]
    node = join(
        in_scope(store, FLOW, enterprises),
        in_period(schema, start_ns, end_ns),
        parse_query(text, schema, now_ns=now_ns),
        more or Everything(),
    )
    return [_read_pair(one) for one in store.aggregate(FLOW, _GROUPS, node)]


def _read_pair(bucket: Bucket) -> Pair:
    enterprise, source, destination, protocol = (str(key or "") for key in bucket.keys)
    packets, size = bucket.sums
    return Pair(enterprise, source, destination, protocol, Traffic(int(bucket.value), int(packets), int(size)))
