"""Events: what a walk keeps of a body, a value each (kernels)."""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.opcua_builtin import pass_string, read_number
from parsers.opcua_frame import get_u32
from parsers.opcua_program import (
    BYTE_STRING,
    EXPANDED_NODE_ID,
    GUID,
    LOCALIZED_TEXT,
    NODE_ID,
    QUALIFIED_NAME,
    STRING,
    XML_ELEMENT,
)
from parsers.packet import Bytes
from wanglou.kernel import inlined_kernel, int64, kernel

NUMBER, NULL = -2, -1
"""``length`` of an event that is a number, and of one that is null."""

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

_NAMELESS = 6  # bytes of a QualifiedName without a name: namespace and length


@inlined_kernel
def put_event(
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
def keep_plain(
    buf: Bytes, pos: int, end: int, kind: int, tag: int, message: int, spill: int, events: Any, at: int, begin: int
) -> int:
    """Keep a built-in type that lies from ``pos`` to ``end``, in a body from ``begin`` on.

    A QualifiedName without a name and of namespace 0 is null (§5.2.2.13); clients send many.
    """
    if kind == GUID or kind in (NODE_ID, EXPANDED_NODE_ID, QUALIFIED_NAME):
        nameless = kind == QUALIFIED_NAME and end - pos == _NAMELESS and buf[pos] == 0 and buf[pos + 1] == 0
        return put_event(events, at, message, tag, kind, spill, pos, NULL if nameless else end - pos, -1)
    if kind in (STRING, BYTE_STRING, XML_ELEMENT):
        null = get_u32(buf, pos) >= 0x80000000
        return put_event(events, at, message, tag, kind, spill, pos + 4, NULL if null else end - pos - 4, -1)
    if kind == LOCALIZED_TEXT:
        mask = int64(buf[pos])
        start = pos + 1
        if mask & 1:
            start = pass_string(buf, start, end)
        if mask & 2 == 0 or get_u32(buf, start) >= 0x80000000:
            return put_event(events, at, message, tag, kind, spill, pos, NULL, -1)
        return put_event(events, at, message, tag, kind, spill, start + 4, end - start - 4, -1)
    return put_event(events, at, message, tag, kind, spill, read_number(buf, pos, kind), NUMBER, pos - begin)
