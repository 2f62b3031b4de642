"""Modbus requests with their replies: strategies that make valid ones, and what the records must say of them."""

from __future__ import annotations

import struct
from typing import NamedTuple

from hypothesis import strategies as st

from tests.support.conversations import Record

U8, U16 = st.integers(0, 255), st.integers(0, 65535)


class Transaction(NamedTuple):
    """PDUs of a request and its reply, and columns that its record must have."""

    request: bytes
    reply: bytes
    facts: Record


def pack_bits(bits: list[int]) -> bytes:
    """Coils to bytes, the first in the lowest bit (MODBUS Application Protocol V1.1b3 §6.1)."""
    return bytes(sum(bit << k for k, bit in enumerate(bits[at : at + 8])) for at in range(0, len(bits), 8))


def pack_registers(values: list[int]) -> bytes:
    """Registers to bytes."""
    return struct.pack(f"!{len(values)}H", *values)


@st.composite
def draw_read(draw: st.DrawFn) -> Transaction:
    """Functions 1 to 4."""
    code, address = draw(st.integers(1, 4)), draw(st.integers(0, 65000))
    bits = code in (1, 2)
    values = draw(st.lists(st.integers(0, 1) if bits else U16, min_size=1, max_size=125))
    data = pack_bits(values) if bits else pack_registers(values)
    facts = {"request.address": address, "request.quantity": len(values), "response.values": values}
    request = struct.pack("!BHH", code, address, len(values))
    return Transaction(request, bytes([code, len(data)]) + data, {"function.code": code, **facts})


@st.composite
def draw_write(draw: st.DrawFn) -> Transaction:
    """Functions 5, 6, 15 and 16."""
    code, address = draw(st.sampled_from([5, 6, 15, 16])), draw(st.integers(0, 65000))
    facts: Record = {"function.code": code, "request.address": address}
    if code in (5, 6):
        value = draw(st.sampled_from([0, 0xFF00]) if code == 5 else U16)
        pdu = struct.pack("!BHH", code, address, value)
        return Transaction(pdu, pdu, facts | {"request.values": [min(value, 1) if code == 5 else value]})
    values = draw(st.lists(st.integers(0, 1) if code == 15 else U16, min_size=1, max_size=123))
    data = pack_bits(values) if code == 15 else pack_registers(values)
    head = struct.pack("!BHH", code, address, len(values))
    return Transaction(head + bytes([len(data)]) + data, head, facts | {"request.values": values})


@st.composite
def draw_rare(draw: st.DrawFn) -> Transaction:
    """Functions 22 and 23, diagnostics, and exceptions."""
    code = draw(st.sampled_from([8, 22, 23, 0x83]))
    address, one, two = draw(st.integers(0, 65000)), draw(U16), draw(U16)
    if code == 8:
        pdu = struct.pack("!BHH", 8, 0, one)
        return Transaction(pdu, pdu, {"function.code": 8, "diagnostic.code": 0})
    if code == 22:
        pdu = struct.pack("!BHHH", 22, address, one, two)
        return Transaction(pdu, pdu, {"function.code": 22, "request.and_mask": one, "request.or_mask": two})
    if code == 23:
        request = struct.pack("!BHHHHBH", 23, address, 1, address, 1, 2, one)
        facts = {"function.code": 23, "request.values": [one], "response.values": [two]}
        return Transaction(request, struct.pack("!BBH", 23, 2, two), facts)
    facts = {"function.code": 3, "exception.code": 2}
    return Transaction(struct.pack("!BHH", 3, address, 1), bytes([0x83, 2]), facts)


transactions = st.one_of(draw_read(), draw_write(), draw_rare())


def check(record: Record, transaction: Transaction, number: int, unit: int) -> None:
    """Compare a record with the transaction it must tell of."""
    assert record["wanglou.pairing"] == "paired", record
    assert (record["modbus.transaction_id"], record["modbus.unit_id"]) == (number, unit)
    assert {name: record[f"modbus.{name}"] for name in transaction.facts} == transaction.facts
    assert record["error.code"] is None
