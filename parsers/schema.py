"""Every table's columns, declared once: name, kind, meaning, unit.

Names are ECS 9 where ECS has one; ``modbus.*``, ``flow.*`` and ``wanglou.*`` are our own. Documentation, the query
language's checks, the lake's column types and the index templates are all made from these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Kind = Literal[
    "time", "duration", "ip", "keyword", "text", "boolean", "long", "double", "u8", "u16", "u32",
    "longs", "keywords",
]  # fmt: skip

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

    @property
    def arrow(self) -> pa.DataType:
        """Arrow type of the column."""
        return _ARROW[self.kind] if self.kind != "longs" else pa.list_(_LIST_ITEMS.get(self.name, pa.int64()))


# Lists of register values and coils are 16 bit on the wire and by far the largest columns, so they stay 16 bit.
_LIST_ITEMS: dict[str, pa.DataType] = {
    "modbus.request.values": pa.uint16(),
    "modbus.response.values": pa.uint16(),
}


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
    Field("wanglou.capture", "keyword", "SHA-256 of the capture's bytes, or the live sensor's name and start."),
    Field("wanglou.packet", "long", "Ordinal in the capture of the record's first packet, from 0."),
    Field("wanglou.packet_end", "long", "Ordinal of the record's last packet (the reply's, if one came)."),
    Field("wanglou.pdu", "long", "Which message of that packet, from 0."),
)

FLOW = Dataset(
    "flow",
    "One bidirectional conversation of addresses and ports, or a slice of a long one.",
    (
        *COMMON,
        Field("event.end", "time", "Time of its last packet."),
        Field("network.type", "keyword", "ipv4 or ipv6."),
        Field("network.iana_number", "u8", "IP protocol number (IANA)."),
        Field("network.packets", "long", "Packets both ways."),
        Field("network.bytes", "long", "Bytes of IP both ways.", "bytes"),
        Field("source.packets", "long", "Packets the client sent."),
        Field("source.bytes", "long", "Bytes of IP the client sent.", "bytes"),
        Field("destination.packets", "long", "Packets the server sent."),
        Field("destination.bytes", "long", "Bytes of IP the server sent.", "bytes"),
        Field("flow.source.payload_bytes", "long", "Bytes of TCP or UDP payload the client sent.", "bytes"),
        Field("flow.destination.payload_bytes", "long", "Bytes of payload the server sent.", "bytes"),
        Field("flow.source.retransmissions", "long", "Segments of the client that held nothing new."),
        Field("flow.destination.retransmissions", "long", "Segments of the server that held nothing new."),
        Field("flow.source.gap_bytes", "long", "Bytes of the client the sensor never saw.", "bytes"),
        Field("flow.destination.gap_bytes", "long", "Bytes of the server the sensor never saw.", "bytes"),
        Field("flow.source.tcp_flags", "u8", "All TCP flags the client set, or-ed (RFC 9293 §3.1)."),
        Field("flow.destination.tcp_flags", "u8", "All TCP flags the server set, or-ed."),
        Field(
            "flow.state", "keyword", "attempt, refused, established, midstream, closed, reset, or stateless (not TCP)."
        ),
        Field(
            "flow.end_reason", "keyword", "closed, idle, active (sliced), evicted (table full) or end (of the capture)."
        ),
        Field("flow.messages", "long", "Messages of the recognised protocol, both ways."),
        Field("flow.malformed", "long", "Messages that were malformed."),
    ),
)

MODBUS = Dataset(
    "modbus",
    "One Modbus transaction: a request with its reply, or either alone, or a malformed message.",
    (
        *COMMON,
        Field("wanglou.pairing", "keyword", "paired, no_response, no_request, or malformed."),
        Field("modbus.framing", "keyword", "mbap (Modbus/TCP, also over UDP) or rtu (RTU frames over TCP)."),
        Field("modbus.transaction_id", "u16", "Transaction identifier of the MBAP header."),
        Field("modbus.protocol_id", "u16", "Protocol identifier of the MBAP header; 0 is Modbus."),
        Field("modbus.unit_id", "u8", "Unit identifier: the addressed server behind a gateway."),
        Field("modbus.request.length", "u16", "Length field of the request's MBAP header.", "bytes"),
        Field("modbus.response.length", "u16", "Length field of the reply's MBAP header.", "bytes"),
        Field("modbus.function.code", "u8", "Function code without the exception bit."),
        Field(
            "modbus.function.name",
            "keyword",
            "Name of the function, snake case; function_<n> where the standard names none.",
        ),
        Field(
            "modbus.function.category",
            "keyword",
            "read, write, read_write, diagnostic, identification, file, vendor or undefined.",
        ),
        Field("modbus.exception.code", "u8", "Exception code of the reply."),
        Field("modbus.exception.name", "keyword", "Name of the exception."),
        Field("modbus.request.address", "u16", "First coil, input or register asked for, from 0 as on the wire."),
        Field("modbus.request.end_address", "long", "Last coil, input or register asked for or written."),
        Field("modbus.request.quantity", "u16", "How many were asked for."),
        Field(
            "modbus.request.byte_count",
            "u16",
            "Byte count field of the request (functions 15, 16, 20, 21, 23).",
            "bytes",
        ),
        Field("modbus.request.values", "longs", "Values written: registers as unsigned numbers, coils as 0 and 1."),
        Field("modbus.request.write.address", "u16", "Function 23: first register written (address is the read half)."),
        Field("modbus.request.write.quantity", "u16", "Function 23: registers written."),
        Field("modbus.request.and_mask", "u16", "Function 22: AND mask."),
        Field("modbus.request.or_mask", "u16", "Function 22: OR mask."),
        Field(
            "modbus.request.data",
            "keyword",
            "Bytes of the request that have no field of their own, in hexadecimal; of function 21 all groups.",
        ),
        Field("modbus.response.unit_id", "u8", "Unit identifier of the reply, where it is not the request's."),
        Field("modbus.response.function.code", "u8", "Function code of the reply, where it is not the request's."),
        Field("modbus.response.address", "u16", "Address the reply echoes."),
        Field("modbus.response.quantity", "u16", "Quantity the reply echoes, or the FIFO count of function 24."),
        Field("modbus.response.byte_count", "u16", "Byte count field of the reply.", "bytes"),
        Field(
            "modbus.response.values", "longs", "Values read or echoed: registers as unsigned numbers, coils as 0 and 1."
        ),
        Field("modbus.response.and_mask", "u16", "Function 22: AND mask the reply echoes."),
        Field("modbus.response.or_mask", "u16", "Function 22: OR mask the reply echoes."),
        Field(
            "modbus.response.data",
            "keyword",
            "Bytes of the reply that have no field of their own, in hexadecimal; of function 20 all groups.",
        ),
        Field("modbus.diagnostic.code", "u16", "Function 8: sub-function."),
        Field("modbus.diagnostic.name", "keyword", "Function 8: name of the sub-function."),
        Field("modbus.response.exception_status", "u8", "Function 7: the eight exception status outputs."),
        Field("modbus.response.status", "u16", "Functions 11 and 12: status word; 65535 means busy."),
        Field("modbus.response.event_count", "u16", "Functions 11 and 12: event counter."),
        Field("modbus.response.message_count", "u16", "Function 12: messages processed since restart."),
        Field("modbus.response.events", "longs", "Function 12: event bytes, the newest first."),
        Field(
            "modbus.response.run_indicator", "u8", "Function 17: run indicator, 0 or 255 where it can be told apart."
        ),
        Field("modbus.response.server_id", "keyword", "Function 17: server id and additional data, in hexadecimal."),
        Field(
            "modbus.file.reference_types",
            "longs",
            "Functions 20 and 21: reference type of each group; 6 is the only one defined.",
        ),
        Field("modbus.file.numbers", "longs", "Functions 20 and 21: file number of each group."),
        Field("modbus.file.records", "longs", "Functions 20 and 21: record number of each group."),
        Field("modbus.file.lengths", "longs", "Functions 20 and 21: registers of each group."),
        Field(
            "modbus.mei.type",
            "u8",
            "Function 43: type of the encapsulated interface; 13 CANopen, 14 device identification.",
        ),
        Field("modbus.device_id.read_code", "u8", "Function 43/14: 1 basic, 2 regular, 3 extended, 4 one object."),
        Field("modbus.device_id.object_id", "u8", "Function 43/14: first object asked for."),
        Field("modbus.device_id.conformity_level", "u8", "Function 43/14: conformity level of the device."),
        Field("modbus.device_id.more_follows", "u8", "Function 43/14: 255 when more objects follow."),
        Field("modbus.device_id.next_object_id", "u8", "Function 43/14: object to ask for next."),
        Field("modbus.device_id.object_count", "u8", "Function 43/14: how many objects the reply says it holds."),
        Field("modbus.device_id.object_ids", "longs", "Function 43/14: id of each object in the reply."),
        Field("modbus.device_id.object_values", "keywords", "Function 43/14: text of each object in the reply."),
        Field("modbus.umas.session", "u8", "Function 90: session (reservation) byte of the request."),
        Field("modbus.umas.function.code", "u8", "Function 90: UMAS function of the request."),
        Field("modbus.umas.function.name", "keyword", "Function 90: UMAS function by its usual name, or umas_<n>."),
        Field("modbus.umas.response.code", "u8", "Function 90: 254 done, 253 refused."),
    ),
)

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in (FLOW, MODBUS)}
