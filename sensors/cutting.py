"""Cutting packets out of a capture by their ordinals: how a record's evidence pointer leads back to bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sensors.batch import PacketBatch
from sensors.blocks import BLOCK_MIN, ENHANCED_PACKET, INTERFACE, SECTION
from sensors.pcap import open_capture
from sensors.pcapng import OPTION_TSOFFSET, OPTION_TSRESOL
from sensors.ticks import SECOND_NS
from wanglou.errors import CaptureError, UsageError

MAX_CUT = 1000
"""Packets that are cut out at a time."""

NANOSECONDS = 9

_BYTE_ORDER_MAGIC = 0x1A2B3C4D  # draft-ietf-opsawg-pcapng §4.1
_BEFORE_1970_S = -9_223_372_036
"""Offset of interfaces that hold times before 1970: the ticks of a block have no sign."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet, apart from its capture."""

    ordinal: int
    """Its place in the capture, from 0."""
    ts_ns: int
    """Capture time in nanoseconds since 1970, UTC."""
    linktype: int
    wirelen: int
    """Bytes the packet had on the wire."""
    data: bytes
    """The bytes captured."""


def cut_packets(path: Path, ordinals: Sequence[int]) -> list[Packet]:
    """Read ``path`` again up to the last packet wanted, and give those of ``ordinals``, each once, in file order.

    Raises ``UsageError`` for more than 1000 packets or a negative ordinal, and ``CaptureError`` when the file cannot be
    read as far or holds fewer packets.
    """
    wanted = np.unique(np.asarray(ordinals, np.int64))
    if len(wanted) > MAX_CUT:
        raise UsageError(
            f"{len(wanted)} packets are more than can be cut out at a time", do=f"ask for at most {MAX_CUT}"
        )
    if len(wanted) and wanted[0] < 0:
        raise UsageError(f"there is no packet {wanted[0]}", do="packets are counted from 0")
    return _collect(path, wanted.tolist()) if len(wanted) else []


def write_cut(path: Path, ordinals: Sequence[int], out_path: Path) -> int:
    """Write the packets of ``ordinals`` to ``out_path`` as pcapng and give their count.

    Times (to the nanosecond), lengths and link types are those of the capture. Raises as ``cut_packets`` does, and
    ``CaptureError`` when ``out_path`` cannot be written.
    """
    packets = cut_packets(path, ordinals)
    try:
        out_path.write_bytes(pack_packets(packets))
    except OSError as error:
        raise CaptureError(
            f"the cut cannot be written: {error.strerror or error}", where=str(out_path), do="give another place"
        ) from None
    return len(packets)


def pack_packets(packets: Sequence[Packet]) -> bytes:
    """Lay out packets as a file of pcapng, one section; several such files one after the other are a file too."""
    return b"".join(_pack_blocks(packets))


def _collect(path: Path, wanted: list[int]) -> list[Packet]:
    """Read until the last of ``wanted``, which is sorted and not empty."""
    capture, seen = open_capture(path), 0
    found: list[Packet] = []
    for batch in capture.batches():
        seen = batch.first + len(batch)
        found += _pick(batch, wanted[len(found) :])
        if len(found) == len(wanted):
            return found
    if capture.fault:
        raise capture.fault
    raise CaptureError(
        f"packet {wanted[len(found)]} is not there, the file holds {seen}",
        where=str(path),
        do="give the file that was read when the record was made",
    )


def _pick(batch: PacketBatch, wanted: Iterable[int]) -> Iterator[Packet]:
    """Copy the packets of ``wanted``, which is sorted, that lie in ``batch``."""
    for ordinal in wanted:
        row = ordinal - batch.first
        if row >= len(batch):
            return
        start, length = int(batch.offset[row]), int(batch.caplen[row])
        data = batch.data[start : start + length].tobytes()
        yield Packet(ordinal, int(batch.ts_ns[row]), int(batch.linktype[row]), int(batch.wirelen[row]), data)


def _pack_blocks(packets: Sequence[Packet]) -> Iterator[bytes]:
    """Lay out a section with one interface for each link type and each side of 1970."""
    yield _pack_block(SECTION, struct.pack("<IHHq", _BYTE_ORDER_MAGIC, 1, 0, -1))
    interfaces: dict[tuple[int, int], int] = {}
    for packet in packets:
        offset_s = _BEFORE_1970_S if packet.ts_ns < 0 else 0
        key = packet.linktype, offset_s
        if key not in interfaces:
            interfaces[key] = len(interfaces)
            yield _pack_interface(packet.linktype, offset_s)
        yield _pack_packet(packet, interfaces[key], packet.ts_ns - offset_s * SECOND_NS)


def _pack_interface(linktype: int, offset_s: int) -> bytes:
    """Describe an interface without snaplen, with ticks of a nanosecond."""
    resolution = struct.pack("<HHB3x", OPTION_TSRESOL, 1, NANOSECONDS)
    offset = struct.pack("<HHq", OPTION_TSOFFSET, 8, offset_s)
    return _pack_block(INTERFACE, struct.pack("<HHI", linktype, 0, 0) + resolution + offset + bytes(4))


def _pack_packet(packet: Packet, interface: int, ticks: int) -> bytes:
    """Lay out an Enhanced Packet Block without options."""
    head = struct.pack("<IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(packet.data), packet.wirelen)
    return _pack_block(ENHANCED_PACKET, head + packet.data + bytes(-len(packet.data) % 4))


def _pack_block(kind: int, body: bytes) -> bytes:
    """Put type and lengths around ``body``, whose length is a multiple of four."""
    total = struct.pack("<I", len(body) + BLOCK_MIN)
    return struct.pack("<I", kind) + total + body + total
