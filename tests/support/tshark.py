"""What tshark finds in a capture: Modbus messages field by field, conversations, community ids.

tshark prints PDML, where every message of a packet and every repetition of a field stays apart and in order.
"""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

HEADERS = ("mbtcp", "mbudp", "mbrtu")
"""tshark's names of the three framings; each message begins with one of them."""
_PARTS = (*HEADERS, "modbus", "_ws.malformed")


@dataclass(frozen=True, slots=True)
class Pdu:
    """One Modbus message as tshark shows it."""

    packet: int
    """Ordinal from 0 of the packet in which it ends."""
    half: str
    """``request`` when it goes to port 502, else ``response``: tshark decides so."""
    fields: dict[str, list[str]]
    """Every shown value of each ``mbtcp.*``, ``mbudp.*``, ``mbrtu.*`` and ``modbus.*`` field, in order."""


@cache
def read_version() -> str:
    """Version of the tshark on the PATH."""
    return run_tshark("--version").split()[2].decode()


def run_tshark(*arguments: str) -> bytes:
    """Standard output of tshark, names unresolved."""
    return subprocess.run(["tshark", "-n", *arguments], capture_output=True, check=True, timeout=300).stdout


@cache
def read_pdus(path: Path, *options: str) -> tuple[Pdu, ...]:
    """Every Modbus message of a capture, in order."""
    wanted = " or ".join((*HEADERS, "modbus"))
    printed = run_tshark("-r", str(path), *options, "-Y", wanted, "-T", "pdml", "-J", " ".join((*HEADERS, "modbus")))
    return tuple(_parse_packets(printed))


def _parse_packets(printed: bytes) -> Iterator[Pdu]:
    """Cut PDML into messages."""
    for _, element in ET.iterparse(BytesIO(printed)):  # noqa: S314 - what our own tshark prints
        if element.tag == "packet":
            yield from _parse_packet(element)
            element.clear()


def _parse_packet(packet: ET.Element) -> Iterator[Pdu]:
    """Messages of one packet: a header and what follows it."""
    number = next(int(field.get("show", "0")) for field in packet.iter("field") if field.get("name") == "num")
    protocols = packet.findall("proto")
    ports = [proto.get("showname", "") for proto in protocols if proto.get("name") in ("tcp", "udp")]
    half = "request" if "Dst Port: 502" in ports[-1] else "response"
    pdu: Pdu | None = None
    for proto in protocols:
        if proto.get("name") in HEADERS:
            if pdu:
                yield pdu
            pdu = Pdu(number - 1, half, {})
        if pdu and proto.get("name") in _PARTS:
            _collect(proto, pdu.fields)
    if pdu:
        yield pdu


def _collect(proto: ET.Element, fields: dict[str, list[str]]) -> None:
    """Add the values of a protocol's fields, but for those that only group others."""
    for field in proto.iter("field"):
        name = field.get("name", "")
        if name.split(".")[0] in _PARTS:
            fields.setdefault(name, []).append(field.get("show", ""))


@dataclass(frozen=True, slots=True)
class Frame:
    """What tshark says of a TCP or UDP packet's outermost conversation."""

    packet: int
    transport: str
    source: str
    """Address and port, joined by a colon."""
    destination: str
    frame_bytes: int
    ip_bytes: int
    community_id: str


_COLUMNS = (
    "frame.number", "frame.len", "ip.len", "ipv6.plen", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport",
    "tcp.dstport", "udp.srcport", "udp.dstport", "communityid",
)  # fmt: skip
_CONVERSATION = re.compile(r"(\S+)\s+<->\s+(\S+)\s+(\d+) (\d+) (\w+)\s+(\d+) (\d+) (\w+)\s")
_IPV6_HEADER = 40  # bytes, RFC 8200 §3


@cache
def read_flows(path: Path) -> tuple[tuple[Frame, ...], dict[tuple[str, str, str], tuple[int, str]]]:
    """Packets of TCP and UDP; and tshark's own sums: (transport, from, to) to packets and the text of their bytes."""
    wanted = [word for column in _COLUMNS for word in ("-e", column)]
    options = ("--enable-protocol", "communityid", "-z", "conv,tcp", "-z", "conv,udp")
    printed = run_tshark("-r", str(path), *options, "-T", "fields", "-E", "occurrence=f", *wanted).decode()
    lines = printed.splitlines()
    frames = [dict(zip(_COLUMNS, line.split("\t"), strict=True)) for line in lines if line.count("\t")]
    return tuple(frame for row in frames if (frame := _read_frame(row))), dict(_read_sums(lines))


def _read_frame(row: dict[str, str]) -> Frame | None:
    """A row of fields as a frame, None where it is neither TCP nor UDP."""
    transport = next((name for name in ("tcp", "udp") if row[f"{name}.srcport"]), "")
    if not transport:
        return None
    ends = [f"{row[f'ip.{at}'] or row[f'ipv6.{at}']}:{row[f'{transport}.{at}port']}" for at in ("src", "dst")]
    size = int(row["ip.len"]) if row["ip.len"] else int(row["ipv6.plen"]) + _IPV6_HEADER
    number, length = int(row["frame.number"]) - 1, int(row["frame.len"])
    return Frame(number, transport, ends[0], ends[1], length, size, row["communityid"])


def _read_sums(lines: list[str]) -> Iterator[tuple[tuple[str, str, str], tuple[int, str]]]:
    """Rows of the tables of conversations, one for each direction."""
    transport = ""
    for line in lines:
        if line.endswith(" Conversations"):
            transport = line.split()[0].lower()
        elif found := _CONVERSATION.match(line):
            near, far, back, back_bytes, back_unit, forth, forth_bytes, forth_unit = found.groups()
            yield (transport, far, near), (int(back), f"{back_bytes} {back_unit}")
            yield (transport, near, far), (int(forth), f"{forth_bytes} {forth_unit}")
