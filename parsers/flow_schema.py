"""The dataset ``flow``: conversations, whatever they speak."""

from __future__ import annotations

from parsers.field import COMMON, Dataset, Field

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
