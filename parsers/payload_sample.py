"""Beginnings of payloads as texts (kernels)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.packet import Bytes
from parsers.payload import SAMPLE_BYTES, is_text, measure_character
from parsers.payload_layout import WORD, Words, view_words
from wanglou.kernel import int64, kernel

ELLIPSIS_BYTES = 3
_BACKSLASH = 0x5C
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8).copy()


def make_samples(data: NDArray[np.uint8], spill: NDArray[np.uint8], spans: NDArray[Any]) -> pa.Array:
    """Column of the beginnings of SPAN[n]: text, with escapes for control characters, or hexadecimal of what is none.

    No Python object is made of a value and none is looked for a second time: payloads of sensors seldom repeat. Null
    where there is no span.
    """
    lengths = np.clip(spans["length"], 0, SAMPLE_BYTES)
    room = int(lengths.sum()) * 2 + ELLIPSIS_BYTES * len(spans)
    return write_samples(data, spill, spans, np.zeros(len(spans), dtype=np.uint8), room)


def write_samples(
    data: NDArray[np.uint8], spill: NDArray[np.uint8], spans: NDArray[Any], plain: NDArray[np.uint8], room: int
) -> pa.Array:
    """As ``make_samples``; ``plain`` marks what is known to be printable ASCII, ``room`` is enough for all bytes."""
    offsets = np.zeros(len(spans) + 1, dtype=np.int32)
    values = np.empty(room + SAMPLE_BYTES + WORD, dtype=np.uint8)
    words = view_words(data), view_words(spill), view_words(values)
    empty = _write_samples(data, spill, spans.view(np.recarray), plain, offsets, values, *words)
    validity = pa.py_buffer(np.packbits(spans["length"] >= 0, bitorder="little")) if empty else None
    used = values[: offsets[-1]].copy() if int(offsets[-1]) * 3 < len(values) * 2 else values[: offsets[-1]]
    return pa.StringArray.from_buffers(len(spans), pa.py_buffer(offsets), pa.py_buffer(used), validity, empty)


@kernel
def _write_samples(
    data: Bytes, spill: Bytes, spans: Any, plain: NDArray[np.uint8], offsets: NDArray[np.int32], values: Bytes,
    data_words: Words, spill_words: Words, value_words: Words,
) -> int:  # fmt: skip
    """Write the text of every span; two bytes of text for each of the payload is the most there can be.

    Returns how many rows have none.
    """
    out, empty = int64(0), int64(0)
    for i in range(len(spans)):
        length, start = int64(spans[i].length), int64(spans[i].offset)
        buf = data if spans[i].spill == 0 else spill
        words = data_words if spans[i].spill == 0 else spill_words
        size = min(length, SAMPLE_BYTES)
        if length > 0 and plain[i] and start + SAMPLE_BYTES + WORD <= len(buf):
            for k in range(0, size, WORD):
                value_words[out + k] = words[start + k]
            out += size
        elif length > 0:
            out = _write_sample(buf, start, start + size, length > SAMPLE_BYTES, values, out)
        if length > SAMPLE_BYTES:
            values[out], values[out + 1], values[out + 2] = 0xE2, 0x80, 0xA6
            out += ELLIPSIS_BYTES
        empty += length < 0
        offsets[i + 1] = out
    return empty


@kernel
def _write_sample(buf: Bytes, start: int, end: int, cut: bool, values: Bytes, out: int) -> int:
    """Write the text of one span as what it is; returns where it ends."""
    after = _copy_plain(buf, start, end, values, out)
    if after >= 0:
        return after
    if is_text(buf, start, end, cut):
        return _write_text(buf, start, end, values, out)
    for k in range(end - start):
        byte = int64(buf[start + k])
        values[out + 2 * k] = _HEX[byte >> 4]
        values[out + 2 * k + 1] = _HEX[byte & 15]
    return out + 2 * (end - start)


@kernel
def _copy_plain(buf: Bytes, pos: int, end: int, values: Bytes, out: int) -> int:
    """Copy printable ASCII; returns where it ends in ``values``, -1: there is something else among it."""
    for k in range(end - pos):
        byte = buf[pos + k]
        if byte < 0x20 or byte > 0x7E:
            return int64(-1)
        values[out + k] = byte
    return out + end - pos


@kernel
def _write_text(buf: Bytes, pos: int, end: int, values: Bytes, out: int) -> int:
    """Copy text, white space but blanks as a backslash and a letter, as far as its characters are whole."""
    at = pos
    while at < end:
        byte = int64(buf[at])
        size = 1 if byte < 0x80 else measure_character(buf, at, end)
        if size <= 0:
            break
        if byte < 0x20:
            values[out] = _BACKSLASH
            values[out + 1] = (0x74, 0x6E, 0x76, 0x66, 0x72)[byte - 9]  # t n v f r
            out += 2
        else:
            for k in range(size):
                values[out + k] = buf[at + k]
            out += size
        at += size
    return out
