"""Capture files made byte by byte with ``struct``, and captures read back as plain tuples."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sensors.pcap import WINDOW_BYTES, Capture, open_capture


class Seen(NamedTuple):
    """A packet as it was written or read."""

    ts_ns: int
    data: bytes
    wirelen: int
    linktype: int = 1


START_NS = 1_700_000_000_123_456_000
PACKETS = tuple(
    Seen(START_NS + number * 1_000_001_000, bytes((number,)) * length, length + number % 2)
    for number, length in enumerate((0, 1, 14, 60, 3, 66, 1514, 5))
)
"""Eight packets with times of whole microseconds, some of them cut short."""


def pack_classic(
    packets: Iterable[Seen] = PACKETS,
    *,
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    link_field: int = 1,
    snaplen: int = 262144,
    version: tuple[int, int] = (2, 4),
) -> bytes:
    """Lay out a classic capture; the magic number decides about units and the length of record headers."""
    unit_ns = 1 if magic == 0xA1B23C4D else 1000
    extra = bytes(8) if magic == 0xA1B2CD34 else b""
    parts = [struct.pack(order + "IHHIIII", magic, *version, 0, 0, snaplen, link_field)]
    for packet in packets:
        seconds, rest = divmod(packet.ts_ns, 1_000_000_000)
        parts.append(struct.pack(order + "IIII", seconds, rest // unit_ns, len(packet.data), packet.wirelen))
        parts += [extra, packet.data]
    return b"".join(parts)


def pack_block(kind: int, body: bytes, *, order: str = "<") -> bytes:
    """Put type and lengths around a pcapng block's body, padding it."""
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def pack_section(*, order: str = "<", version: tuple[int, int] = (1, 0), options: bytes = b"") -> bytes:
    """Lay out a Section Header Block."""
    return pack_block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, *version, -1) + options, order=order)


def pack_option(code: int, value: bytes, *, order: str = "<") -> bytes:
    """Lay out an option."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def pack_interface(linktype: int = 1, *, order: str = "<", snaplen: int = 0, options: bytes = b"") -> bytes:
    """Lay out an Interface Description Block."""
    return pack_block(1, struct.pack(order + "HHI", linktype, 0, snaplen) + options, order=order)


def pack_enhanced(
    packet: Seen, ticks: int | None = None, *, interface: int = 0, order: str = "<", options: bytes = b""
) -> bytes:
    """Lay out an Enhanced Packet Block, with ticks of a microsecond unless they are given."""
    ticks = packet.ts_ns // 1000 if ticks is None else ticks
    head = struct.pack(order + "IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(packet.data), packet.wirelen)
    return pack_block(6, head + packet.data + bytes(-len(packet.data) % 4) + options, order=order)


def pack_obsolete(packet: Seen, *, interface: int = 0, drops: int = 0, order: str = "<") -> bytes:
    """Lay out an obsolete Packet Block with ticks of a microsecond."""
    ticks = packet.ts_ns // 1000
    head = struct.pack(
        order + "HHIIII", interface, drops, ticks >> 32, ticks & 0xFFFFFFFF, len(packet.data), packet.wirelen
    )
    return pack_block(2, head + packet.data, order=order)


def pack_simple(packet: Seen, *, order: str = "<") -> bytes:
    """Lay out a Simple Packet Block, which has no time."""
    return pack_block(3, struct.pack(order + "I", packet.wirelen) + packet.data, order=order)


def pack_pcapng(packets: Iterable[Seen] = PACKETS, *, order: str = "<") -> bytes:
    """Lay out a capture of one section and one interface."""
    blocks = [pack_enhanced(packet, order=order) for packet in packets]
    return pack_section(order=order) + pack_interface(order=order) + b"".join(blocks)


def list_packets(capture: Capture) -> list[Seen]:
    """Read a capture whole, checking what every batch promises."""
    packets: list[Seen] = []
    for batch in capture.batches():
        assert batch.first == len(packets)
        assert batch.data.flags.writeable
        assert batch.data.flags.owndata or batch.data.base is not None
        columns = (batch.offset, batch.caplen, batch.wirelen, batch.ts_ns, batch.linktype)
        assert {len(column) for column in columns} == {len(batch)}
        for start, length, wirelen, ts_ns, linktype in zip(*(column.tolist() for column in columns), strict=True):
            assert 0 <= start <= start + length <= len(batch.data)
            packets.append(Seen(ts_ns, batch.data[start : start + length].tobytes(), wirelen, linktype))
    return packets


def read_blob(blob: bytes, *, window_bytes: int = WINDOW_BYTES) -> tuple[list[Seen], Capture]:
    """Write a file of these bytes and read it whole; raises ``CaptureError`` as ``open_capture`` does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blob"
        path.write_bytes(blob)
        capture = open_capture(path, window_bytes=window_bytes)
        return list_packets(capture), capture
