"""Sparkplug B payloads: enough of the encoder for numbers, booleans and texts.

Layout: Eclipse Sparkplug 3.0, 6.4 (protocol buffers, message ``org.eclipse.tahu.protobuf.Payload``).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

_INT64, _DOUBLE, _BOOLEAN, _STRING = 4, 10, 11, 12
"""Data types (6.4)."""

Value = int | float | bool | str


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _varint(field: int, value: int) -> bytes:
    return _number(field << 3) + _number(value)


def _bytes(field: int, data: bytes) -> bytes:
    return _number(field << 3 | 2) + _number(len(data)) + data


def _value(value: Value) -> bytes:
    if isinstance(value, bool):
        return _varint(4, _BOOLEAN) + _varint(14, int(value))
    if isinstance(value, int):
        return _varint(4, _INT64) + _varint(11, value)
    if isinstance(value, float):
        return _varint(4, _DOUBLE) + _number(13 << 3 | 1) + struct.pack("<d", value)
    return _varint(4, _STRING) + _bytes(15, value.encode())


def encode(metrics: Mapping[str, Value], time_ms: int, sequence: int | None) -> bytes:
    """Encode metrics by name, at one time; ``sequence`` is left out where the standard has none."""
    out = _varint(1, time_ms)
    for name, value in metrics.items():
        out += _bytes(2, _bytes(1, name.encode()) + _varint(3, time_ms) + _value(value))
    return out if sequence is None else out + _varint(3, sequence)
