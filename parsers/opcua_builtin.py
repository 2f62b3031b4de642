"""Values of built-in types: their sizes, their numbers, and where they end (kernels).

Standard: OPC 10000-6 (1.05), §5.2.2 (binary encoding of built-in types). Lengths are held against the bytes left.
"""

from __future__ import annotations

from parsers.opcua_frame import get_u32
from parsers.opcua_program import (
    BYTE,
    DATE_TIME,
    DOUBLE,
    EXPANDED_NODE_ID,
    FLOAT,
    GUID,
    INT16,
    INT32,
    INT64,
    LOCALIZED_TEXT,
    NODE_ID,
    QUALIFIED_NAME,
    SBYTE,
    STATUS_CODE,
    UINT16,
    UINT32,
    UINT64,
)
from parsers.packet import Bytes
from wanglou.kernel import int64, kernel


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
