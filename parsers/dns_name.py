"""Domain names: compressed on the wire, expanded in a buffer of their own (kernel), and as text."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from parsers.dns_frame import JUMPS_MAX, LABEL_MAX, NAME_MAX
from parsers.dns_message import LABEL_TYPE, NAME_TOO_LONG, POINTER, TRUNCATED
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

_HEADER = 12  # a pointer must not lead into the header (RFC 9267 §2)


@kernel
def expand_name(buf: Bytes, pos: int, end: int, start: int, out: Bytes, at: int) -> tuple[int, int]:
    """Write the name at ``pos`` without compression to ``out``, which has room for 255 bytes at ``at``.

    ``start`` is where the message begins. Returns where the name ends in the message and how many bytes were written;
    or minus the error and 0. A pointer must lead before all that was read of the name, so that there are no loops.
    """
    after, lowest, size = int64(-1), pos, int64(0)
    for _ in range(JUMPS_MAX + 1):
        stop = _skip_labels(buf, pos, min(end, pos + NAME_MAX - 1 - size))
        while pos < stop:
            out[at + size] = buf[pos]
            size += 1
            pos += 1
        if pos >= end:
            return -TRUNCATED, 0
        length = int64(buf[pos])
        if length >= 0xC0:
            if pos + 2 > end:
                return -TRUNCATED, 0
            if after < 0:
                after = pos + 2
            pos = start + ((length & 0x3F) << 8 | int64(buf[pos + 1]))
            if pos >= lowest or pos < start + _HEADER:
                return -POINTER, 0
            lowest = pos
            continue
        if length > LABEL_MAX:
            return -LABEL_TYPE, 0
        if length > 0:
            return -(NAME_TOO_LONG if size + length + 2 > NAME_MAX else TRUNCATED), 0
        out[at + size] = 0
        return (after if after >= 0 else pos + 1), size + 1
    return -POINTER, 0


@kernel
def _skip_labels(buf: Bytes, pos: int, stop: int) -> int:
    """Where the labels at ``pos`` end that are whole before ``stop``."""
    while pos < stop:
        length = int64(buf[pos])
        if length == 0 or length > LABEL_MAX or pos + 1 + length > stop:
            break
        pos += length + 1
    return pos


@kernel
def hash_name(buf: Bytes, at: int, size: int) -> int:
    """Mix an expanded name, letters' case apart (RFC 4343); the result has 32 bits (FNV-1a)."""
    mixed = int64(0x811C9DC5)
    for k in range(size):
        byte = int64(buf[at + k])
        if 0x41 <= byte <= 0x5A:
            byte |= 0x20
        mixed = ((mixed ^ byte) * 0x01000193) & 0xFFFFFFFF
    return mixed


_PLAIN = re.compile(rb"[!-\[\]-~]*")  # with the dots, which are counted
_TEXTS = [
    f"\\{chr(byte)}" if byte in b".\\" else chr(byte) if 0x21 <= byte <= 0x7E else f"\\{byte:03d}"
    for byte in range(256)
]


def split_labels(wire: bytes) -> list[bytes]:
    """Labels of an expanded name, the root's left out; what is cut short ends it."""
    labels, at = [], 0
    while at < len(wire) and wire[at]:
        labels.append(wire[at + 1 : at + 1 + wire[at]])
        at += 1 + wire[at]
    return labels


def decode_name(wire: bytes) -> str:
    """Text of an expanded name: no dot at its end, the root a dot; special bytes escaped (RFC 1035 §5.1, RFC 4343)."""
    return _remember_name(wire) if len(wire) <= _REMEMBERED else _spell_name(wire)


def _spell_name(wire: bytes) -> str:
    """Text of an expanded name; one without special bytes is told by putting dots where the lengths are."""
    text, at, end, count = bytearray(wire), 0, len(wire), 0
    while at < end and (size := wire[at]):
        text[at] = 0x2E
        at += 1 + size
        count += 1
    if count and at + 1 == end and text.count(b".") == count and _PLAIN.fullmatch(text, 0, at):
        return text[1:at].decode("ascii")
    return ".".join(["".join([_TEXTS[byte] for byte in label]) for label in split_labels(wire)]) or "."


_REMEMBERED = 128
"""Bytes of the longest name that is remembered: longer ones are seldom the same again, and would cost memory."""
_remember_name = lru_cache(maxsize=16_384)(_spell_name)


_ESCAPED = re.compile(r"\\(?:\d{3}|.)")


def count_labels(name: str) -> int:
    """Labels of a name by its text."""
    if name == ".":
        return 0
    return (_ESCAPED.sub("", name) if "\\" in name else name).count(".") + 1


@kernel
def spell_names(
    data: Bytes, starts: NDArray[np.int64], sizes: NDArray[np.int64], out: Bytes, offsets: NDArray[np.int32]
) -> None:
    """Write the texts of expanded names as ``decode_name`` tells them; ``out`` has room for four bytes for each byte.

    ``offsets`` int32[n + 1] are where each begins in ``out``, and the end.
    """
    put = int64(0)
    for i in range(len(starts)):
        offsets[i] = put
        at = int64(starts[i])
        end = at + int64(sizes[i])
        begin = put
        while at < end and data[at] != 0:
            if put > begin:
                out[put] = 0x2E
                put += 1
            stop = min(at + 1 + int64(data[at]), end)
            at += 1
            while at < stop:
                put = _spell_byte(int64(data[at]), out, put)
                at += 1
        if put == begin:
            out[put] = 0x2E
            put += 1
    offsets[len(starts)] = put


@kernel
def _spell_byte(byte: int, out: Bytes, put: int) -> int:
    """Write a byte of a label; returns where the next goes."""
    if byte in (0x2E, 0x5C):
        out[put], out[put + 1] = 0x5C, byte
        return put + 2
    if 0x21 <= byte <= 0x7E:
        out[put] = byte
        return put + 1
    out[put], out[put + 1] = 0x5C, 0x30 + byte // 100
    out[put + 2], out[put + 3] = 0x30 + byte // 10 % 10, 0x30 + byte % 10
    return put + 4


def measure_name(wire: bytes, at: int) -> int:
    """Bytes of the expanded name at ``at``, its end included; as far as it goes when it is cut short."""
    begin = at
    while at < len(wire) and wire[at]:
        at += 1 + wire[at]
    return min(at + 1, len(wire)) - begin
