"""Modbus messages to fields: header, function, addresses, quantities, where values lie, exceptions (kernel).

Standards: MODBUS Application Protocol Specification V1.1b3 (functions, §6; exceptions, §7); MODBUS Messaging on TCP/IP
Implementation Guide V1.0b (header). Lists of other shapes (file references, event bytes, device objects) are left as
bytes here and decoded once per distinct value in ``parsers.modbus_detail``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.framing import MODBUS
from parsers.message import BROKEN_BY_GAP, STRAY, WHOLE
from parsers.modbus_frame import LENGTH_MAX, MBAP_HEADER
from parsers.network import Bytes, get16
from parsers.pairing import ALONE, ANSWERS, ASKS
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

Numbers = NDArray[np.int64]

_COMMON = (1, 2, 3, 4, 5, 6, 15, 16)  # all their facts are in the main columns
_EXCEPTIONS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 11)  # §7; 7 is the older negative acknowledge


@kernel
def decode_messages(data: Bytes, spill: Bytes, messages: Any, pdus: Any) -> int:
    """Decode every Modbus message into its row of ``pdus``; ``pdus`` and ``messages`` are numbered alike.

    Returns how many have facts beyond the main columns: bytes without a field, or a function that is rare.
    """
    rare = 0
    for i in range(len(messages)):
        m = messages[i]
        p = pdus[i]
        _clear(p)
        buf = data if m.spill == 0 else spill
        pos, end = int64(m.offset), int64(m.offset) + int64(m.length)
        if m.app == MODBUS:
            pos = _decode_header(buf, pos, end, m, p)
        else:
            p.unit = buf[pos]
            pos += 1
            if m.status in (WHOLE, STRAY):
                end -= 2
            else:
                p.error = CRC
                p.malformed = 1
        if m.status == BROKEN_BY_GAP:
            p.error = GAP
            p.malformed = 1
        if p.malformed or pos >= end:
            _keep_rest(p, pos, end)
            rare += 1
            continue
        p.function = int64(buf[pos]) & 0x7F
        if p.function == 0 or (buf[pos] & 0x80 and not m.from_server):  # §4.1: 1 to 127, from 128 on exceptions
            _fail(p, FUNCTION_CODE)
        if buf[pos] & 0x80:
            _decode_exception(buf, pos + 1, end, p)
        elif m.from_server:
            _decode_reply(buf, pos + 1, end, p)
        else:
            _decode_request(buf, pos + 1, end, p)
        if m.status == STRAY:
            _fail(p, SEQUENCE)
        rare += p.rest_length > 0 or p.function not in _COMMON
    return rare


@kernel
def key_messages(
    messages: Any, pdus: Any, keys: Numbers, details: Numbers, ts_ns: Numbers, roles: NDArray[np.uint8]
) -> None:
    """What pairing needs: flow and transaction id as one key, unit and function as detail, time, and role."""
    for i in range(len(messages)):
        m, p = messages[i], pdus[i]
        keys[i] = m.flow_uid * 65_537 + p.transaction
        details[i] = int64(p.unit) * 256 + p.function
        ts_ns[i] = m.ts_ns
        roles[i] = ALONE if p.malformed else (ANSWERS if m.from_server else ASKS)


@kernel
def _clear(p: Any) -> None:
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
def _decode_header(buf: Bytes, pos: int, end: int, m: Any, p: Any) -> int:
    """Read the MBAP header as far as it is there; returns where the PDU begins, or the start when it is cut short."""
    if end - pos >= 2:
        p.transaction = get16(buf, pos)
    if end - pos >= 4:
        p.protocol = get16(buf, pos + 2)
    if end - pos >= MBAP_HEADER:
        p.length = get16(buf, pos + 4)
        if p.length > LENGTH_MAX or p.length < 2:
            p.error = LENGTH
    if end - pos >= MBAP_HEADER + 1:
        p.unit = buf[pos + MBAP_HEADER]
    if m.status not in (WHOLE, STRAY):
        p.malformed = 1
        if p.protocol > 0:
            p.error = PROTOCOL_ID
        elif end - pos < MBAP_HEADER + 2 or end - pos < MBAP_HEADER + p.length:
            p.error = LENGTH if p.error == LENGTH else TRUNCATED
    return pos + MBAP_HEADER + 1 if end - pos > MBAP_HEADER else pos


@kernel
def _fail(p: Any, error: int) -> None:
    """Note the first thing wrong."""
    if p.error == NO_ERROR:
        p.error = error


@kernel
def _keep_rest(p: Any, pos: int, end: int) -> None:
    """Keep bytes that no field holds."""
    if end > pos:
        p.rest = pos
        p.rest_length = end - pos


@kernel
def _is_short(p: Any, pos: int, end: int, size: int) -> bool:
    """True, and the message marked malformed, when fewer than ``size`` bytes are left."""
    if end - pos >= size:
        return False
    _fail(p, TRUNCATED)
    p.malformed = 1
    _keep_rest(p, pos, end)
    return True


@kernel
def _end_at(p: Any, pos: int, end: int) -> None:
    """Everything is read: what is left over should not be there."""
    if end > pos:
        _fail(p, TRAILING_BYTES)
        _keep_rest(p, pos, end)


@kernel
def _decode_exception(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Exception reply: one code (§7)."""
    if _is_short(p, pos, end, 1):
        return
    p.exception = buf[pos]
    known = False
    for code in _EXCEPTIONS:
        known |= code == p.exception
    if not known:
        _fail(p, EXCEPTION_CODE)
    _end_at(p, pos + 1, end)


