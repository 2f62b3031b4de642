"""Modbus requests to fields: addresses, quantities, where written values lie (kernels).

Standard: MODBUS Application Protocol Specification V1.1b3, §6.1 to §6.21.
"""

from __future__ import annotations

from typing import Any

from parsers.modbus_pdu import (
    ADDRESS_RANGE,
    BYTE_COUNT,
    COILS,
    QUANTITY,
    REGISTERS,
    VALUE,
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


@kernel
def decode_request(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Fields of a request (§6.1 to 6.21)."""
    code = p.function
    if code in (1, 2, 3, 4, 5, 6, 15, 16):
        if is_short(p, pos, end, 2):
            return
        p.address = get16(buf, pos)
        if is_short(p, pos + 2, end, 2):
            return
        second = get16(buf, pos + 2)
        pos += 4
        if code in (5, 6):
            p.quantity = 1
            p.values, p.values_count = pos - 2, 1
            p.values_kind = REGISTERS if code == 6 else COILS
            if code == 5 and second not in (0x0000, 0xFF00):
                p.values_kind = REGISTERS
                fail(p, VALUE)
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
        end_at(p, pos, end)
    elif code in (7, 11, 12, 17):
        end_at(p, pos, end)
    elif code == 8:
        decode_diagnostic(buf, pos, end, p)
    elif code in (20, 21):
        decode_counted(buf, pos, end, p)
    elif code == 22:
        decode_mask(buf, pos, end, p)
    elif code == 23:
        if is_short(p, pos, end, 4):
            return
        p.address, p.quantity = get16(buf, pos), get16(buf, pos + 2)
        if is_short(p, pos + 4, end, 4):
            return
        p.write_address, p.write_quantity = get16(buf, pos + 4), get16(buf, pos + 6)
        _check_range(p, p.address, p.quantity, 125)
        _check_range(p, p.write_address, p.write_quantity, 121)
        pos = _decode_written(buf, pos + 8, end, REGISTERS, p)
        if pos >= 0:
            end_at(p, pos, end)
    elif code == 24:
        if is_short(p, pos, end, 2):
            return
        p.address = get16(buf, pos)
        end_at(p, pos + 2, end)
    elif code == 43:
        _decode_mei_request(buf, pos, end, p)
    elif code == 90:
        if is_short(p, pos, end, 2):
            return
        p.first, p.sub = buf[pos], int64(buf[pos + 1])
        keep_rest(p, pos + 2, end)
    else:
        keep_rest(p, pos, end)


@kernel
def _check_range(p: Any, address: int, quantity: int, most: int) -> None:
    """Quantity within the function's bounds, and the range within the 65,536 addresses."""
    if quantity < 1 or quantity > most:
        fail(p, QUANTITY)
    elif address + quantity > 65_536:
        fail(p, ADDRESS_RANGE)


@kernel
def _decode_written(buf: Bytes, pos: int, end: int, kind: int, p: Any) -> int:
    """Byte count and values of a write; -1 when malformed."""
    if is_short(p, pos, end, 1):
        return -1
    count = int64(buf[pos])
    quantity = int64(p.quantity if p.write_quantity < 0 else p.write_quantity)
    needed = quantity * 2 if kind == REGISTERS else (quantity + 7) // 8
    p.byte_count = count
    pos = take_values(pos + 1, end, count, kind, p)
    if count != needed:
        fail(p, BYTE_COUNT)
    p.values_count = min(int64(p.values_count), quantity)
    return pos


@kernel
def _decode_mei_request(buf: Bytes, pos: int, end: int, p: Any) -> None:
    """Function 43: type of the encapsulated interface, and what device identification asks for (§6.21)."""
    if is_short(p, pos, end, 1):
        return
    p.sub = int64(buf[pos])
    if p.sub != 14:
        keep_rest(p, pos + 1, end)
        return
    if is_short(p, pos + 1, end, 2):
        return
    p.first, p.second = buf[pos + 1], buf[pos + 2]
    end_at(p, pos + 3, end)
