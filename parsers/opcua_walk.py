"""Walk a body by the program of its type and keep what has a column, as a list of events (kernels).

Standard: OPC 10000-6 (1.05), §5.2 (binary encoding). Nothing is trusted: lengths and counts are held against the bytes
left, depth, steps and events have bounds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.opcua_frame import get_u32, read_type_id
from parsers.opcua_program import (
    ALWAYS,
    BIT,
    BYTE,
    BYTE_STRING,
    CODE,
    CONSTANT,
    COUNT_TAG,
    DATE_TIME,
    DOUBLE,
    EXPANDED_NODE_ID,
    EXTENSION_OBJECT,
    FLOAT,
    GUID,
    INT16,
    INT32,
    INT64,
    IS_ARRAY,
    LOCALIZED_TEXT,
    MASK,
    NODE_ID,
    QUALIFIED_NAME,
    REST,
    SBYTE,
    SECRET,
    STATUS_CODE,
    STRING,
    STRUCTURE,
    STRUCTURE_NUMBERS,
    TAG,
    TYPE_IDS,
    UINT16,
    UINT32,
    UINT64,
    VARIANT,
    XML_ELEMENT,
    Program,
)
from parsers.packet import Bytes
from wanglou.kernel import inlined_kernel, int64, kernel

DEPTH = 128
"""Structures inside one another; §5.1.6 and §5.2.2.12 ask decoders for 100 levels at least."""
STEPS_MAX = 4_000_000
"""Steps spent on one message."""
EVENTS_MAX = 8_192
"""Values kept of one message; more are counted and passed over."""

NUMBER, NULL = -2, -1
"""``length`` of an event that is a number, and of one that is null."""
ARRAY = 0x80
"""Set in ``kind`` of a Variant that holds an array."""

EVENT = np.dtype(
    [
        ("value", "i8"),  # the number (a Float's or Double's as its bits), or where the bytes begin
        ("message", "i4"),
        ("length", "i4"),  # bytes; NUMBER or NULL
        ("place", "i4"),  # of a number that decides nothing of the walk: where in the body it lies; else -1
        ("tag", "i2"),  # which column
        ("kind", "u1"),  # built-in type
        ("spill", "u1"),
    ],
    align=True,
)

# How a walk ended.
DONE, SHORT, BAD_COUNT, BAD_TYPE, TOO_DEEP, TOO_LONG, FULL = range(7)

FRAME = np.dtype(
    [
        ("pc", "i4"),  # next step
        ("begin", "i4"),  # first step
        ("stop", "i4"),  # after the last step
        ("silent", "i4"),  # 1: inside a Variant, nothing is kept
        ("left", "i8"),  # elements of the array still to be read, this one too
        ("bits", "i8"),  # what its Mask said
        ("limit", "i8"),  # of an ExtensionObject's body: where the bytes around it end; -1: no such
        ("opened", "i8"),  # event whose bytes end here; -1: none
    ],
    align=True,
)
"""One structure being read: an entry of the stack."""

_NAMELESS = 6  # bytes of a QualifiedName without a name: namespace and length
_EMPTY = STRUCTURE_NUMBERS[""]
_DIMENSIONS = STRUCTURE_NUMBERS["Dimensions"]


@kernel
def size_fixed(kind: int) -> int:
    """Bytes of a built-in type of fixed size, 0 for others."""
    if kind <= BYTE:
        return 1
    if kind in (INT16, UINT16):
        return 2
    if kind in (INT32, UINT32, FLOAT, STATUS_CODE):
        return 4
    if kind in (INT64, UINT64, DOUBLE, DATE_TIME):
        return 8
    return 16 if kind == GUID else 0


@kernel
def read_number(buf: Bytes, pos: int, kind: int) -> int:
    """A number as a signed one of 64 bits; of Float and Double the bits. The bytes must be there."""
    if kind <= BYTE:
        value = int64(buf[pos])
        return value - 256 if kind == SBYTE and value > 127 else value
    if kind in (INT16, UINT16):
        value = int64(buf[pos]) | int64(buf[pos + 1]) << 8
        return value - 65_536 if kind == INT16 and value > 32_767 else value
    value = get_u32(buf, pos)
    if kind in (UINT32, FLOAT, STATUS_CODE):
        return value
    if kind == INT32:
        return value - (1 << 32) if value > 0x7FFFFFFF else value
    high = get_u32(buf, pos + 4)
    return (high - (1 << 32) if high > 0x7FFFFFFF else high) * (1 << 32) + value


@kernel
def pass_string(buf: Bytes, pos: int, end: int) -> int:
    """Where a string, byte string or XML element ends (§5.2.2.4); -1 when it is not whole."""
    if end - pos < 4:
        return -1
    length = get_u32(buf, pos)
    if length >= 0x80000000:  # null
        return pos + 4
    return pos + 4 + length if length <= end - pos - 4 else -1


@kernel
def pass_node_id(buf: Bytes, pos: int, end: int) -> int:
    """Where a NodeId or ExpandedNodeId ends (§5.2.2.9, §5.2.2.10); -1 when it is not whole, -2 when it is none."""
    if pos >= end:
        return -1
    encoding = int64(buf[pos])
    form = encoding & 0x3F
    if form == 0:
        pos += 2
    elif form == 1:
        pos += 4
    elif form == 2:
        pos += 7
    elif form == 4:
        pos += 19
    elif form in (3, 5):
        pos = pass_string(buf, pos + 3, end) if end - pos >= 3 else -1
        if pos < 0:
            return -1
    else:
        return -2
    if pos > end:
        return -1
    if encoding & 0x80:
        pos = pass_string(buf, pos, end)
        if pos < 0:
            return -1
    if encoding & 0x40:
        pos += 4
    return pos if pos <= end else -1


@kernel
def pass_localized_text(buf: Bytes, pos: int, end: int) -> int:
    """Where a LocalizedText ends (§5.2.2.14); -1 when it is not whole."""
    if pos >= end:
        return -1
    mask = int64(buf[pos])
    pos += 1
    for bit in (1, 2):
        if mask & bit:
            pos = pass_string(buf, pos, end)
            if pos < 0:
                return -1
    return pos


@kernel
def pass_plain(buf: Bytes, pos: int, end: int, kind: int) -> int:
    """Where a built-in type ends that holds no other structure; -1 when it is not whole, -2 when it is none."""
    size = size_fixed(kind)
    if size > 0:
        return pos + size if end - pos >= size else -1
    if kind in (NODE_ID, EXPANDED_NODE_ID):
        return pass_node_id(buf, pos, end)
    if kind == QUALIFIED_NAME:
        return pass_string(buf, pos + 2, end) if end - pos >= 2 else -1
    if kind == LOCALIZED_TEXT:
        return pass_localized_text(buf, pos, end)
    return pass_string(buf, pos, end)


@inlined_kernel
def _put(
    events: Any, at: int, message: int, tag: int, kind: int, spill: int, value: int, length: int, place: int
) -> int:
    """Write an event; returns the next place."""
    e = events[at]
    e.value = value
    e.message = message
    e.length = length
    e.place = place
    e.tag = tag
    e.kind = kind
    e.spill = spill
    return at + 1


@kernel
def _keep_plain(
    buf: Bytes, pos: int, end: int, kind: int, tag: int, message: int, spill: int, events: Any, at: int, begin: int
) -> int:
    """Keep a built-in type that lies from ``pos`` to ``end``, in a body from ``begin`` on.

    A QualifiedName without a name and of namespace 0 is null (§5.2.2.13); clients send many.
    """
    if kind == GUID or kind in (NODE_ID, EXPANDED_NODE_ID, QUALIFIED_NAME):
        nameless = kind == QUALIFIED_NAME and end - pos == _NAMELESS and buf[pos] == 0 and buf[pos + 1] == 0
        return _put(events, at, message, tag, kind, spill, pos, NULL if nameless else end - pos, -1)
    if kind in (STRING, BYTE_STRING, XML_ELEMENT):
        null = get_u32(buf, pos) >= 0x80000000
        return _put(events, at, message, tag, kind, spill, pos + 4, NULL if null else end - pos - 4, -1)
    if kind == LOCALIZED_TEXT:
        mask = int64(buf[pos])
        start = pos + 1
        if mask & 1:
            start = pass_string(buf, start, end)
        if mask & 2 == 0 or get_u32(buf, start) >= 0x80000000:
            return _put(events, at, message, tag, kind, spill, pos, NULL, -1)
        return _put(events, at, message, tag, kind, spill, start + 4, end - start - 4, -1)
    return _put(events, at, message, tag, kind, spill, read_number(buf, pos, kind), NUMBER, pos - begin)


@kernel
def _push(stack: Any, depth: int, begin: int, stop: int, left: int, limit: int, opened: int, silent: int) -> int:
    """Add a frame; the caller has checked that there is room. Returns its depth."""
    depth += 1
    f = stack[depth]
    f.pc, f.begin, f.stop, f.silent = begin, begin, stop, silent
    f.bits, f.left, f.limit, f.opened = 0, left, limit, opened
    return depth


@kernel
def walk_body(
    buf: Bytes, pos: int, end: int, structure: int, message: int, spill: int, program: Program, stack: Any,
    events: Any, at: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Walk from ``pos`` by a structure: (how it ended, where, next free event).

    FULL: ``events`` has no room for EVENTS_MAX more; nothing of the message is kept then and it must be asked again.
    """
    if len(events) - at < EVENTS_MAX + 8:
        return FULL, pos, at
    depth = _push(stack, -1, int64(program.begins[structure]), int64(program.ends[structure]), 1, -1, -1, 0)
    steps = program.steps
    taken, most, begin = 0, at + EVENTS_MAX, pos
    while depth >= 0:
        f = stack[depth]
        if f.pc == f.stop:
            f.left -= 1
            if f.left > 0:
                f.pc = f.begin
                f.bits = 0
                taken += 1
                continue
            if f.limit >= 0:
                pos, end = end, f.limit
            if f.opened >= 0:
                events[f.opened].length = pos - events[f.opened].value
            depth -= 1
            continue
        taken += 1
        if taken > STEPS_MAX:
            return TOO_LONG, pos, at
        if depth + 3 >= DEPTH:
            return TOO_DEEP, pos, at
        pc = int64(f.pc)
        f.pc = pc + 1
        code, bit, silent = int64(steps[pc, CODE]), int64(steps[pc, BIT]), int64(f.silent)
        tag = int64(steps[pc, TAG]) if silent == 0 and at < most else 0
        if code == CONSTANT:
            if tag:
                at = _put(events, at, message, tag, INT32, spill, bit, NUMBER, -1)
            continue
        if bit and f.bits & bit == 0:
            if tag and steps[pc, ALWAYS]:
                at = _put(events, at, message, tag, 0, spill, pos, NULL, -1)
            continue
        if code == MASK:
            if pos >= end:
                return SHORT, pos, at
            f.bits = int64(buf[pos])
            pos += 1
            continue
        if code == REST:
            pos = end
            continue
        count = 1
        if steps[pc, IS_ARRAY]:
            if end - pos < 4:
                return SHORT, pos, at
            count = read_number(buf, pos, INT32)
            pos += 4
            if steps[pc, COUNT_TAG] and silent == 0 and at < most:
                column = int64(steps[pc, COUNT_TAG])
                at = _put(events, at, message, column, INT32, spill, max(count, 0), NUMBER, -1)
            if count > end - pos:
                return BAD_COUNT, pos, at
            if count <= 0:
                continue
        if code >= STRUCTURE:
            inner = code - STRUCTURE
            depth = _push(stack, depth, int64(program.begins[inner]), int64(program.ends[inner]), count, -1, -1, silent)
            continue
        if code == SECRET:
            after = pass_string(buf, pos, end)
            if after < 0:
                return SHORT, pos, at
            if tag:
                at = _put(events, at, message, tag, 1, spill, int64(after > pos + 4), NUMBER, -1)
            pos = after
            continue
        if code == EXTENSION_OBJECT:
            after = pass_node_id(buf, pos, end)
            if after < 0 or after >= end:
                return SHORT if after != -2 else BAD_TYPE, pos, at
            known = -1
            if buf[after] == 1 and silent == 0:
                type_id = read_type_id(buf, pos, after)
                if 0 <= type_id < TYPE_IDS:
                    known = int64(program.extensions[type_id])
            if buf[after] == 0:
                pos = after + 1
                continue
            pos = after + 1
            after = pass_string(buf, pos, end)
            if after < 0:
                return SHORT, pos, at
            if known >= 0 and after > pos + 4:
                pos += 4
                depth = _push(
                    stack, depth, int64(program.begins[known]), int64(program.ends[known]), 1, end, -1, silent
                )
                end = after
            else:
                pos = after
            continue
        if code == VARIANT:
            if pos >= end:
                return SHORT, pos, at
            encoding = int64(buf[pos])
            kind, start = encoding & 0x3F, pos
            pos += 1
            if kind == 0:
                if tag:
                    at = _put(events, at, message, tag, 0, spill, start, NULL, -1)
                continue
            if kind > 31:
                return BAD_TYPE, start, at
            if kind > 25:  # §5.2.2.16: reserved, to be read as a byte string
                kind = BYTE_STRING
            if encoding & ARRAY == 0 and (kind < EXTENSION_OBJECT):
                after = pass_plain(buf, pos, end, kind)
                if after < 0:
                    return SHORT if after == -1 else BAD_TYPE, start, at
                if tag:
                    if kind <= DOUBLE or kind in (DATE_TIME, STATUS_CODE):
                        number = read_number(buf, pos, kind)
                        at = _put(events, at, message, tag, kind, spill, number, NUMBER, pos - begin)
                    else:
                        at = _put(events, at, message, tag, kind, spill, start, after - start, -1)
                pos = after
                continue
            opened = -1
            if tag:
                opened = at
                at = _put(events, at, message, tag, kind | encoding & ARRAY, spill, start, 0, -1)
            if encoding & ARRAY:
                if end - pos < 4:
                    return SHORT, pos, at
                count = read_number(buf, pos, INT32)
                pos += 4
                if count > end - pos:
                    return BAD_COUNT, pos, at
            closing = _DIMENSIONS if encoding & 0x40 else _EMPTY
            depth = _push(stack, depth, int64(program.begins[closing]), int64(program.ends[closing]), 1, -1, opened, 1)
            if kind < EXTENSION_OBJECT:
                size = size_fixed(kind)
                if size > 0 and count > 0:
                    if count * size > end - pos:
                        return BAD_COUNT, pos, at
                    pos += count * size
                else:
                    for _ in range(count):
                        after = pass_plain(buf, pos, end, kind)
                        if after < 0:
                            return SHORT if after == -1 else BAD_TYPE, pos, at
                        pos = after
            elif count > 0:
                inner = int64(program.single[kind])
                depth = _push(stack, depth, int64(program.begins[inner]), int64(program.ends[inner]), count, -1, -1, 1)
            continue
        size = size_fixed(code)
        if tag == 0 and size > 0:
            if count * size > end - pos:
                return SHORT if count == 1 else BAD_COUNT, pos, at
            pos += count * size
            continue
        for _ in range(count):
            after = pass_plain(buf, pos, end, code)
            if after < 0:
                return SHORT if after == -1 else BAD_TYPE, pos, at
            if tag and at < most:
                at = _keep_plain(buf, pos, after, code, tag, message, spill, events, at, begin)
            pos = after
    return DONE, pos, at
