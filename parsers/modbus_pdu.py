"""A Modbus PDU: its fields, what can be wrong with it, and the steps its functions share (kernels).

Standard: MODBUS Application Protocol Specification V1.1b3. Functions whose fields are alike both ways are here; the
others are in ``parsers.modbus_request`` and ``parsers.modbus_reply``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parsers.packet import Bytes, get16
from wanglou.kernel import int64, kernel

# What can be wrong; the first that applies is reported. Order is the column's dictionary (ERRORS).
(
    NO_ERROR, TRUNCATED, TRAILING_BYTES, BYTE_COUNT, PROTOCOL_ID, LENGTH, QUANTITY, VALUE, ADDRESS_RANGE, CRC, GAP,
    FUNCTION_MISMATCH, UNIT_MISMATCH, RESPONSE_MISMATCH, QUANTITY_MISMATCH, DUPLICATE_TRANSACTION, EXCEPTION_CODE,
    FUNCTION_CODE, SEQUENCE,
) = range(19)  # fmt: skip
ERRORS = (
    "", "truncated", "trailing_bytes", "byte_count", "protocol_id", "length", "quantity", "value", "address_range",
    "crc", "gap", "function_mismatch", "unit_mismatch", "response_mismatch", "quantity_mismatch",
    "duplicate_transaction_id", "exception_code", "function_code", "sequence",
)  # fmt: skip

REGISTERS, COILS = 1, 2  # what ``values`` holds

PDU = np.dtype(
    [
        ("values", "i8"),  # where the values begin
        ("rest", "i8"),  # where bytes without a field begin
        ("values_count", "i4"),
        ("rest_length", "i4"),
        ("transaction", "i4"),  # -1 in every number: the message has no such field
        ("protocol", "i4"),
        ("length", "i4"),
        ("address", "i4"),
        ("quantity", "i4"),
        ("byte_count", "i4"),
        ("write_address", "i4"),
        ("write_quantity", "i4"),
        ("and_mask", "i4"),
        ("or_mask", "i4"),
        ("sub", "i4"),  # sub-function (8), MEI type (43), UMAS function or answer (90)
        ("status", "i4"),
        ("event_count", "i4"),
        ("message_count", "i4"),
        ("unit", "i2"),
        ("function", "i2"),
        ("exception", "i2"),
        ("first", "i2"),  # exception status (7), read code (43), session (90)
        ("second", "i2"),  # object id or conformity level (43)
        ("more", "i2"),
        ("next_object", "i2"),
        ("values_kind", "u1"),
        ("error", "u1"),
        ("malformed", "u1"),
    ],
    align=True,
)


@kernel
def clear(p: Any) -> None:
    """No field is there yet."""
    p.values = 0
    p.rest = 0
    p.values_count = 0
    p.rest_length = 0
    p.transaction = p.protocol = p.length = -1
    p.address = p.quantity = p.byte_count = -1
    p.write_address = p.write_quantity = -1
    p.and_mask = p.or_mask = -1
    p.sub = p.status = p.event_count = p.message_count = -1
    p.unit = p.function = p.exception = -1
    p.first = p.second = p.more = p.next_object = -1
    p.values_kind = 0
    p.error = NO_ERROR
    p.malformed = 0


@kernel
def fail(p: Any, error: int) -> None:
    """Note the first thing wrong."""
    if p.error == NO_ERROR:
        p.error = error


@kernel
def keep_rest(p: Any, pos: int, end: int) -> None:
    """Keep bytes that no field holds."""
    if end > pos:
        p.rest = pos
        p.rest_length = end - pos


@kernel
def is_short(p: Any, pos: int, end: int, size: int) -> bool:
    """True, and the message marked malformed, when fewer than ``size`` bytes are left."""
    if end - pos >= size:
        return False
    fail(p, TRUNCATED)
    p.malformed = 1
    keep_rest(p, pos, end)
    return True


@kernel
def end_at(p: Any, pos: int, end: int) -> None:
    """Everything is read: what is left over should not be there."""
    if end > pos:
        fail(p, TRAILING_BYTES)
        keep_rest(p, pos, end)


@kernel
def take_values(pos: int, end: int, count: int, kind: int, p: Any) -> int:
    """Point at ``count`` bytes of values; fewer than announced is malformed but what is there is kept."""
    there = min(count, end - pos)
    if there < count:
        fail(p, BYTE_COUNT)
        p.malformed = 1
    p.values = pos
    p.values_kind = kind
    p.values_count = there // 2 if kind == REGISTERS else there * 8
    if kind == REGISTERS and count % 2:
        fail(p, BYTE_COUNT)
    return int64(pos + there)


@kernel
def decode_diagnostic(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Function 8: sub-function and data words, alike both ways (§6.8)."""
    if is_short(p, pos, end, 2):
        return
    p.sub = get16(buf, pos)
    pos += 2
    words = (end - pos) // 2
    p.values, p.values_count, p.values_kind = pos, words, REGISTERS
    if words == 0:
        fail(p, TRUNCATED)
    if (end - pos) % 2:
        end_at(p, end - 1, end)


@kernel
def decode_counted(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """A byte count, then bytes of the function's own layout."""
    if is_short(p, pos, end, 1):
        return
    p.byte_count = int64(buf[pos])
    if p.byte_count != end - pos - 1:
        fail(p, BYTE_COUNT)
    keep_rest(p, pos + 1, end)


@kernel
def decode_mask(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Function 22: address and both masks, alike both ways (§6.16)."""
    if is_short(p, pos, end, 2):
        return
    p.address, p.quantity = get16(buf, pos), 1
    if is_short(p, pos + 2, end, 4):
        return
    p.and_mask, p.or_mask = get16(buf, pos + 2), get16(buf, pos + 4)
    end_at(p, pos + 6, end)
