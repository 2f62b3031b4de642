"""Paired Modbus messages to the columns of the table, as plain arrays (kernel).

In the number arrays -1 stands for null; lists are offsets over one flat array of values.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.modbus_pdu import (
    COILS,
    DUPLICATE_TRANSACTION,
    FUNCTION_MISMATCH,
    NO_ERROR,
    QUANTITY_MISMATCH,
    REGISTERS,
    RESPONSE_MISMATCH,
    UNIT_MISMATCH,
)
from parsers.packet import Bytes, get16
from parsers.pairing import Pairs
from parsers.protocol import MODBUS
from wanglou.kernel import int64, kernel

PAIRED, NO_RESPONSE, NO_REQUEST, MALFORMED = range(4)
PAIRINGS = ("paired", "no_response", "no_request", "malformed")
UNKNOWN, SUCCESS, FAILURE = range(3)
OUTCOMES = ("unknown", "success", "failure")


class Rows(NamedTuple):
    """Columns of ``n`` records; every array has n entries but the flat ones."""

    ts_ns: NDArray[np.int64]
    duration: NDArray[np.int64]
    packet: NDArray[np.int64]
    packet_end: NDArray[np.int64]
    pdu: NDArray[np.int64]
    conversation: NDArray[np.int32]
    pairing: NDArray[np.int32]
    outcome: NDArray[np.int32]
    error: NDArray[np.int32]
    framing: NDArray[np.int32]
    function: NDArray[np.int32]
    exception: NDArray[np.int32]
    transaction: NDArray[np.int32]
    protocol: NDArray[np.int32]
    unit: NDArray[np.int32]
    request_length: NDArray[np.int32]
    response_length: NDArray[np.int32]
    address: NDArray[np.int32]
    end_address: NDArray[np.int32]
    quantity: NDArray[np.int32]
    request_byte_count: NDArray[np.int32]
    response_unit: NDArray[np.int32]
    response_function: NDArray[np.int32]
    response_address: NDArray[np.int32]
    response_quantity: NDArray[np.int32]
    response_byte_count: NDArray[np.int32]
    request_offsets: NDArray[np.int32]
    """int32[n + 1]: where each record's written values begin in ``request_values``."""
    response_offsets: NDArray[np.int32]
    request_values: NDArray[np.uint16]
    response_values: NDArray[np.uint16]


def fill_rows(data: Bytes, spill: Bytes, messages: Any, pdus: Any, pairs: Pairs) -> Rows:
    """Lay the pairs out as columns."""
    n = len(pairs.request)
    values = int(pdus["values_count"].sum()) if n else 0
    longs, numbers = [np.empty(n, dtype=np.int64) for _ in range(5)], [np.empty(n, dtype=np.int32) for _ in range(21)]
    offsets = [np.zeros(n + 1, dtype=np.int32) for _ in range(2)]
    flat: list[Any] = [np.empty(values, dtype=np.uint16) for _ in range(2)]
    rows = Rows(*[*longs, *numbers, *offsets, *flat])
    _fill(data, spill, messages, pdus, pairs.request, pairs.reply, pairs.duplicate, rows)
    return rows


@kernel
def _fill(
    data: Bytes, spill: Bytes, messages: Any, pdus: Any, request: NDArray[np.int32], reply: NDArray[np.int32],
    duplicate: NDArray[np.bool_], rows: Rows,
) -> None:  # fmt: skip
    """One record a turn; a malformed message stands as request or reply by its side."""
    written, read = 0, 0
    for k in range(len(request)):
        asked, answered = int64(request[k]), int64(reply[k])
        if asked >= 0 and answered < 0 and messages[asked].from_server:
            asked, answered = int64(-1), asked
        first = asked if asked >= 0 else answered
        last = answered if answered >= 0 else asked
        m, p = messages[first], pdus[first]
        end, q = messages[last], pdus[last]
        rows.ts_ns[k] = m.ts_ns
        rows.duration[k] = end.end_ns - m.ts_ns if asked >= 0 and answered >= 0 else -1
        rows.packet[k] = m.packet
        rows.packet_end[k] = max(end.packet_end, m.packet_end)
        rows.pdu[k] = m.pdu
        rows.conversation[k] = m.conversation
        rows.framing[k] = 0 if m.app == MODBUS else 1
        rows.function[k] = p.function
        rows.transaction[k] = p.transaction
        rows.protocol[k] = p.protocol
        rows.unit[k] = p.unit
        pairing = PAIRED
        if p.malformed and asked != answered and (asked < 0 or answered < 0):
            pairing = MALFORMED
        elif asked < 0:
            pairing = NO_REQUEST
        elif answered < 0:
            pairing = NO_RESPONSE
        rows.pairing[k] = pairing
        rows.exception[k] = q.exception
        rows.outcome[k] = UNKNOWN
        if answered >= 0 and q.exception >= 0:
            rows.outcome[k] = FAILURE
        elif answered >= 0 and not q.malformed:
            rows.outcome[k] = SUCCESS
        error = int64(p.error)
        if error == NO_ERROR:
            error = int64(q.error)
        if error == NO_ERROR and asked >= 0 and answered >= 0:
            error = _compare(data, spill, m, p, end, q)
        if error == NO_ERROR and duplicate[k]:
            error = DUPLICATE_TRANSACTION
        rows.error[k] = error
        written = _fill_request(data, spill, m, p, asked >= 0, rows, k, written)
        read = _fill_reply(data, spill, end, q, p, asked >= 0, answered >= 0, rows, k, read)


