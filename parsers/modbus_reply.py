"""Modbus replies to fields: where values lie, counters, exceptions (kernels).

Standard: MODBUS Application Protocol Specification V1.1b3, §6.1 to §6.21 (functions), §7 (exceptions).
"""

from __future__ import annotations

from typing import Any

from parsers.modbus_pdu import (
    BYTE_COUNT,
    COILS,
    EXCEPTION_CODE,
    REGISTERS,
    TRAILING_BYTES,
    TRUNCATED,
    decode_counted,
    decode_diagnostic,
    decode_mask,
    end_at,
    fail,
    is_short,
    keep_rest,
    take_values,
)
from parsers.packet import Bytes, get16
from wanglou.kernel import int64, kernel

_EXCEPTIONS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 11)  # §7; 7 is the older negative acknowledge


@kernel
def decode_exception(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Exception reply: one code (§7)."""
    if is_short(p, pos, end, 1):
        return
    p.exception = buf[pos]
    known = False
    for code in _EXCEPTIONS:
        known |= code == p.exception
    if not known:
        fail(p, EXCEPTION_CODE)
    end_at(p, pos + 1, end)


@kernel
def decode_reply(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Fields of a reply (§6.1 to 6.21)."""
    code = p.function
    if code in (1, 2, 3, 4, 23):
        if is_short(p, pos, end, 1):
            return
        p.byte_count = int64(buf[pos])
        kind = COILS if code in (1, 2) else REGISTERS
        end_at(p, take_values(pos + 1, end, int64(p.byte_count), kind, p), end)
    elif code in (5, 6):
        if is_short(p, pos, end, 2):
            return
        p.address, p.quantity = get16(buf, pos), 1
        if is_short(p, pos + 2, end, 2):
            return
        p.values, p.values_count = pos + 2, 1
        p.values_kind = REGISTERS if code == 6 or get16(buf, pos + 2) not in (0x0000, 0xFF00) else COILS
        end_at(p, pos + 4, end)
    elif code in (15, 16):
        if is_short(p, pos, end, 2):
            return
        p.address = get16(buf, pos)
        if is_short(p, pos + 2, end, 2):
            return
        p.quantity = get16(buf, pos + 2)
        end_at(p, pos + 4, end)
    elif code == 7:
        if is_short(p, pos, end, 1):
            return
        p.first = buf[pos]
        end_at(p, pos + 1, end)
    elif code == 8:
        decode_diagnostic(buf, pos, end, p)
    elif code in (11, 12):
        _decode_event_reply(buf, pos, end, p)
    elif code in (17, 20, 21):
        decode_counted(buf, pos, end, p)
    elif code == 22:
        decode_mask(buf, pos, end, p)
    elif code == 24:
        if is_short(p, pos, end, 4):
            return
        p.byte_count, p.quantity = get16(buf, pos), get16(buf, pos + 2)
        if p.byte_count != 2 + p.quantity * 2:
            fail(p, BYTE_COUNT)
        end_at(p, take_values(pos + 4, end, int64(p.quantity) * 2, REGISTERS, p), end)
    elif code == 43:
        _decode_mei_reply(buf, pos, end, p)
    elif code == 90:
        if is_short(p, pos, end, 2):
            return
        p.first, p.sub = buf[pos], int64(buf[pos + 1])
        keep_rest(p, pos + 2, end)
    else:
        keep_rest(p, pos, end)


@kernel
def _decode_event_reply(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Functions 11 and 12: status, counters, and the event bytes of 12 (§6.9, §6.10)."""
    if p.function == 12:
        if is_short(p, pos, end, 7):
            return
        p.byte_count = int64(buf[pos])
        p.message_count = get16(buf, pos + 5)
        pos += 1
        if p.byte_count != end - pos:
            fail(p, BYTE_COUNT)
    elif is_short(p, pos, end, 4):
        return
    p.status, p.event_count = get16(buf, pos), get16(buf, pos + 2)
    if p.function == 12:
        keep_rest(p, pos + 6, end)
    else:
        end_at(p, pos + 4, end)


@kernel
def _decode_mei_reply(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Function 43: header of a device identification; the objects are kept as bytes (§6.21)."""
    if is_short(p, pos, end, 1):
        return
    p.sub = int64(buf[pos])
    if p.sub != 14:
        keep_rest(p, pos + 1, end)
        return
    if is_short(p, pos + 1, end, 2):
        return
    p.first, p.second = buf[pos + 1], buf[pos + 2]
    if is_short(p, pos + 3, end, 3):
        return
    p.more, p.next_object = buf[pos + 3], buf[pos + 4]
    p.status = int64(buf[pos + 5])  # number of objects
    pos += 6
    keep_rest(p, pos, end)
    for _ in range(p.status):
        if end - pos < 2 or end - pos < 2 + int64(buf[pos + 1]):
            fail(p, TRUNCATED)
            p.malformed = 1
            return
        pos += 2 + int64(buf[pos + 1])
    if pos < end:
        fail(p, TRAILING_BYTES)
