"""ARP and LLDP frames of a batch to tables: each distinct frame of an hour once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import Origin, format_address, format_mac, make_table
from parsers.field import Dataset
from parsers.link_frame import ARP as ARP_RECORD
from parsers.link_frame import ETHERTYPE_ARP, ETHERTYPE_LLDP, KINDS, MALFORMED, list_links, read_arp
from parsers.link_schema import ARP, LLDP
from parsers.lldp import Neighbour, parse_lldp
from parsers.packet import get_mac
from sensors.batch import PacketBatch

HOUR_NS = 3_600_000_000_000
MOST_ROWS = 4_096
"""Distinct frames of a kind that are told of a batch; more are counted."""
_CLAIM = ["sender_mac", "frame_mac", "sender", "operation", "vlan", "kind"]
Row = dict[str, Any]


class LinkTables:
    """Makes the tables ``arp`` and ``lldp``; nothing is kept between batches."""

    def __init__(self, origin: Origin) -> None:
        """Count from zero."""
        self._origin = origin
        self.counters = dict.fromkeys(
            ("arp_messages", "arp_malformed", "lldp_frames", "lldp_malformed", "link_dropped"), 0
        )

    def add(self, batch: PacketBatch, frames: Any) -> dict[str, pa.Table]:
        """Tables of the frames of a batch, those with rows only."""
        rows = np.empty(len(frames), dtype=np.int64)
        tables = {}
        if found := list_links(frames, ETHERTYPE_ARP, rows):
            tables["arp"] = self._add_arp(batch, frames, rows[:found])
        if found := list_links(frames, ETHERTYPE_LLDP, rows):
            tables["lldp"] = self._add_lldp(batch, frames, rows[:found])
        return {name: table for name, table in tables.items() if len(table)}

    def _add_arp(self, batch: PacketBatch, frames: Any, rows: NDArray[np.int64]) -> pa.Table:
        messages: Any = np.recarray(len(rows), dtype=ARP_RECORD)
        read_arp(batch.data, frames, rows, messages)
        self.counters["arp_messages"] += len(rows)
        self.counters["arp_malformed"] += int((messages["kind"] == MALFORMED).sum())
        messages = messages[messages["kind"] != MALFORMED]
        first = self._choose(messages[_CLAIM].tolist(), batch.ts_ns[messages["row"]])
        return self._make(ARP, [self._describe_arp(batch, messages[at]) for at in first])

    def _describe_arp(self, batch: PacketBatch, message: Any) -> Row:
        """Columns of one ARP message."""
        sender = format_address(4, 0, 0, 0, int(message["sender"])) if message["sender"] else ""
        target = format_address(4, 0, 0, 0, int(message["target"]))
        return self._begin(batch, int(message["row"]), int(message["vlan"]), sender, target) | {
            "event.action": KINDS[message["kind"]],
            "source.mac": format_mac(int(message["sender_mac"])),
            "destination.mac": format_mac(int(message["target_mac"])) if message["target_mac"] > 0 else None,
            "arp.operation": int(message["operation"]),
            "arp.frame_mac": format_mac(int(message["frame_mac"])) or None,
        }

    def _add_lldp(self, batch: PacketBatch, frames: Any, rows: NDArray[np.int64]) -> pa.Table:
        self.counters["lldp_frames"] += len(rows)
        starts, lengths = frames["payload"][rows].tolist(), frames["payload_len"][rows].tolist()
        values = [batch.data[at : at + length].tobytes() for at, length in zip(starts, lengths, strict=True)]
        parsed = {values[at]: parse_lldp(values[at]) for at in self._choose(values, np.zeros(len(rows), np.int64))}
        self.counters["lldp_malformed"] += sum(bool(parsed[value].error) for value in values if value in parsed)
        first = self._choose(values, batch.ts_ns[rows])
        found = [(int(rows[at]), parsed[values[at]]) for at in first if values[at] in parsed]
        return self._make(LLDP, [self._describe_lldp(batch, frames, *one) for one in found])

    def _describe_lldp(self, batch: PacketBatch, frames: Any, row: int, neighbour: Neighbour) -> Row:
        """Columns of one LLDP frame."""
        link = int(frames["link"][row])
        sender = format_mac(int(get_mac(batch.data, link + 6))) if link >= 0 else ""
        address = next(iter(neighbour.addresses), neighbour.chassis_address)
        own = {
            "address": address, "mac": format_mac(neighbour.chassis_mac) or sender, "chassis": neighbour.chassis,
            "port": neighbour.port, "port_description": neighbour.port_description, "name": neighbour.name,
            "description": neighbour.description, "capabilities": list(neighbour.capabilities),
            "addresses": neighbour.addresses, "organizations": neighbour.organizations, **neighbour.inventory,
        }  # fmt: skip
        return self._begin(batch, row, int(frames["vlan"][row]), address, "") | {
            "event.action": "leave" if neighbour.ttl_s == 0 else "announce",
            "error.code": neighbour.error or None,
            "source.mac": sender or None,
            "lldp.ttl": neighbour.ttl_s if neighbour.ttl_s >= 0 else None,
            **{f"lldp.{name}": value or None for name, value in own.items()},
        }

    def _choose(self, keys: Iterable[Hashable], ts_ns: NDArray[np.int64]) -> list[int]:
        """Which of ``keys`` are the first of their kind in an hour of packet time, in order, bounded."""
        firsts: dict[Hashable, int] = {}
        for at, key in enumerate(zip(keys, (ts_ns // HOUR_NS).tolist(), strict=True)):
            firsts.setdefault(key, at)
        self.counters["link_dropped"] += max(len(firsts) - MOST_ROWS, 0)
        return list(firsts.values())[:MOST_ROWS]

    def _begin(self, batch: PacketBatch, row: int, vlan: int, source: str, destination: str) -> Row:
        """Columns that every frame has."""
        packet = batch.first + row
        return {
            "@timestamp": int(batch.ts_ns[row]), "source.ip": source or None, "destination.ip": destination or None,
            "network.vlan.id": vlan if vlan >= 0 else None, "observer.name": self._origin.observer,
            "organization.id": self._origin.organization(source, destination) or None,
            "wanglou.capture": self._origin.capture, "wanglou.packet": packet, "wanglou.packet_end": packet,
            "wanglou.pdu": 0,
        }  # fmt: skip

    def _make(self, dataset: Dataset, rows: Sequence[Row]) -> pa.Table:
        """Table of ``rows``, whose names are columns of ``dataset`` or else left out."""
        for row in rows:
            row |= {"event.dataset": dataset.name, "network.protocol": dataset.name}
        return make_rows(dataset.arrow, rows)


def make_rows(schema: pa.Schema, rows: Sequence[Row]) -> pa.Table:
    """Table of few rows given as dictionaries; a name that is missing is null."""
    named = {field.name: [row.get(field.name) for row in rows] for field in schema}
    columns = {name: _make_column(values, schema.field(name).type) for name, values in named.items()}
    return make_table(schema, columns, len(rows))


def _make_column(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode()
    return pa.array(values, kind)