@kernel
def _take_values(pos: int, end: int, count: int, kind: int, p: Any) -> int:
    """Point at ``count`` bytes of values; fewer than announced is malformed but what is there is kept."""
    there = min(count, end - pos)
    if there < count:
        _fail(p, BYTE_COUNT)
        p.malformed = 1
    p.values = pos
    p.values_kind = kind
    p.values_count = there // 2 if kind == REGISTERS else there * 8
    if kind == REGISTERS and count % 2:
        _fail(p, BYTE_COUNT)
    return int64(pos + there)


@kernel
def _check_range(p: Any, address: int, quantity: int, most: int) -> None:
    """Quantity within the function's bounds, and the range within the 65,536 addresses."""
    if quantity < 1 or quantity > most:
        _fail(p, QUANTITY)
    elif address + quantity > 65_536:
        _fail(p, ADDRESS_RANGE)


@kernel
def _decode_request(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Fields of a request (§6.1 to 6.21)."""
    code = p.function
    if code in (1, 2, 3, 4, 5, 6, 15, 16):
        if _is_short(p, pos, end, 2):
            return
        p.address = get16(buf, pos)
        if _is_short(p, pos + 2, end, 2):
            return
        second = get16(buf, pos + 2)
        pos += 4
        if code in (5, 6):
            p.quantity = 1
            p.values, p.values_count = pos - 2, 1
            p.values_kind = REGISTERS if code == 6 else COILS
            if code == 5 and second not in (0x0000, 0xFF00):
                p.values_kind = REGISTERS
                _fail(p, VALUE)
        else:
            p.quantity = second
            most = 2000 if code in (1, 2) else 125
            if code == 15:
                most = 1968
            elif code == 16:
                most = 123
            _check_range(p, p.address, second, most)
            if code in (15, 16):
                pos = _decode_written(buf, pos, end, COILS if code == 15 else REGISTERS, p)
                if pos < 0:
                    return
        _end_at(p, pos, end)
    elif code in (7, 11, 12, 17):
        _end_at(p, pos, end)
    elif code == 8:
        _decode_diagnostic(buf, pos, end, p)
    elif code in (20, 21):
        _decode_counted(buf, pos, end, p)
    elif code == 22:
        _decode_mask(buf, pos, end, p)
    elif code == 23:
        if _is_short(p, pos, end, 4):
            return
        p.address, p.quantity = get16(buf, pos), get16(buf, pos + 2)
        if _is_short(p, pos + 4, end, 4):
            return
        p.write_address, p.write_quantity = get16(buf, pos + 4), get16(buf, pos + 6)
        _check_range(p, p.address, p.quantity, 125)
        _check_range(p, p.write_address, p.write_quantity, 121)
        pos = _decode_written(buf, pos + 8, end, REGISTERS, p)
        if pos >= 0:
            _end_at(p, pos, end)
    elif code == 24:
        if _is_short(p, pos, end, 2):
            return
        p.address = get16(buf, pos)
        _end_at(p, pos + 2, end)
    elif code == 43:
        _decode_mei_request(buf, pos, end, p)
    elif code == 90:
        if _is_short(p, pos, end, 2):
            return
        p.first, p.sub = buf[pos], int64(buf[pos + 1])
        _keep_rest(p, pos + 2, end)
    else:
        _keep_rest(p, pos, end)


@kernel
def _decode_written(buf: Bytes, pos: int, end: int, kind: int, p: Any) -> int:
    """Byte count and values of a write; -1 when malformed."""
    if _is_short(p, pos, end, 1):
        return -1
    count = int64(buf[pos])
    quantity = int64(p.quantity if p.write_quantity < 0 else p.write_quantity)
    needed = quantity * 2 if kind == REGISTERS else (quantity + 7) // 8
    p.byte_count = count
    pos = _take_values(pos + 1, end, count, kind, p)
    if count != needed:
        _fail(p, BYTE_COUNT)
    p.values_count = min(int64(p.values_count), quantity)
    return pos


@kernel
def _decode_diagnostic(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Function 8: sub-function and data words, alike both ways (§6.8)."""
    if _is_short(p, pos, end, 2):
        return
    p.sub = get16(buf, pos)
    pos += 2
    words = (end - pos) // 2
    p.values, p.values_count, p.values_kind = pos, words, REGISTERS
    if words == 0:
        _fail(p, TRUNCATED)
    if (end - pos) % 2:
        _end_at(p, end - 1, end)


@kernel
def _decode_counted(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """A byte count, then bytes of the function's own layout."""
    if _is_short(p, pos, end, 1):
        return
    p.byte_count = int64(buf[pos])
    if p.byte_count != end - pos - 1:
        _fail(p, BYTE_COUNT)
    _keep_rest(p, pos + 1, end)


@kernel
def _decode_mask(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Function 22: address and both masks, alike both ways (§6.16)."""
    if _is_short(p, pos, end, 2):
        return
    p.address, p.quantity = get16(buf, pos), 1
    if _is_short(p, pos + 2, end, 4):
        return
    p.and_mask, p.or_mask = get16(buf, pos + 2), get16(buf, pos + 4)
    _end_at(p, pos + 6, end)


@kernel
def _decode_mei_request(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Function 43: type of the encapsulated interface, and what device identification asks for (§6.21)."""
    if _is_short(p, pos, end, 1):
        return
    p.sub = int64(buf[pos])
    if p.sub != 14:
        _keep_rest(p, pos + 1, end)
        return
    if _is_short(p, pos + 1, end, 2):
        return
    p.first, p.second = buf[pos + 1], buf[pos + 2]
    _end_at(p, pos + 3, end)


@kernel
def _decode_reply(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Fields of a reply (§6.1 to 6.21)."""
    code = p.function
    if code in (1, 2, 3, 4, 23):
        if _is_short(p, pos, end, 1):
            return
        p.byte_count = int64(buf[pos])
        kind = COILS if code in (1, 2) else REGISTERS
        _end_at(p, _take_values(pos + 1, end, int64(p.byte_count), kind, p), end)
    elif code in (5, 6):
        if _is_short(p, pos, end, 2):
            return
        p.address, p.quantity = get16(buf, pos), 1
        if _is_short(p, pos + 2, end, 2):
            return
        p.values, p.values_count = pos + 2, 1
        p.values_kind = REGISTERS if code == 6 or get16(buf, pos + 2) not in (0x0000, 0xFF00) else COILS
        _end_at(p, pos + 4, end)
    elif code in (15, 16):
        if _is_short(p, pos, end, 2):
            return
        p.address = get16(buf, pos)
        if _is_short(p, pos + 2, end, 2):
            return
        p.quantity = get16(buf, pos + 2)
        _end_at(p, pos + 4, end)
    elif code == 7:
        if _is_short(p, pos, end, 1):
            return
        p.first = buf[pos]
        _end_at(p, pos + 1, end)
    elif code == 8:
        _decode_diagnostic(buf, pos, end, p)
    elif code in (11, 12):
        _decode_event_reply(buf, pos, end, p)
    elif code in (17, 20, 21):
        _decode_counted(buf, pos, end, p)
    elif code == 22:
        _decode_mask(buf, pos, end, p)
    elif code == 24:
        if _is_short(p, pos, end, 4):
            return
        p.byte_count, p.quantity = get16(buf, pos), get16(buf, pos + 2)
        if p.byte_count != 2 + p.quantity * 2:
            _fail(p, BYTE_COUNT)
        _end_at(p, _take_values(pos + 4, end, int64(p.quantity) * 2, REGISTERS, p), end)
    elif code == 43:
        _decode_mei_reply(buf, pos, end, p)
    elif code == 90:
        if _is_short(p, pos, end, 2):
            return
        p.first, p.sub = buf[pos], int64(buf[pos + 1])
        _keep_rest(p, pos + 2, end)
    else:
        _keep_rest(p, pos, end)


@kernel
def _decode_event_reply(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Functions 11 and 12: status, counters, and the event bytes of 12 (§6.9, §6.10)."""
    if p.function == 12:
        if _is_short(p, pos, end, 7):
            return
        p.byte_count = int64(buf[pos])
        p.message_count = get16(buf, pos + 5)
        pos += 1
        if p.byte_count != end - pos:
            _fail(p, BYTE_COUNT)
    elif _is_short(p, pos, end, 4):
        return
    p.status, p.event_count = get16(buf, pos), get16(buf, pos + 2)
    if p.function == 12:
        _keep_rest(p, pos + 6, end)
    else:
        _end_at(p, pos + 4, end)


@kernel
def _decode_mei_reply(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Function 43: header of a device identification; the objects are kept as bytes (§6.21)."""
    if _is_short(p, pos, end, 1):
        return
    p.sub = int64(buf[pos])
    if p.sub != 14:
        _keep_rest(p, pos + 1, end)
        return
    if _is_short(p, pos + 1, end, 2):
        return
    p.first, p.second = buf[pos + 1], buf[pos + 2]
    if _is_short(p, pos + 3, end, 3):
        return
    p.more, p.next_object = buf[pos + 3], buf[pos + 4]
    p.status = int64(buf[pos + 5])  # number of objects
    pos += 6
    _keep_rest(p, pos, end)
    for _ in range(p.status):
        if end - pos < 2 or end - pos < 2 + int64(buf[pos + 1]):
            _fail(p, TRUNCATED)
            p.malformed = 1
            return
        pos += 2 + int64(buf[pos + 1])
    if pos < end:
        _fail(p, TRAILING_BYTES)
