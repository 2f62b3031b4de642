"""Packets made byte by byte with ``struct``: link layers, tags, tunnels, IP, TCP, UDP; and batches of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import numpy as np

from parsers.columns import format_address
from parsers.frame import STATUS_COUNTERS, decode_frames
from sensors.batch import LINK_EN10MB, PacketBatch

START_NS = 1_700_000_000_000_000_000
STEP_NS = 1_000_000
SOURCE_MAC, DESTINATION_MAC = bytes.fromhex("02000000000a"), bytes.fromhex("02000000000b")

TCP, UDP, ICMP, ICMP6, GRE = 6, 17, 1, 58, 47


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of a capture."""

    data: bytes
    ts_ns: int = START_NS
    wirelen: int = 0
    """Bytes it had on the wire; 0: all were captured."""
    linktype: int = LINK_EN10MB


def make_batch(packets: Sequence[Packet], first: int = 0) -> PacketBatch:
    """Columns of ``packets`` over one buffer; ``first`` is the ordinal of the first."""
    lengths = [len(packet.data) for packet in packets]
    wire = [packet.wirelen or len(packet.data) for packet in packets]
    return PacketBatch(
        data=np.frombuffer(bytearray(b"".join(packet.data for packet in packets)), dtype=np.uint8),
        offset=np.cumsum([0, *lengths[:-1]], dtype=np.int64)[: len(packets)],
        caplen=np.array(lengths, dtype=np.uint32),
        wirelen=np.array(wire, dtype=np.uint32),
        ts_ns=np.array([packet.ts_ns for packet in packets], dtype=np.int64),
        linktype=np.array([packet.linktype for packet in packets], dtype=np.uint16),
        first=first,
    )


def checksum(data: bytes) -> int:
    """Internet checksum (RFC 1071)."""
    data += bytes(len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF ^ total


def ethernet(payload: bytes, kind: int = 0x0800, *, tags: Sequence[tuple[int, int]] = ()) -> bytes:
    """Ethernet II with ``tags`` of (TPID, VLAN id) before the EtherType."""
    marks = b"".join(struct.pack("!HH", tpid, vlan) for tpid, vlan in tags)
    return DESTINATION_MAC + SOURCE_MAC + marks + struct.pack("!H", kind) + payload


def mpls(payload: bytes, *labels: int) -> bytes:
    """MPLS label stack, the last label at the bottom (RFC 3032)."""
    last = len(labels) - 1
    return b"".join(struct.pack("!I", n << 12 | (at == last) << 8 | 64) for at, n in enumerate(labels)) + payload


def pppoe(payload: bytes, protocol: int = 0x0021) -> bytes:
    """PPPoE session header and PPP protocol (RFC 2516 §4)."""
    return struct.pack("!BBHHH", 0x11, 0, 7, len(payload) + 2, protocol) + payload


def snap(payload: bytes, kind: int = 0x0800) -> bytes:
    """IEEE 802.3 length, LLC and SNAP before an EtherType; give to ``ethernet`` with the length as its kind."""
    return bytes.fromhex("aaaa03000000") + struct.pack("!H", kind) + payload


def gre(payload: bytes, kind: int = 0x0800, *, check: bool = False, key: bool = False, number: bool = False) -> bytes:
    """GRE header with its optional fields (RFC 2784 §2, RFC 2890 §2)."""
    flags = check << 15 | key << 13 | number << 12
    return struct.pack("!HH", flags, kind) + bytes(4 * (check + key + number)) + payload


def vxlan(payload: bytes, network: int = 42) -> bytes:
    """VXLAN header with the I flag (RFC 7348 §5)."""
    return struct.pack("!II", 0x08 << 24, network << 8) + payload


def ipv4(
    payload: bytes, protocol: int = TCP, source: str = "10.0.0.1", destination: str = "10.0.0.2", **fields: Any
) -> bytes:
    """IPv4 packet (RFC 791 §3.1); fields: options, ident, offset (bytes), more, total, check (as it should not be)."""
    options: bytes = fields.get("options", b"")
    header = 20 + len(options)
    fragment = fields.get("offset", 0) // 8 | bool(fields.get("more")) << 13
    head = struct.pack(
        "!BBHHHBBH4s4s", 0x40 | header // 4, 0, fields.get("total", header + len(payload)), fields.get("ident", 1),
        fragment, 64, protocol, 0, ip_address(source).packed, ip_address(destination).packed,
    ) + options  # fmt: skip
    return head[:10] + struct.pack("!H", fields.get("check", checksum(head))) + head[12:] + payload


def ipv6(
    payload: bytes, protocol: int = TCP, source: str = "2001:db8::1", destination: str = "2001:db8::2", **fields: Any
) -> bytes:
    """IPv6 packet (RFC 8200 §3); field: length."""
    head = struct.pack("!IHBB", 6 << 28, fields.get("length", len(payload)), protocol, 64)
    return head + ip_address(source).packed + ip_address(destination).packed + payload


def ipv6_fragment(payload: bytes, protocol: int, *, offset: int = 0, more: bool = False, ident: int = 1) -> bytes:
    """IPv6 fragment header and a fragment (RFC 8200 §4.5)."""
    return struct.pack("!BBHI", protocol, 0, offset | more, ident) + payload


def tcp(
    payload: bytes = b"", source: int = 40000, destination: int = 502, *, seq: int = 1, ack: int = 0, flags: int = 0x18,
    options: bytes = b"",
) -> bytes:  # fmt: skip
    """TCP segment with a zero checksum (RFC 9293 §3.1)."""
    head = struct.pack(
        "!HHIIBBHHH", source, destination, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (20 + len(options)) // 4 << 4, flags,
        8192, 0, 0,
    )  # fmt: skip
    return head + options + payload


def udp(payload: bytes = b"", source: int = 40000, destination: int = 502, *, length: int | None = None) -> bytes:
    """UDP datagram without a checksum (RFC 768)."""
    return struct.pack("!HHHH", source, destination, 8 + len(payload) if length is None else length, 0) + payload


def seal(segment: bytes, protocol: int, source: str, destination: str) -> bytes:
    """Put the right checksum into a TCP or UDP segment."""
    at = 16 if protocol == TCP else 6
    addresses = ip_address(source).packed + ip_address(destination).packed
    total = checksum(addresses + struct.pack("!II", len(segment), protocol) + segment)
    return segment[:at] + struct.pack("!H", total or 0xFFFF) + segment[at + 2 :]


class Decoded:
    """One decoded frame, its addresses as text."""

    def __init__(self, data: bytes, linktype: int = LINK_EN10MB, *, verify: bool = False) -> None:
        """Decode the bytes of one packet."""
        self.row: Any = decode_frames(make_batch([Packet(data, linktype=linktype)]), verify_checksums=verify)[0]
        self.status = STATUS_COUNTERS[self.row.status].removeprefix("packets_")
        at, size = int(self.row.payload), int(self.row.payload_len)
        self.payload = data[at : at + size] if self.status == "decoded" else b""

    @property
    def ends(self) -> tuple[str, int, str, int]:
        """Source address and port, destination address and port."""
        row = self.row
        source, destination = ([int(row[f"{end}{word}"]) for word in range(4)] for end in ("src", "dst"))
        version = int(row.version)
        return format_address(version, *source), int(row.sport), format_address(version, *destination), int(row.dport)
