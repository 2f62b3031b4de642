"""Lists in Handle bodies: indexes, strings, values with their references (kernels).

Standard: RFC 3652 §2.1.4 (a count of four bytes, then the items); RFC 3651 §3.1 (values), in the order in which
implementations send their fields. Counts are checked against the bytes left before anything is read.
"""

from __future__ import annotations

from typing import Any

from parsers.handle_pdu import (
    COUNT,
    ITEMS,
    MOST_ITEMS,
    TRUNCATED,
    VALUE_BYTES,
    VALUES,
    Pools,
    fail,
    measure_text,
    take_number,
)
from parsers.packet import Bytes, get32
from wanglou.kernel import int64, kernel


@kernel
def take_count(buf: Bytes, pos: int, end: int, least: int, p: Any) -> int:
    """Count of a list whose items have at least ``least`` bytes: no more than can be there, and -1 when it is not.

    A count that announces more than can be there marks the message; the items that are there are still read.
    """
    count = take_number(buf, pos, end, p)
    if count < 0:
        return -1
    p.said = count
    most = (end - pos - 4) // least
    if count > most:
        fail(p, COUNT)
        return most
    return count


@kernel
def put_item(pools: Pools, offset: int, length: int, spill: int, index: int) -> None:
    """Append an item."""
    item = pools.items[pools.used[ITEMS]]
    item.offset, item.length, item.spill, item.index = offset, length, spill, index
    pools.used[ITEMS] += 1


@kernel
def take_indexes(buf: Bytes, pos: int, end: int, p: Any, pools: Pools) -> int:
    """List of indexes into the pool; gives where it ends, -1 when it is cut short."""
    count = take_count(buf, pos, end, 4, p)
    if count < 0:
        return -1
    kept = min(count, MOST_ITEMS)
    p.first_index, p.indexes = pools.used[ITEMS], kept
    for k in range(kept):
        put_item(pools, pos, -1, 0, get32(buf, pos + 4 + 4 * k))
    p.passed += count - kept
    return pos + 4 + 4 * count


@kernel
def take_texts(buf: Bytes, pos: int, end: int, p: Any, pools: Pools) -> int:
    """List of strings into the pool; gives where it ends, -1 when it is cut short."""
    count = take_count(buf, pos, end, 4, p)
    if count < 0:
        return -1
    p.first_text = pools.used[ITEMS]
    pos += 4
    for k in range(count):
        length = measure_text(buf, pos, end, p)
        if length < 0:
            return -1
        if k < MOST_ITEMS:
            put_item(pools, pos + 4, length, p.spill, -1)
            p.texts += 1
        else:
            p.passed += 1
        pos += 4 + length
    return pos


@kernel
def take_values(buf: Bytes, pos: int, end: int, p: Any, pools: Pools) -> int:
    """List of handle values into the pool; gives where it ends, -1 when it is cut short."""
    count = take_count(buf, pos, end, VALUE_BYTES, p)
    if count < 0:
        return -1
    said = p.said
    p.first_value, p.first_reference = pools.used[VALUES], pools.used[ITEMS]
    pos += 4
    for k in range(count):
        pos = _take_value(buf, pos, end, p, pools, k < MOST_ITEMS)
        if pos < 0:
            break
    p.said = said
    return pos


@kernel
def _take_value(buf: Bytes, pos: int, end: int, p: Any, pools: Pools, kept: bool) -> int:
    """One value: index, timestamp, TTL type, TTL, permissions, type, data, references."""
    if end - pos < VALUE_BYTES:
        return fail(p, TRUNCATED)
    type_length = measure_text(buf, pos + 14, end, p)
    if type_length < 0:
        return -1
    data = pos + 18 + type_length
    data_length = measure_text(buf, data, end, p)
    if data_length < 0:
        return -1
    if kept:
        value = pools.values[pools.used[VALUES]]
        value.index, value.ts_s = get32(buf, pos), get32(buf, pos + 4)
        value.ttl_type, value.ttl, value.permissions = int64(buf[pos + 8]), get32(buf, pos + 9), int64(buf[pos + 13])
        value.offset, value.length, value.spill = pos + 14, 8 + type_length + data_length, p.spill
        pools.used[VALUES] += 1
        p.values_count += 1
    else:
        p.passed += 1
    before = int64(p.references)
    pos = _take_references(buf, data + 4 + data_length, end, p, pools)
    if kept:
        pools.values[pools.used[VALUES] - 1].references = p.references - before
    return pos


@kernel
def _take_references(buf: Bytes, pos: int, end: int, p: Any, pools: Pools) -> int:
    """References of a value: handle and index each (RFC 3651 §3.1)."""
    count = take_count(buf, pos, end, 8, p)
    if count < 0:
        return -1
    pos += 4
    for _ in range(count):
        length = measure_text(buf, pos, end, p)
        if length < 0 or end - pos - 4 - length < 4:
            return fail(p, TRUNCATED)
        if p.references < MOST_ITEMS:
            put_item(pools, pos + 4, length, p.spill, get32(buf, pos + 4 + length))
            p.references += 1
        else:
            p.passed += 1
        pos += 8 + length
    return pos
