"""First inputs of the targets: made of the bundled captures, and of a few bytes of our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from parsers.frame import decode_frames
from parsers.packet import UDP
from sensors.batch import PacketBatch
from sensors.pcap import open_capture
from tools.fuzz.harness import find_framing
from wanglou.bundled import captures_folder

MOST_SEEDS, SEED_BYTES = 48, 1_024
"""First inputs of a target that are kept, and the longest message in them."""
MOST_PACKETS = 400
"""Packets of each bundled capture that are looked at."""

DHCP_DISCOVER = (
    bytes.fromhex("01010600 12345678 00000000") + bytes(16) + bytes.fromhex("0200000000aa") + bytes(202)
    + bytes.fromhex("63825363 350101 0c03706c63 3c0453494d 3d070102000000 00aa 370401030f06 520401020304 ff")
)  # fmt: skip
"""A DHCP message with the options that are read."""

LLDP_FRAME = bytes.fromhex(
    "02070400000000000a 0403056131 06020078 0a03706c63 0c03535049 0e0400140010 100c05010a00000102000000 0100"
    "fe09 000ecf02 0000000000 fe08 0012bb08 31323334 0000".replace(" ", "")
)
"""An LLDP frame with the TLVs that are read."""

IDENTIFIERS = (
    b"88.1000.2/plc-7", b"1.2.156.1000.7",
    b"urn:epc:id:sgtin:6901234.067890.1", b"did:bid:efabc", b"(01)06901234567892",
)  # fmt: skip
"""Identifiers of some schemes."""


def pack(*messages: bytes) -> bytes:
    """Input of a protocol: ``messages`` by turns of client and server."""
    return b"".join((len(message) | (at & 1) << 15).to_bytes(2) + message for at, message in enumerate(messages))


def collect_packets() -> list[bytes]:
    """Seeds of packets: the first of each length of the bundled captures, three to an input."""
    found: dict[int, bytes] = {}
    for batch in _read_captures():
        for at in range(len(batch)):
            start, length = int(batch.offset[at]), int(batch.caplen[at])
            found.setdefault(length, b"\0" + length.to_bytes(2) + batch.data[start : start + length].tobytes())
    packets = sorted(found.values(), key=len)[: 3 * MOST_SEEDS]
    return [b"".join(packets[at : at + 3]) for at in range(0, len(packets), 3)]


def collect_messages(name: str, framing: str) -> list[bytes]:
    """Seeds of a protocol: payloads of the bundled captures that its framing takes, by turns of both sides."""
    recognise, measure, _ = find_framing(name, framing)
    found: dict[tuple[int, int], bytes] = {}
    for batch in _read_captures():
        frames = decode_frames(batch)
        for f in frames[(frames.status == 0) & (frames.payload_len > 0)]:
            start, end = int(f.payload), int(f.payload) + int(f.payload_len)
            whole = f.protocol == UDP
            if recognise(batch.data, start, end, True, whole)[0] > 0 and measure(batch.data, start, end, True) > 0:
                found.setdefault((end - start, int(batch.data[start])), batch.data[start:end].tobytes())
    messages = sorted((message for message in found.values() if len(message) <= SEED_BYTES), key=len)
    return [pack(*messages[at : at + 2]) for at in range(0, min(len(messages), 2 * MOST_SEEDS), 2)]


def _read_captures() -> Iterator[PacketBatch]:
    """First packets of the bundled captures, one capture after the other."""
    for path in sorted(captures_folder().glob("*.pcap*")):
        for batch in islice(open_capture(path).batches(), 1):
            columns = ("offset", "caplen", "wirelen", "ts_ns", "linktype")
            yield replace(batch, **{name: getattr(batch, name)[:MOST_PACKETS] for name in columns})
