"""Byte vectors of the MODBUS Application Protocol Specification V1.1b3, and what is wrong with others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.modbus_pdu import ERRORS
from tests.support.conversations import Connection, dissect, exchange, mbap

# fmt: off
VECTORS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("6.1 read coils", "01 0013 0013", "01 03 CD 6B 05", {
        "function.name": "read_coils", "function.category": "read", "request.address": 19, "request.quantity": 19,
        "request.end_address": 37, "response.byte_count": 3,
        "response.values": [1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1]}),
    ("6.2 read discrete inputs", "02 00C4 0016", "02 03 AC DB 35", {
        "function.name": "read_discrete_inputs", "request.address": 196, "request.quantity": 22,
        "response.values": [0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1]}),
    ("6.3 read holding registers", "03 006B 0003", "03 06 022B 0000 0064", {
        "function.name": "read_holding_registers", "request.address": 107, "request.end_address": 109,
        "response.byte_count": 6, "response.values": [555, 0, 100]}),
    ("6.4 read input registers", "04 0008 0001", "04 02 000A", {
        "function.name": "read_input_registers", "request.address": 8, "response.values": [10]}),
    ("6.5 write single coil", "05 00AC FF00", "05 00AC FF00", {
        "function.name": "write_single_coil", "function.category": "write", "request.address": 172,
        "request.end_address": 172, "request.values": [1], "response.address": 172, "response.values": [1],
        "request.quantity": None}),
    ("6.6 write single register", "06 0001 0003", "06 0001 0003", {
        "function.name": "write_single_register", "request.values": [3], "response.values": [3]}),
    ("6.7 read exception status", "07", "07 6D", {
        "function.name": "read_exception_status", "function.category": "diagnostic",
        "response.exception_status": 0x6D}),
    ("6.8 diagnostics", "08 0000 A537", "08 0000 A537", {
        "function.name": "diagnostics", "diagnostic.code": 0, "diagnostic.name": "return_query_data",
        "request.values": [0xA537], "response.values": [0xA537]}),
    ("6.9 get comm event counter", "0B", "0B FFFF 0108", {
        "function.name": "get_comm_event_counter", "response.status": 0xFFFF, "response.event_count": 264}),
    ("6.10 get comm event log", "0C", "0C 08 0000 0108 0121 20 00", {
        "function.name": "get_comm_event_log", "response.status": 0, "response.event_count": 264,
        "response.message_count": 289, "response.events": [0x20, 0]}),
    ("6.11 write multiple coils", "0F 0013 000A 02 CD01", "0F 0013 000A", {
        "function.name": "write_multiple_coils", "request.address": 19, "request.end_address": 28,
        "request.quantity": 10, "request.values": [1, 0, 1, 1, 0, 0, 1, 1, 1, 0], "response.quantity": 10}),
    ("6.12 write multiple registers", "10 0001 0002 04 000A 0102", "10 0001 0002", {
        "function.name": "write_multiple_registers", "request.values": [10, 258], "request.byte_count": 4,
        "response.address": 1, "response.quantity": 2}),
    ("6.13 report server id", "11", "11 05 12 FF 414243", {
        "function.name": "report_server_id", "function.category": "identification", "response.run_indicator": 255,
        "response.server_id": "12ff414243"}),
    ("6.14 read file record", "14 0E 06 0004 0001 0002 06 0003 0009 0002", "14 0C 05 06 0DFE 0020 05 06 33CD 0040", {
        "function.name": "read_file_record", "function.category": "file", "file.reference_types": [6, 6],
        "file.numbers": [4, 3], "file.records": [1, 9], "file.lengths": [2, 2], "response.byte_count": 12,
        "response.data": "05060dfe0020050633cd0040", "request.data": None}),
    ("6.15 write file record", "15 0D 06 0004 0007 0003 06AF 04BE 100D", "15 0D 06 0004 0007 0003 06AF 04BE 100D", {
        "function.name": "write_file_record", "file.numbers": [4], "file.records": [7], "file.lengths": [3],
        "request.data": "0600040007000306af04be100d", "response.data": None}),
    ("6.16 mask write register", "16 0004 00F2 0025", "16 0004 00F2 0025", {
        "function.name": "mask_write_register", "function.category": "write", "request.address": 4,
        "request.and_mask": 0xF2, "request.or_mask": 0x25, "response.and_mask": 0xF2, "response.or_mask": 0x25}),
    ("6.17 read/write multiple registers", "17 0003 0006 000E 0003 06 00FF 00FF 00FF",
     "17 0C 00FE 0ACD 0001 0003 000D 00FF", {
        "function.category": "read_write", "request.address": 3, "request.quantity": 6, "request.write.address": 14,
        "request.write.quantity": 3, "request.values": [255, 255, 255],
        "response.values": [254, 2765, 1, 3, 13, 255]}),
    ("6.18 read FIFO queue", "18 04DE", "18 0006 0002 01B8 1284", {
        "function.name": "read_fifo_queue", "request.address": 0x4DE, "response.byte_count": 6,
        "response.quantity": 2, "response.values": [440, 4740]}),
    ("6.20 CANopen general reference", "2B 0D 0102", "2B 0D 0304", {
        "function.name": "encapsulated_interface_transport", "mei.type": 13, "request.data": "0102",
        "response.data": "0304"}),
    ("6.21 read device identification", "2B 0E 01 00", "2B 0E 01 01 00 00 03 0003414243 01025858 020556322E3131", {
        "mei.type": 14, "device_id.read_code": 1, "device_id.object_id": 0, "device_id.conformity_level": 1,
        "device_id.more_follows": 0, "device_id.next_object_id": 0, "device_id.object_ids": [0, 1, 2],
        "device_id.object_values": ["ABC", "XX", "V2.11"]}),
    ("UMAS", "5A 07 02", "5A 07 FE 0102", {
        "function.name": "umas", "function.category": "vendor", "umas.session": 7, "umas.function.code": 2,
        "umas.function.name": "read_id", "umas.response.code": 254, "response.data": "0102"}),
    ("5.1 user-defined function", "41 0102", "41 03", {
        "function.name": "function_65", "function.category": "vendor", "request.data": "0102", "response.data": "03"}),
    ("undefined function", "1E 01", "1E 02", {"function.name": "function_30", "function.category": "undefined"}),
]
# fmt: on


@pytest.mark.parametrize(("clause", "request_pdu", "reply_pdu", "facts"), VECTORS, ids=[v[0] for v in VECTORS])
def test_examples_of_the_specification(clause: str, request_pdu: str, reply_pdu: str, facts: dict[str, Any]) -> None:
    """Each function's example decodes to its fields, without an error."""
    record = exchange(request_pdu, reply_pdu)
    assert {name: record[f"modbus.{name}"] for name in facts} == facts, clause
    assert record["modbus.function.code"] == int(request_pdu[:2], 16)
    assert (record["event.outcome"], record["wanglou.pairing"], record["error.code"]) == ("success", "paired", None)
    assert (record["modbus.transaction_id"], record["modbus.protocol_id"], record["modbus.unit_id"]) == (5, 0, 17)
    assert record["modbus.request.length"] == len(bytes.fromhex(request_pdu)) + 1
    assert record["modbus.response.length"] == len(bytes.fromhex(reply_pdu)) + 1


