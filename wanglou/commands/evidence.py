"""From a record or an alert to the packets it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wanglou.errors import CaptureError
from wanglou.file_name import find_path

if TYPE_CHECKING:
    from correlation.store import Capture, Store
    from sensors.cutting import Packet

Record = Mapping[str, Any]

SPAN = 1000
"""Packets of a record's span that are looked through: of a longer one the first 999 and the last."""
HASHED_BYTES = 2 << 30
"""Files up to this size are compared by digest, larger ones by size: reading them takes longer than a person waits."""
_HEADERS = 256
"""Bytes of a packet that addresses and ports are looked for in, tunnels included."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a record or an alert rests on."""

    records: tuple[Record, ...]
    """The record itself, or those an alert names, as far as they are still kept."""
    capture: Capture | None
    """The capture they came from; None when the lake knows it no more."""


def collect_evidence(lake: Store, record: Record) -> Evidence:
    """Find the records that ``record`` rests on, and their capture."""
    capture = lake.state(str(record["wanglou.capture"]))
    if record["event.dataset"] != "alert":
        return Evidence((record,), capture)
    found = (lake.get(str(identity)) for identity in record.get("wanglou.alert.events") or ())
    return Evidence(tuple(one for one in found if one is not None), capture)


def find_file(evidence: Evidence, given: Path | None) -> Path:
    """Find the capture file; raises CaptureError when it is gone or is not the file that was read."""
    if evidence.capture is None:
        raise CaptureError("the lake no longer knows the capture of this record")
    record = evidence.capture.record
    path = given or find_path(record.name)
    again = "give the file with --capture FILE, or leave the packets out with --no-packets"
    if not path.is_file():
        raise CaptureError("the capture file is not there any more", where=str(path), do=again)
    if not is_same_file(path, record.identity, record.size_bytes):
        raise CaptureError("this is not the file that was read: its bytes differ", where=str(path), do=again)
    return path


def is_same_file(path: Path, identity: str, size_bytes: int) -> bool:
    """True when a file has the size, and up to 2 GiB also the digest, of the capture that was read."""
    from sensors.pcap import open_capture

    size = path.stat().st_size
    if size != size_bytes:
        return False
    return size > HASHED_BYTES or open_capture(path).identity == identity[:64]


def cut_evidence(path: Path, records: tuple[Record, ...], limit: int) -> tuple[list[Packet], int]:
    """Cut the packets of ``records`` out of their capture: at most ``limit``, and how many were found.

    Between the first and the last packet of a record lie those of others; they are told apart by addresses and ports.
    Raises CaptureError when the file cannot be read as far.
    """
    from sensors.cutting import cut_packets

    packets: dict[int, Packet] = {}
    for record in records:
        ends = {int(record["wanglou.packet"]), int(record["wanglou.packet_end"])}
        found = cut_packets(path, _list_ordinals(ends))
        packets |= {packet.ordinal: packet for packet in found if packet.ordinal in ends or belongs_to(packet, record)}
    chosen = [packets[ordinal] for ordinal in sorted(packets)]
    return chosen[:limit], len(chosen)


def _list_ordinals(ends: set[int]) -> list[int]:
    first, last = min(ends), max(ends)
    return [*range(first, min(last, first + SPAN - 1)), last]


def belongs_to(packet: Packet, record: Record) -> bool:
    """True when both addresses and both ports of a record stand in the packet's headers."""
    head = packet.data[:_HEADERS]
    addresses = [record.get("source.ip"), record.get("destination.ip")]
    ports = [record.get("source.port"), record.get("destination.port")]
    wanted = [ip_address(address).packed for address in addresses if address]
    wanted += [int(port).to_bytes(2, "big") for port in ports if port is not None]
    return all(part in head for part in wanted)
