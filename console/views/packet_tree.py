"""One packet as its viewer shows it: layers with their fields, and the bytes that the fields stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sensors.cutting import Packet
from wanglou.commands.packets import ROW_BYTES

MOST_BYTES = 4096
"""Bytes of a packet that are shown."""
MOST_DEPTH = 8
_UNSHOWN = ("_ws.expert.", "_ws.malformed.")
"""Parts of Wireshark's expert notes; the note itself holds them all."""


@dataclass(frozen=True, slots=True)
class TreeField:
    """One field of a layer."""

    name: str
    label: str
    depth: int
    """How deep it lies inside the fields before it."""
    position: int
    """Where its bytes begin in the packet; -1 where they are not in it, as of what was reassembled."""
    size: int


@dataclass(frozen=True, slots=True)
class Layer:
    """One protocol of a packet."""

    name: str
    fields: Sequence[TreeField]
    start: int
    end: int
    """Its bytes in the packet; the same as ``start`` where there are none."""


@dataclass(frozen=True, slots=True)
class Byte:
    """One byte."""

    at: int
    hex: str
    text: str


@dataclass(frozen=True, slots=True)
class PacketTree:
    """One packet."""

    ordinal: int
    ts_ns: int
    wirelen: int
    caplen: int
    highest: str
    layers: Sequence[Layer]
    is_complete: bool
    """False where fields were left out."""
    rows: Sequence[tuple[str, Sequence[Byte]]]
    """Bytes by sixteen, each row with its offset."""

    @property
    def chosen(self) -> Layer | None:
        """The layer that is opened at first: the highest with bytes of the packet."""
        return next((layer for layer in reversed(self.layers) if layer.end > layer.start), None)


def build_tree(packet: Packet, dissection: Mapping[str, Any] | None, shift_ns: int) -> PacketTree:
    """Put a packet and its dissection together; without one there are bytes only."""
    layers = [_build_layer(layer, packet.data) for layer in dissection["layers"]] if dissection else []
    return PacketTree(
        packet.ordinal,
        packet.ts_ns + shift_ns,
        packet.wirelen,
        len(packet.data),
        str(dissection["highest"]) if dissection else "",
        layers,
        bool(dissection["is_complete"]) if dissection else True,
        _list_rows(packet.data[:MOST_BYTES]),
    )


def _build_layer(layer: Mapping[str, Any], data: bytes) -> Layer:
    told = [field for field in layer["fields"] if _is_told(field)]
    is_here = _lies_in(layer["fields"], data)
    around: list[tuple[int, int]] = []
    fields = []
    for field in told:
        start, end = field["pos"], field["pos"] + field["size"]
        while around and not (around[-1][0] <= start and end <= around[-1][1]):
            around.pop()
        depth = len(around) if field["size"] else 0
        is_linked = is_here and field["size"] > 0 and end <= len(data)
        position = start if is_linked else -1
        fields.append(TreeField(field["name"], field["label"], min(depth, MOST_DEPTH), position, field["size"]))
        if field["size"] and (not around or around[-1] != (start, end)):
            around.append((start, end))
    linked = [(field.position, field.position + field.size) for field in fields if field.position >= 0]
    start, end = min((one for one, _ in linked), default=0), max((one for _, one in linked), default=0)
    return Layer(str(layer["name"]), fields, start, end)


def _is_told(field: Mapping[str, Any]) -> bool:
    return bool(field["label"]) and not field["is_hidden"] and not field["name"].startswith(_UNSHOWN)


def _lies_in(fields: Sequence[Mapping[str, Any]], data: bytes) -> bool:
    """Tell whether a layer's positions are of the packet, and not of what was put together from several packets."""
    for field in fields:
        raw, start, size = str(field["raw"]), field["pos"], field["size"]
        if size > 1 and len(raw) == 2 * size and data[start : start + size].hex() != raw.lower():
            return False
    return True


def _list_rows(data: bytes) -> list[tuple[str, Sequence[Byte]]]:
    return [
        (
            f"{start:04x}",
            [
                Byte(start + place, f"{byte:02x}", chr(byte) if 0x20 <= byte < 0x7F else ".")
                for place, byte in enumerate(data[start : start + ROW_BYTES])
            ],
        )
        for start in range(0, len(data), ROW_BYTES)
    ]
