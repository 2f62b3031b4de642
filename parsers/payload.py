"""What a message's payload is: its kind by its bytes, the keys of JSON, and its beginning as text (kernels).

Nothing here knows the protocol that carries the payload. Work per payload is bounded, whatever its length.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.packet import Bytes
from parsers.spans import decode_text
from wanglou.kernel import int64, kernel

EMPTY, BINARY, TEXT, JSON, SPARKPLUG_B = range(5)
KINDS = ("empty", "binary", "text", "json", "sparkplug_b")

LOOKED_AT = 2_048
"""Bytes of a payload that decide about its kind and its keys."""
KEPT_BYTES = 16_384
"""Bytes of a payload that are looked at where its structure is walked."""
SAMPLE_BYTES = 128
"""Bytes of a payload that are kept as its sample."""
MOST_KEYS = 64
"""Keys of a JSON payload that are listed."""
DEPTH = 32
"""Nesting of JSON that is followed."""

_ELLIPSIS = 3  # bytes of it in UTF-8

_QUOTE, _BACKSLASH, _COLON, _OPEN, _CLOSE, _LIST, _END = 0x22, 0x5C, 0x3A, 0x7B, 0x7D, 0x5B, 0x5D

KEY = np.dtype([("at", "i8"), ("length", "i4"), ("depth", "i4")], align=True)

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8).copy()


@kernel
def classify_payload(buf: Bytes, pos: int, there: int, length: int, seed: int) -> tuple[int, int]:
    """Kind of a payload of ``length`` bytes, ``there`` of which lie at ``pos``; and the shape of JSON, else 0.

    The shape is equal for payloads of the same keys and nesting, whatever their values.
    """
    if length == 0:
        return EMPTY, int64(0)
    end = pos + min(there, LOOKED_AT)
    at = pos
    while at < end and (buf[at] == 0x20 or 0x09 <= buf[at] <= 0x0D):
        at += 1
    if at < end and (buf[at] == _OPEN or buf[at] == _LIST):
        shape = shape_json(buf, at, end, end - pos < length, seed)
        if shape != 0:
            return JSON, shape
    return TEXT if is_text(buf, pos, end, end - pos < length) else BINARY, int64(0)


@kernel
def shape_json(buf: Bytes, pos: int, end: int, cut: bool, seed: int) -> int:
    """Hash of the keys and the nesting of the JSON value at ``pos``, 0 when it is none (RFC 8259, checked loosely).

    Brackets must match, strings must end and hold no control characters; ``cut``: there is more than is seen.
    """
    near, far, depth, objects, at = int64(seed), int64(seed), 0, int64(0), pos
    while at < end:
        byte = int64(buf[at])
        if byte == _QUOTE:
            after = _skip_string(buf, at + 1, end)
            if after < 0:
                return int64(0)
            if after > end:
                return _finish(near, far) if cut else int64(0)
            if objects >> depth & 1 and _is_key(buf, after, end):
                for k in range(at + 1, after):
                    near = ((near ^ int64(buf[k])) * 0x01000193) & 0xFFFFFFFF
                    far = ((far ^ near) * 0x045D9F3B) & 0x7FFFFFFF
            at = after
            continue
        if byte in (_OPEN, _LIST):
            depth += 1
            if depth >= DEPTH:
                return int64(0)
            objects = objects & ~(int64(1) << depth) | int64(byte == _OPEN) << depth
            near = ((near ^ byte) * 0x01000193) & 0xFFFFFFFF
            far = ((far ^ near) * 0x045D9F3B) & 0x7FFFFFFF
        elif byte in (_CLOSE, _END):
            if depth == 0 or (objects >> depth & 1) != int64(byte == _CLOSE):
                return int64(0)
            depth -= 1
            near = ((near ^ byte) * 0x01000193) & 0xFFFFFFFF
            far = ((far ^ near) * 0x045D9F3B) & 0x7FFFFFFF
            if depth == 0:
                return _finish(near, far) if _is_blank(buf, at + 1, end) else int64(0)
        elif byte in (0x74, 0x66, 0x6E):  # t, f, n
            word = _measure_word(buf, at, end)
            if word < 0:
                return int64(0)
            at += word - 1
        elif not _is_plain(byte):
            return int64(0)
        at += 1
    return _finish(near, far) if cut else int64(0)


@kernel
def _measure_word(buf: Bytes, pos: int, end: int) -> int:
    """Bytes of true, false or null at ``pos``, as far as they are there; -1: it is none of them."""
    first = int64(buf[pos])
    word = (0x74, 0x72, 0x75, 0x65, 0)
    if first == 0x66:
        word = (0x66, 0x61, 0x6C, 0x73, 0x65)
    elif first == 0x6E:
        word = (0x6E, 0x75, 0x6C, 0x6C, 0)
    size = min(5 if first == 0x66 else 4, end - pos)
    for k in range(size):
        if int64(buf[pos + k]) != word[k]:
            return -1
    return size


@kernel
def _finish(near: int, far: int) -> int:
    return far << 32 | near | 1


@kernel
def _is_plain(byte: int) -> bool:
    """True for what stands outside strings beside words: blanks, commas, colons, numbers."""
    return 0x30 <= byte <= 0x3A or byte in (0x2C, 0x2D, 0x2E, 0x2B, 0x20, 0x09, 0x0A, 0x0D, 0x45, 0x65)


@kernel
def _skip_string(buf: Bytes, pos: int, end: int) -> int:
    """Position behind the string that began before ``pos``; ``end + 1``: it goes on, -1: it is none."""
    at = pos
    while at < end:
        byte = int64(buf[at])
        if byte == _QUOTE:
            return at + 1
        if byte == _BACKSLASH:
            at += 1
        elif byte < 0x20:
            return int64(-1)
        at += 1
    return end + 1


@kernel
def _is_key(buf: Bytes, pos: int, end: int) -> bool:
    """True when a colon follows."""
    at = pos
    while at < end and (buf[at] == 0x20 or 0x09 <= buf[at] <= 0x0D):
        at += 1
    return at < end and int64(buf[at]) == _COLON


@kernel
def _is_blank(buf: Bytes, pos: int, end: int) -> bool:
    """True when only white space, or the null bytes with which some devices end texts, is left."""
    for k in range(pos, end):  # noqa: SIM110 - kernels know no generators
        if buf[k] != 0x20 and buf[k] != 0 and not 0x09 <= buf[k] <= 0x0D:
            return False
    return True


@kernel
def list_keys(buf: Bytes, pos: int, end: int, keys: Any) -> int:
    """Fill ``keys``, KEY[n], with the keys of the JSON value in order; returns how many."""
    depth, objects, at, found = 0, int64(0), pos, 0
    while at < end and found < len(keys):
        byte = int64(buf[at])
        if byte == _QUOTE:
            after = _skip_string(buf, at + 1, end)
            if after < 0 or after > end:
                return found
            if objects >> depth & 1 and _is_key(buf, after, end):
                key = keys[found]
                key.at, key.length, key.depth = at + 1, after - at - 2, depth
                found += 1
            at = after
            continue
        if byte in (_OPEN, _LIST):
            depth += 1
            if depth >= DEPTH:
                return found
            objects = objects & ~(int64(1) << depth) | int64(byte == _OPEN) << depth
        elif byte in (_CLOSE, _END) and depth > 0:
            depth -= 1
        at += 1
    return found


@kernel
def is_text(buf: Bytes, pos: int, end: int, cut: bool) -> bool:
    """True for UTF-8 (RFC 3629) without control characters but white space; ``cut``: the last one may be cut short."""
    at = pos
    while at < end:
        byte = int64(buf[at])
        if byte < 0x80:
            if byte == 0x7F or (byte < 0x20 and not 0x09 <= byte <= 0x0D):
                return False
            at += 1
            continue
        size = measure_character(buf, at, end)
        if size <= 0:
            return size == 0 and cut
        at += size
    return True


@kernel
def measure_character(buf: Bytes, pos: int, end: int) -> int:
    """Bytes of the UTF-8 character at ``pos``, which is beyond ASCII and printable; 0: cut short, -1: it is none."""
    first = int64(buf[pos])
    if first < 0xC2 or first > 0xF4:
        return -1
    size = 2 if first < 0xE0 else (3 if first < 0xF0 else 4)
    for k in range(1, size):
        if pos + k >= end:
            return 0
        if int64(buf[pos + k]) & 0xC0 != 0x80:
            return -1
    second = int64(buf[pos + 1])
    if (first == 0xE0 and second < 0xA0) or (first == 0xED and second > 0x9F):
        return -1
    if (first == 0xF0 and second < 0x90) or (first == 0xF4 and second > 0x8F) or (first == 0xC2 and second < 0xA0):
        return -1
    return size


def make_samples(data: NDArray[np.uint8], spill: NDArray[np.uint8], spans: NDArray[Any]) -> pa.Array:
    """Column of the beginnings of SPAN[n]: text, with escapes for control characters, or hexadecimal of what is none.

    No Python object is made of a value and none is looked for a second time: payloads of sensors seldom repeat. Null
    where there is no span.
    """
    lengths = np.clip(spans["length"], 0, SAMPLE_BYTES)
    offsets = np.zeros(len(spans) + 1, dtype=np.int32)
    values = np.empty(int(lengths.sum()) * 2 + _ELLIPSIS * len(spans), dtype=np.uint8)
    _write_samples(data, spill, spans.view(np.recarray), offsets, values)
    there = spans["length"] >= 0
    validity = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))
    used = values[: offsets[-1]].copy() if int(offsets[-1]) * 2 < len(values) else values
    return pa.StringArray.from_buffers(len(spans), pa.py_buffer(offsets), pa.py_buffer(used), validity)


@kernel
def _write_samples(data: Bytes, spill: Bytes, spans: Any, offsets: NDArray[np.int32], values: Bytes) -> None:
    """Write the text of every span; two bytes of text for each of the payload is the most there can be."""
    out = int64(0)
    for i in range(len(spans)):
        length = int64(spans[i].length)
        if length > 0:
            buf = data if spans[i].spill == 0 else spill
            start = int64(spans[i].offset)
            end = start + min(length, SAMPLE_BYTES)
            after = _copy_plain(buf, start, end, values, out)
            if after >= 0:
                out = after
            elif is_text(buf, start, end, length > SAMPLE_BYTES):
                out = _write_text(buf, start, end, values, out)
            else:
                for k in range(start, end):
                    values[out] = _HEX[int64(buf[k]) >> 4]
                    values[out + 1] = _HEX[int64(buf[k]) & 15]
                    out += 2
            if length > SAMPLE_BYTES:
                values[out], values[out + 1], values[out + 2] = 0xE2, 0x80, 0xA6
                out += _ELLIPSIS
        offsets[i + 1] = out


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


def make_keys(
    data: NDArray[np.uint8], spill: NDArray[np.uint8], spans: NDArray[Any], shapes: NDArray[np.int64]
) -> pa.Array:
    """Column of the keys of JSON payloads, SPAN[n], told once per shape; null where the shape is 0."""
    kind = pa.list_(pa.string())
    if not shapes.any():
        return pa.nulls(len(shapes), kind)
    coded = pa.array(shapes, pa.int64(), mask=shapes == 0).dictionary_encode()
    rows = np.full(len(coded.dictionary), -1, dtype=np.int64)
    codes = coded.indices.fill_null(-1).to_numpy()
    there = np.flatnonzero(codes >= 0)
    rows[codes[there][::-1]] = there[::-1]  # the first of each shape
    texts = [read_keys((data, spill)[int(spans["spill"][row])], *_place(spans[row])) for row in rows.tolist()]
    return pa.array(texts, kind).take(coded.indices)


def _place(span: Any) -> tuple[int, int]:
    """Where a span begins and ends, as far as it is looked at."""
    return int(span["offset"]), int(span["offset"]) + min(int(span["length"]), LOOKED_AT)


def read_keys(buf: NDArray[np.uint8], pos: int, end: int) -> list[str]:
    """Distinct keys of the JSON in ``buf[pos:end]`` in order, nested ones behind those they lie in, joined by dots."""
    keys: Any = np.recarray(4 * MOST_KEYS, dtype=KEY)
    count = list_keys(buf, pos, end, keys)
    path: dict[int, str] = {}
    found: dict[str, None] = {}
    for at, length, depth in keys[:count].tolist():
        text = decode_text(buf[at : at + min(length, SAMPLE_BYTES)].tobytes())
        above = [path[level] for level in sorted(path) if level < depth]
        path = {level: name for level, name in path.items() if level < depth} | {depth: text}
        found[".".join((*above, text))] = None
        if len(found) == MOST_KEYS:
            break
    return list(found)
