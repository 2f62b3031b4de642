"""Walk a body by the program of its type and keep what has a column, as a list of events (kernels).

Standard: OPC 10000-6 (1.05), §5.2 (binary encoding). Nothing is trusted: lengths and counts are held against the bytes
left, depth, steps and events have bounds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.opcua_builtin import pass_node_id, pass_plain, pass_string, read_number, size_fixed
from parsers.opcua_event import NULL, NUMBER, keep_plain, put_event
from parsers.opcua_frame import read_type_id
from parsers.opcua_program import (
    ALWAYS,
    BIT,
    BYTE_STRING,
    CODE,
    CONSTANT,
    COUNT_TAG,
    DATE_TIME,
    DOUBLE,
    EXTENSION_OBJECT,
    INT32,
    IS_ARRAY,
    MASK,
    REST,
    SECRET,
    STATUS_CODE,
    STRUCTURE,
    STRUCTURE_NUMBERS,
    TAG,
    TYPE_IDS,
    VARIANT,
    Program,
)
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel

DEPTH = 128
"""Structures inside one another; §5.1.6 and §5.2.2.12 ask decoders for 100 levels at least."""
STEPS_MAX = 4_000_000
"""Steps spent on one message."""
EVENTS_MAX = 8_192
"""Values kept of one message; more are counted and passed over."""

ARRAY = 0x80
"""Set in ``kind`` of a Variant that holds an array."""

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

_EMPTY = STRUCTURE_NUMBERS[""]
_DIMENSIONS = STRUCTURE_NUMBERS["Dimensions"]


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
                at = put_event(events, at, message, tag, INT32, spill, bit, NUMBER, -1)
            continue
        if bit and f.bits & bit == 0:
            if tag and steps[pc, ALWAYS]:
                at = put_event(events, at, message, tag, 0, spill, pos, NULL, -1)
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
                at = put_event(events, at, message, column, INT32, spill, max(count, 0), NUMBER, -1)
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
                at = put_event(events, at, message, tag, 1, spill, int64(after > pos + 4), NUMBER, -1)
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
                    at = put_event(events, at, message, tag, 0, spill, start, NULL, -1)
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
                        at = put_event(events, at, message, tag, kind, spill, number, NUMBER, pos - begin)
                    else:
                        at = put_event(events, at, message, tag, kind, spill, start, after - start, -1)
                pos = after
                continue
            opened = -1
            if tag:
                opened = at
                at = put_event(events, at, message, tag, kind | encoding & ARRAY, spill, start, 0, -1)
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
                at = keep_plain(buf, pos, after, code, tag, message, spill, events, at, begin)
            pos = after
    return DONE, pos, at
