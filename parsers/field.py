"""What a table and its columns are, and the columns that every table has.

Names are ECS 9 where ECS has one; ``modbus.*``, ``flow.*`` and ``wanglou.*`` are our own. Documentation, the query
language's checks, the lake's column types and the index templates are all made from these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Kind = Literal[
    "time", "duration", "ip", "keyword", "text", "boolean", "long", "double", "u8", "u16", "u32",
    "longs", "doubles", "keywords",
]  # fmt: skip

LISTS: tuple[Kind, ...] = ("longs", "doubles", "keywords")
"""Kinds of columns that hold several values a record."""

_ARROW: dict[str, pa.DataType] = {
    "time": pa.timestamp("ns", tz="UTC"),
    "duration": pa.int64(),
    "ip": pa.dictionary(pa.int32(), pa.string()),
    "keyword": pa.dictionary(pa.int32(), pa.string()),
    "text": pa.string(),
    "boolean": pa.bool_(),
    "long": pa.int64(),
    "double": pa.float64(),
    "u8": pa.uint8(),
    "u16": pa.uint16(),
    "u32": pa.uint32(),
    "longs": pa.list_(pa.int64()),
    "doubles": pa.list_(pa.float64()),
    "keywords": pa.list_(pa.string()),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a dataset."""

    name: str
    """Dotted name; also the Arrow column's name."""
    kind: Kind
    meaning: str
    """One sentence for the documentation."""
    unit: str = ""
    derived: bool = False
    """True when it is not kept but computed from other columns when read (``event.id``)."""

    is_pointer: bool = False
    """True when it is an ``event.id`` of the same capture: it is kept without the capture's key where that was not
    known yet, and completed when read."""
    items: Kind | Literal[""] = ""
    """Of ``longs``: a narrower kind of its items, where the lists are many and long."""

    @property
    def arrow(self) -> pa.DataType:
        """Arrow type of the column."""
        return pa.list_(_ARROW[self.items]) if self.items else _ARROW[self.kind]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table: its name and its columns, the common ones first."""

    name: str
    meaning: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """Find a column by its dotted name."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def arrow(self) -> pa.Schema:
        """Arrow schema of the kept columns, in order."""
        return pa.schema([(field.name, field.arrow) for field in self.fields if not field.derived])


COMMON = (
    Field("@timestamp", "time", "When it began: time of the first packet of the record."),
    Field(
        "event.id",
        "keyword",
        "Capture key, dataset, packet and PDU joined by hyphens: equal when re-read.",
        derived=True,
    ),
    Field("event.dataset", "keyword", "Which table the record belongs to."),
    Field("event.action", "keyword", "What was done, in the words of the protocol's standard."),
    Field("event.outcome", "keyword", "success, failure (an exception came back) or unknown (no reply seen)."),
    Field("event.duration", "duration", "From the first packet of the request to the last of the reply.", "ns"),
    Field("error.code", "keyword", "What was wrong with the bytes or the exchange; empty when nothing was."),
    Field("source.ip", "ip", "Address of the client: who asked, whatever the ports."),
    Field("source.port", "u16", "Port of the client."),
    Field("source.mac", "keyword", "Link address the client's packets came from, as the sensor saw it."),
    Field("destination.ip", "ip", "Address of the server."),
    Field("destination.port", "u16", "Port of the server."),
    Field("destination.mac", "keyword", "Link address of the server's side, as the sensor saw it."),
    Field("network.transport", "keyword", "tcp, udp, icmp or the IANA protocol number."),
    Field("network.protocol", "keyword", "Application protocol recognised by its bytes; a port is only a hint."),
    Field("network.vlan.id", "u16", "Outermost VLAN identifier (IEEE 802.1Q), if tagged."),
    Field("network.community_id", "keyword", "Community ID v1, seed 0, to join records of other tools."),
    Field("observer.name", "keyword", "Sensor that saw it, or the file it was replayed from."),
    Field("organization.id", "keyword", "Enterprise the traffic belongs to."),
    Field("wanglou.capture", "keyword", "SHA-256 of the capture's bytes, with `@` and its enterprise if named."),
    Field("wanglou.packet", "long", "Ordinal in the capture of the record's first packet, from 0."),
    Field("wanglou.packet_end", "long", "Ordinal of the record's last packet (the reply's, if one came)."),
    Field("wanglou.pdu", "long", "Which message of that packet, from 0."),
)
