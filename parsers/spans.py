"""Distinct byte spans: names, topics and other texts are decoded once per distinct value and not per record.

A span is a place in the batch's data or in the spill buffer. ``code_spans`` numbers spans by their content;
``make_texts`` and ``make_text_lists`` turn codes into Arrow columns.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

TEXT_BYTES = 1_024
"""Most bytes of a span that are looked at: texts that differ only beyond are one text, and end in an ellipsis."""

SPAN = np.dtype([("offset", "i8"), ("length", "i4"), ("spill", "i4")], align=True)
"""Where a text's bytes lie; ``length`` -1: there is none."""

_SEED = secrets.randbits(31) | 1  # so that traffic cannot be made to collide


@dataclass(frozen=True, slots=True)
class Coded:
    """Spans by content."""

    codes: NDArray[np.int32]
    """int32[n]: number of each span's content, -1 where there is none."""
    values: Sequence[bytes]
    """Content of each number, cut to ``TEXT_BYTES`` bytes."""
    lengths: NDArray[np.int32]
    """int32[k]: whole length of each content's first span, in bytes."""


def code_spans(data: NDArray[np.uint8], spill: NDArray[np.uint8], spans: NDArray[Any]) -> Coded:
    """Number SPAN[n] by content; a span must lie within its buffer."""
    slots = np.full(1 << max(2 * len(spans), 2).bit_length(), -1, dtype=np.int32)
    codes, firsts = np.empty((2, len(spans)), dtype=np.int32)
    used = _number_spans(data, spill, spans.view(np.recarray), slots, codes, firsts, _SEED)
    first = spans[firsts[:used]]
    buffers = (data.data, spill.data)  # much quicker to slice than arrays
    ends = (first["offset"] + np.minimum(first["length"], TEXT_BYTES)).tolist()
    places = zip(first["spill"].tolist(), first["offset"].tolist(), ends, strict=True)
    values = [buffers[where][start:end].tobytes() for where, start, end in places]
    return Coded(codes, values, first["length"].astype(np.int32))


def decode_text(value: bytes) -> str:
    """Decode UTF-8, what is none of it and control characters escaped."""
    text = value.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode() if character != "\\" else character


def decode_values(coded: Coded, decode: Callable[[bytes], str] = decode_text) -> list[str]:
    """Decode each distinct content once; one that was cut ends in an ellipsis."""
    return [
        decode(value) + ("\u2026" if length > len(value) else "")
        for value, length in zip(coded.values, coded.lengths.tolist(), strict=True)
    ]


def make_texts(coded: Coded, decode: Callable[[bytes], str] = decode_text) -> pa.Array:
    """Column of texts: dictionary-encoded, null where there is no span."""
    codes = pa.array(coded.codes, pa.int32(), mask=coded.codes < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(decode_values(coded, decode), pa.string()))


def make_text_lists(offsets: NDArray[np.int32], coded: Coded, decode: Callable[[bytes], str] = decode_text) -> pa.Array:
    """Column of lists of texts: list i holds the spans ``offsets[i]`` to ``offsets[i + 1]``; an empty one is null."""
    kind = pa.list_(pa.string())
    empty = offsets[1:] == offsets[:-1]
    if empty.all():
        return pa.nulls(len(empty), kind)
    values = pa.array(decode_values(coded, decode), pa.string())
    flat = values.take(pa.array(coded.codes, pa.int32(), mask=coded.codes < 0))
    mask = pa.array(empty) if empty.any() else None
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), flat, type=kind, mask=mask)


@kernel
def _number_spans(
    data: Bytes, spill: Bytes, spans: Any, slots: NDArray[np.int32], codes: NDArray[np.int32],
    firsts: NDArray[np.int32], seed: int,
) -> int:  # fmt: skip
    """Number spans by content; ``slots`` is an empty hash table (-1) of a power of two above 2n. Returns how many."""
    mask, used = len(slots) - 1, int64(0)
    for i in range(len(spans)):
        length = int64(spans[i].length)
        if length < 0:
            codes[i] = -1
            continue
        buf = data if spans[i].spill == 0 else spill
        start = int64(spans[i].offset)
        place = _hash(buf, start, min(length, TEXT_BYTES), length, seed) & mask
        while True:
            code = int64(slots[place])
            if code < 0:
                slots[place] = used
                firsts[used] = i
                codes[i] = used
                used += 1
                break
            other = spans[firsts[code]]
            if other.length == length and _is_equal(
                buf, start, data if other.spill == 0 else spill, int64(other.offset), min(length, TEXT_BYTES)
            ):
                codes[i] = code
                break
            place = (place + 1) & mask
    return used


@kernel
def _hash(buf: Bytes, start: int, count: int, length: int, seed: int) -> int:
    """Mix ``count`` bytes, four at a time as far as they go; products stay below 62 bits, so nothing overflows."""
    mixed = int64(seed) ^ ((length & 0xFFFFF) * 0x1E3779B1)
    at = int64(0)
    while at < count:
        k = start + at
        if at + 4 <= count:
            word = int64(buf[k]) | int64(buf[k + 1]) << 8 | int64(buf[k + 2]) << 16 | int64(buf[k + 3]) << 24
            at += 4
        else:
            word = int64(buf[k])
            at += 1
        mixed = ((mixed ^ (mixed >> 31) ^ word) & 0xFFFFFFFF) * 0x2C1B3C6D
    return mixed ^ (mixed >> 29)


@kernel
def _is_equal(a: Bytes, at: int, b: Bytes, bt: int, count: int) -> bool:
    """True when ``count`` bytes are the same."""
    for k in range(count):  # noqa: SIM110 - kernels know no generators
        if a[at + k] != b[bt + k]:
            return False
    return True