@kernel
def _fill_request(data: Bytes, spill: Bytes, m: Any, p: Any, there: bool, rows: Rows, k: int, written: int) -> int:
    """Columns of the request; returns where the next record's values begin."""
    rows.request_length[k] = p.length if there else -1
    rows.address[k] = p.address if there else -1
    rows.end_address[k] = p.address + p.quantity - 1 if there and p.address >= 0 and p.quantity > 0 else -1
    rows.quantity[k] = p.quantity if there and p.function not in (5, 6, 22) else -1
    rows.request_byte_count[k] = p.byte_count if there else -1
    if there:
        buf = data if m.spill == 0 else spill
        written = _unpack(buf, int64(p.values), int64(p.values_count), p.values_kind, rows.request_values, written)
    rows.request_offsets[k + 1] = written
    return written


@kernel
def _fill_reply(
    data: Bytes, spill: Bytes, m: Any, q: Any, p: Any, asked: bool, there: bool, rows: Rows, k: int, read: int
) -> int:
    """Columns of the reply; coils beyond the quantity asked for are padding."""
    rows.response_length[k] = q.length if there else -1
    rows.response_unit[k] = q.unit if asked and there and q.unit != p.unit else -1
    rows.response_function[k] = q.function if asked and there and q.function != p.function else -1
    rows.response_address[k] = q.address if there else -1
    rows.response_quantity[k] = q.quantity if there and q.function not in (5, 6, 22) else -1
    rows.response_byte_count[k] = q.byte_count if there else -1
    if there:
        count = int64(q.values_count)
        if asked and q.values_kind == COILS and q.function in (1, 2) and p.quantity > 0:
            count = min(count, int64(p.quantity))
        buf = data if m.spill == 0 else spill
        read = _unpack(buf, int64(q.values), count, q.values_kind, rows.response_values, read)
    rows.response_offsets[k + 1] = read
    return read


@kernel
def _unpack(buf: Bytes, pos: int, count: int, kind: int, out: NDArray[np.uint16], at: int) -> int:
    """Registers as numbers, coils as 0 and 1, the first coil in the lowest bit (V1.1b3 §6.1)."""
    if kind == REGISTERS:
        for k in range(count):
            out[at + k] = get16(buf, pos + 2 * k)
    elif kind == COILS:
        for k in range(count):
            out[at + k] = int64(buf[pos + (k >> 3)]) >> (k & 7) & 1
    else:
        return at
    return at + count


@kernel
def count_functions(rows: Rows, functions: NDArray[np.int64], refused: NDArray[np.int64]) -> None:
    """Add records by function code, those with an exception in ``refused`` too; int64[128], as codes have 7 bits."""
    for k in range(len(rows.function)):
        if rows.function[k] >= 0:
            functions[rows.function[k]] += 1
            if rows.exception[k] >= 0:
                refused[rows.function[k]] += 1


@kernel
def _compare(data: Bytes, spill: Bytes, m: Any, p: Any, end: Any, q: Any) -> int:
    """What in the reply does not fit its request; NO_ERROR when all does."""
    if p.function != q.function:
        return FUNCTION_MISMATCH
    if p.unit != q.unit:
        return UNIT_MISMATCH
    if q.exception >= 0:
        return NO_ERROR
    code = p.function
    if code in (1, 2):
        return NO_ERROR if q.byte_count == (p.quantity + 7) // 8 else QUANTITY_MISMATCH
    if code in (3, 4, 23):
        return NO_ERROR if q.byte_count == 2 * p.quantity else QUANTITY_MISMATCH
    if code in (15, 16):
        return NO_ERROR if p.address == q.address and p.quantity == q.quantity else RESPONSE_MISMATCH
    if code == 22:
        return (
            NO_ERROR
            if p.address == q.address and p.and_mask == q.and_mask and p.or_mask == q.or_mask
            else (RESPONSE_MISMATCH)
        )
    if code in (5, 6):
        near = data if m.spill == 0 else spill
        far = data if end.spill == 0 else spill
        same = get16(near, int64(p.values)) == get16(far, int64(q.values))
        return NO_ERROR if p.address == q.address and same else RESPONSE_MISMATCH
    if code == 8:
        return NO_ERROR if p.sub == q.sub else RESPONSE_MISMATCH
    return NO_ERROR
