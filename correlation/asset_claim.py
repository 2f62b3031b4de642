"""Claims: what a capture's observations come to, one for each distinct fact of a device, with when it held.

A claim is the observations of the dataset ``asset`` that say the same, from the first to the last. What a capture
gives does not depend on the order or the size of the batches that its observations come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

import pyarrow as pa

MOST_CLAIMS = 20_000
"""Claims kept of one capture: the best founded, then the earliest."""
MOST_VALUES = 64
"""Values kept of one fact of a device in one capture."""
LINK_SOURCES = frozenset({"arp", "dhcp", "lldp"})
"""Sources in which a device itself says which link address is its own."""

_KEYS = (
    "organization.id", "asset.id", "host.ip", "host.mac", "asset.part", "asset.field", "asset.value", "asset.basis",
    "asset.source",
)  # fmt: skip
_TIME, _EVENT = "@timestamp", "event.id"
_BASES = ("stated", "seen", "reported")
_MERGED = [(_TIME, "min"), (_TIME, "max"), (_EVENT, "min")]


@dataclass(frozen=True, slots=True)
class Claim:
    """One fact of one device, as one source told it in one capture."""

    enterprise: str
    ip: str
    """Address of the device; empty where only its link address is known."""
    mac: str
    """Link address that the evidence tells, maybe empty."""
    part: str
    """One of several behind the address, such as a Modbus unit; empty for the device itself."""
    field: str
    value: str
    basis: str
    """``stated``, ``seen`` or ``reported``; see docs/assets.md."""
    source: str
    first_ns: int
    last_ns: int
    evidence: str
    """``event.id`` of one of the observations."""

    @property
    def is_binding(self) -> bool:
        """True where the device itself says which link address is its own."""
        return self.field in ("mac", "address") and self.source in LINK_SOURCES and self.basis == "stated"

    @property
    def is_passing(self) -> bool:
        """True where packets merely came from a link address, which may be a router's."""
        return self.field == "mac" and self.source == "flow"


def distil(batches: Iterable[pa.RecordBatch]) -> tuple[list[Claim], int]:
    """Give the claims that observations come to, in a fixed order, and how many more there were than are kept."""
    tables = [table for batch in batches if (table := _group(pa.Table.from_batches([batch]), first=True)).num_rows]
    if not tables:
        return [], 0
    merged = _group(pa.concat_tables(tables), first=False)
    columns = [column.to_pylist() for column in merged.select([*_KEYS, _TIME, "last", _EVENT]).columns]
    return bound([_make(*row) for row in zip(*columns, strict=True)])


def _make(enterprise: str, device: str, ip: str, mac: str, part: str, *rest: str | int) -> Claim:
    field, value, basis, source, first_ns, last_ns, evidence = rest
    link = mac or ("" if ip else device.partition("/")[0])
    return Claim(
        enterprise or "", ip or "", link or "", part or "", str(field), str(value), str(basis), str(source),
        int(first_ns), int(last_ns), str(evidence),
    )  # fmt: skip


def _group(table: pa.Table, *, first: bool) -> pa.Table:
    """One row for each distinct claim of a table, with the first and last time and the least id."""
    if first:
        moments = table.column(_TIME).cast(pa.int64())
        table = table.select([*_KEYS, _EVENT]).append_column(_TIME, moments).append_column("last", moments)
    made = table.group_by(list(_KEYS)).aggregate([(_TIME, "min"), ("last", "max"), (_EVENT, "min")])
    return made.rename_columns([{f"{_TIME}_min": _TIME, "last_max": "last", f"{_EVENT}_min": _EVENT}.get(n, n)
                                for n in made.column_names]).select([*_KEYS, _TIME, "last", _EVENT])  # fmt: skip


def bound(claims: Sequence[Claim]) -> tuple[list[Claim], int]:
    """Keep the best founded claims within both bounds, in a fixed order, and tell how many are left out."""
    counts: dict[tuple[str, str, str, str, str], int] = {}
    kept = []
    for claim in sorted(claims, key=_rank):
        key = (claim.enterprise, claim.ip, claim.mac if not claim.ip else "", claim.part, claim.field)
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= MOST_VALUES:
            kept.append(claim)
    return kept[:MOST_CLAIMS], len(claims) - min(len(kept), MOST_CLAIMS)


def _rank(claim: Claim) -> tuple[bool, int, int, tuple[object, ...]]:
    return claim.is_passing, _BASES.index(claim.basis), claim.first_ns, astuple(claim)
