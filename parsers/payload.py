"""What a message's payload is: its kind by its bytes, and where the keys of JSON lie (kernels).

Nothing here knows the protocol that carries the payload. Work per payload is bounded, whatever its length.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.packet import Bytes
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

_QUOTE, _BACKSLASH, _COLON, _OPEN, _CLOSE, _LIST, _END = 0x22, 0x5C, 0x3A, 0x7B, 0x7D, 0x5B, 0x5D

KEY = np.dtype([("at", "i8"), ("length", "i4"), ("depth", "i4")], align=True)


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
def is_plain_text(buf: Bytes, pos: int, end: int) -> bool:
    """True for printable ASCII."""
    for k in range(pos, end):  # noqa: SIM110 - kernels know no generators
        if buf[k] < 0x20 or buf[k] > 0x7E:
            return False
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
