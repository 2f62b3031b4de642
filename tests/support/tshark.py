"""What tshark finds in a capture: Modbus messages field by field, conversations, community ids.

tshark prints PDML, where every message of a packet and every repetition of a field stays apart and in order.
"""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET  # noqa: S405 - reads what our own tshark prints
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
    for _, element in ET.iterparse(BytesIO(printed)):  # noqa: S314 - see above
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
