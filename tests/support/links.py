"""ARP, LLDP and DHCP made byte by byte, and the tables made of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pyarrow as pa

from parsers.columns import Origin
from parsers.frame import decode_frames
from parsers.link_table import LinkTables
from tests.support.frames import Packet, ethernet, make_batch

ORIGIN = Origin("c" * 64, "sensor", lambda source, destination: "plant" if source or destination else "")
HERE, THERE = "00-0E-CF-01-02-03", "28-63-36-00-00-01"
"""Link addresses whose prefixes are registered for PROFIBUS and Siemens."""


def mac(text: str) -> bytes:
    """Bytes of a link address."""
    return bytes.fromhex(text.replace("-", ""))


def arp(
    sender: str = "10.0.0.1", target: str = "10.0.0.2", *, operation: int = 1, source: str = HERE, found: str = "",
    hardware: int = 1,
) -> bytes:  # fmt: skip
    """ARP over Ethernet (RFC 826); ``found`` is the target's link address, if it is known."""
    head = struct.pack("!HHBBH", hardware, 0x0800, 6, 4, operation)
    return (
        head + mac(source) + ip_address(sender).packed + (mac(found) if found else bytes(6)) + ip_address(target).packed
    )


def tlv(kind: int, value: bytes) -> bytes:
    """TLV of LLDP (IEEE 802.1AB-2016 clause 8.4)."""
    return struct.pack("!H", kind << 9 | len(value)) + value


def lldp(*more: bytes, chassis: bytes = b"\x04" + mac(THERE), port: bytes = b"\x05port-001", ttl: int = 20) -> bytes:
    """LLDP data unit: the three mandatory TLVs, ``more`` and the end."""
    return tlv(1, chassis) + tlv(2, port) + tlv(3, ttl.to_bytes(2)) + b"".join(more) + tlv(0, b"")


def dhcp(
    kind: int, *options: tuple[int, bytes], op: int = 1, client: str = HERE, addresses: Sequence[str] = (),
    file: bytes = b"",
) -> bytes:  # fmt: skip
    """DHCP message (RFC 2131 §2); ``addresses`` are ciaddr, yiaddr, siaddr and giaddr as far as given."""
    fixed = struct.pack("!BBBBIHH", op, 1, 6, 0, 0x12345678, 0, 0x8000)
    words = b"".join(ip_address(text or "0" + ".0" * 3).packed for text in (*addresses, *[""] * (4 - len(addresses))))
    body = b"".join(bytes([code, len(value)]) + value for code, value in ((53, bytes([kind])), *options))
    return (
        fixed + words + mac(client) + bytes(10) + bytes(64) + file.ljust(128, b"\0") + bytes.fromhex("63825363") + body
        + b"\xff"
    )  # fmt: skip


def frame(payload: bytes, kind: int = 0x0806, **tags: Any) -> Packet:
    """Ethernet frame of a payload."""
    return Packet(ethernet(payload, kind, **tags))


def read_links(packets: Sequence[Packet]) -> tuple[dict[str, pa.Table], dict[str, int]]:
    """Tables of a batch's frames that are not IP, and the counters."""
    batch = make_batch(packets)
    tables = LinkTables(ORIGIN)
    return tables.add(batch, decode_frames(batch)), tables.counters
