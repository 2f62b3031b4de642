"""Packets as pyshark dissects them, printed as a tree, with the bytes when asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from wanglou.commands.evidence import Evidence, cut_evidence, find_file
from wanglou.commands.figures import write_count, write_shift, write_time
from wanglou.commands.terminal import Terminal, plain

if TYPE_CHECKING:
    from sensors.cutting import Packet

MOST_PACKETS = 10
"""Packets shown of one record or alert."""
ROW_BYTES = 16

BRIEF: Mapping[str, tuple[str, ...]] = {
    "eth": ("eth.src", "eth.dst", "eth.type"),
    "ip": ("ip.src", "ip.dst", "ip.proto", "ip.id", "ip.ttl"),
    "ipv6": ("ipv6.src", "ipv6.dst", "ipv6.nxt"),
    "tcp": ("tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len"),
    "udp": ("udp.srcport", "udp.dstport", "udp.length"),
}
"""Fields shown of lower layers, unless all are asked for; of other layers all are shown."""

_DISSECTORS = {("tcp", "mbap"): "mbtcp", ("udp", "mbap"): "mbudp", ("tcp", "rtu"): "mbrtu"}
"""Wireshark's dissector by transport and framing, for Modbus on other ports than its own."""


@dataclass(frozen=True, slots=True)
class PacketView:
    """How packets are shown."""

    capture: Path | None = None
    """File to take them from instead of the one that was read."""
    is_full: bool = False
    with_hex: bool = False


def print_packets(terminal: Terminal, evidence: Evidence, view: PacketView) -> None:
    """Print the packets of a record or an alert.

    Raises WanglouError when the capture is gone or is another, or when tshark is missing or fails.
    """
    terminal.head("packets.title")
    path = find_file(evidence, view.capture)
    packets, total = cut_evidence(path, evidence.records, MOST_PACKETS)
    shift_ns = evidence.capture.record.shift_ns if evidence.capture else 0
    if shift_ns and packets:
        terminal.tell("packets.moved", shift=write_shift(shift_ns), time=write_time(packets[0].ts_ns), style="dim")
    trees = dissect_packets(path, packets, choose_dissectors(evidence.records))
    for packet, tree in zip(packets, trees, strict=True):
        print_packet(terminal, replace(packet, ts_ns=packet.ts_ns + shift_ns), tree, view)
    if total > len(packets):
        terminal.tell("packets.more", count=write_count(total - len(packets)), style="dim")


def choose_dissectors(records: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Name the dissector for each server port that is not the protocol's own."""
    chosen = {}
    for record in records:
        transport, port = record.get("network.transport"), record.get("destination.port")
        dissector = _DISSECTORS.get((str(transport), str(record.get("modbus.framing"))))
        if dissector and port is not None and (port != 502 or dissector == "mbrtu"):
            chosen[f"{transport}.port=={port}"] = dissector
    return chosen


def dissect_packets(path: Path, packets: Sequence[Packet], decode_as: Mapping[str, str]) -> list[dict[str, Any]]:
    """Dissect packets of a capture; raises WanglouError when tshark is missing or fails."""
    from sensors.cutting import write_cut
    from sensors.inspect import dissect

    with tempfile.TemporaryDirectory(prefix="wanglou-show-") as folder:
        cut = Path(folder) / "cut.pcapng"
        write_cut(path, [packet.ordinal for packet in packets], cut)
        return dissect(cut, decode_as=decode_as)


def print_packet(terminal: Terminal, packet: Packet, tree: Mapping[str, Any], view: PacketView) -> None:
    """Print one packet."""
    when = write_time(packet.ts_ns)
    terminal.tell(
        "packets.packet", number=packet.ordinal, time=when, bytes=packet.wirelen, highest=tree["highest"], style="cyan"
    )
    for layer in tree["layers"]:
        terminal.out.print(Text(f"  {layer['name']}", style="bold"))
        for depth, label in list_labels(layer, is_full=view.is_full):
            terminal.out.print(Text(f"    {'  ' * depth}{plain(label)}"), soft_wrap=True)
    if view.with_hex:
        for line in dump_bytes(packet.data):
            terminal.out.print(Text(f"  {line}", style="dim"), soft_wrap=True)


def list_labels(layer: Mapping[str, Any], *, is_full: bool) -> Iterator[tuple[int, str]]:
    """Give the labels of a layer's fields, each with how deep it lies inside the fields before it."""
    brief = () if is_full else BRIEF.get(str(layer["name"]), ())
    shown = [field for field in layer["fields"] if field["label"] and not field["is_hidden"]]
    if brief:
        chosen = (field for name in brief for field in shown if field["name"] == name)
        yield from ((0, field["label"]) for field in chosen)
        return
    around: list[tuple[int, int]] = []
    for field in shown:
        start, end = field["pos"], field["pos"] + field["size"]
        if field["name"].startswith(_EXPERT):
            continue
        while around and not (around[-1][0] <= start and end <= around[-1][1]):
            around.pop()
        yield (len(around) if field["size"] else 0), field["label"]
        if field["size"] and (not around or around[-1] != (start, end)):
            around.append((start, end))


_EXPERT = ("_ws.expert.", "_ws.malformed.")
"""Parts of Wireshark's expert notes; the note itself holds them all."""


def dump_bytes(data: bytes) -> Iterator[str]:
    """Write bytes as offset, hexadecimal and ASCII, sixteen a line."""
    for start in range(0, len(data), ROW_BYTES):
        row = data[start : start + ROW_BYTES]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        yield f"{start:04x}  {row.hex(' '):<{3 * ROW_BYTES - 1}}  {text}"