@pytest.mark.parametrize(("clause", "request_pdu", "reply_pdu", "facts"), VECTORS, ids=[v[0] for v in VECTORS])
def test_every_function_may_fail(clause: str, request_pdu: str, reply_pdu: str, facts: dict[str, Any]) -> None:
    """An exception reply (§7) keeps the function and its request's fields, and the outcome is failure."""
    record = exchange(request_pdu, bytes([int(request_pdu[:2], 16) | 0x80, 2]))
    assert (record["modbus.exception.code"], record["modbus.exception.name"]) == (2, "illegal_data_address"), clause
    assert (record["event.outcome"], record["error.code"]) == ("failure", None), reply_pdu
    asked = {name: value for name, value in facts.items() if name.startswith("request.")}
    assert {name: record[f"modbus.{name}"] for name in asked} == asked


def test_a_reply_of_another_unit() -> None:
    """A reply under the right number from another unit is paired and reported."""
    record = exchange("03 0000 0001", "03 02 0007", unit=99)
    assert (record["modbus.unit_id"], record["error.code"]) == (17, "unit_mismatch")


def test_one_transaction_id_for_two_requests() -> None:
    """A request under a number that still waits is reported."""
    connection = Connection().open()
    for address in (1, 2):
        connection.ask(mbap(bytes([3, 0, address, 0, 1]), 5))
    for value in (1, 2):
        connection.answer(mbap(bytes([3, 2, 0, value]), 5))
    found = dissect(connection.packets).modbus
    facts = [(r["modbus.request.address"], r["modbus.response.values"], r["error.code"]) for r in found]
    assert facts == [(1, [1], None), (2, [2], "duplicate_transaction_id")]


@given(
    code=st.integers(0, 255),
    data=st.binary(max_size=60),
    reply=st.one_of(st.none(), st.binary(min_size=1, max_size=60)),
)
def test_any_pdu(code: int, data: bytes, reply: bytes | None) -> None:
    """Any bytes behind a right header give records of this transaction, with an error or without, and none is lost."""
    connection = Connection().open().ask(mbap(bytes([code]) + data, 5, 17))
    if reply is not None:
        connection.answer(mbap(reply, 5, 17))
    found = dissect(connection.packets).modbus
    assert 1 <= len(found) <= 2
    for record in found:
        assert (record["modbus.transaction_id"], record["modbus.unit_id"]) == (5, 17)
        assert record["error.code"] is None or record["error.code"] in ERRORS
        for name in ("modbus.request.values", "modbus.response.values"):
            assert all(0 <= value < 65536 for value in record[name] or ())
