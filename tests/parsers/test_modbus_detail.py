"""Lists and rare functions, decoded once per distinct value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.modbus_detail import decode_groups, decode_objects
from tests.support.conversations import Connection, Record, dissect, mbap, only


def ask(pdu: str) -> Record:
    """Record of a request without a reply."""
    return only(dissect(Connection().open().ask(mbap(bytes.fromhex(pdu))).packets).modbus)


def answer(pdu: str) -> Record:
    """Record of a reply without a request."""
    return only(dissect(Connection().open().answer(mbap(bytes.fromhex(pdu))).packets).modbus)


def test_groups_of_file_records() -> None:
    """Each group of functions 20 and 21 has a reference type, file, record and length (V1.1b3 §6.14, §6.15)."""
    assert decode_groups(20, bytes.fromhex("06000400010002 06000300090002")) == ((6, 6), (4, 3), (1, 9), (2, 2))
    assert decode_groups(21, bytes.fromhex("060004000700020102030406000500080000")) == ((6, 6), (4, 5), (7, 8), (2, 0))
    assert decode_groups(20, b"\x06\x00") == ()


def test_objects_of_a_device() -> None:
    """Objects have an id and a text; bytes that are no ASCII are escaped, and what is cut short is left."""
    data = bytes.fromhex("0003414243 0102ff00 0209414243")
    assert decode_objects(data, 3) == (((0, "ABC"), (1, "\\xff\x00")), bytes.fromhex("0209414243"))
    assert decode_objects(data, 1)[0] == ((0, "ABC"),)


@given(st.sampled_from([20, 21]), st.binary(max_size=80), st.integers(-1, 255))
def test_any_bytes_decode_to_lists(code: int, data: bytes, count: int) -> None:
    """Any bytes give groups of equal numbers and objects no more than announced."""
    groups = decode_groups(code, data)
    assert groups == () or {len(numbers) for numbers in groups} == {len(groups[0])}
    objects, rest = decode_objects(data, count)
    assert len(objects) <= max(count, 0)
    assert data.endswith(rest)


@pytest.mark.parametrize(
    ("pdu", "facts"),
    [
        ("08 0004 0000", {"diagnostic.code": 4, "diagnostic.name": "force_listen_only_mode"}),
        ("08 0001 FF00", {"diagnostic.name": "restart_communications", "request.values": [0xFF00]}),
        ("08 0063 0000", {"diagnostic.name": "diagnostic_99"}),
        ("14 07 06 0001 0002 0001", {"file.numbers": [1], "file.records": [2], "request.data": None}),
        ("15 09 06 0001 0002 0001 1234", {"file.numbers": [1], "request.data": "060001000200011234"}),
        ("16 0004 00F2 0025", {"request.and_mask": 0xF2, "request.or_mask": 0x25}),
        ("2B 0D 01", {"mei.type": 13, "request.data": "01"}),
        ("2B 0E 04 05", {"mei.type": 14, "device_id.read_code": 4, "device_id.object_id": 5}),
        ("5A 01 40 FF00", {"umas.session": 1, "umas.function.name": "start_plc", "request.data": "ff00"}),
        ("5A 00 99", {"umas.function.name": "umas_153", "umas.function.code": 0x99}),
    ],
)
def test_requests_alone(pdu: str, facts: Record) -> None:
    """A request without a reply has its fields."""
    record = ask(pdu)
    assert {name: record[f"modbus.{name}"] for name in facts} == facts
    assert record["wanglou.pairing"] == "no_response"


@pytest.mark.parametrize(
    ("pdu", "facts"),
    [
        ("07 81", {"response.exception_status": 0x81}),
        ("0C 07 FFFF 0001 0002 C0", {"response.status": 0xFFFF, "response.events": [0xC0]}),
        ("14 08 07 06 0001 0002 0003", {"file.numbers": None, "response.data": "0706000100020003"}),
        ("15 09 06 0001 0002 0001 1234", {"file.records": [2], "response.data": "060001000200011234"}),
        ("11 02 41 00", {"response.run_indicator": 0, "response.server_id": "4100"}),
        ("11 02 41 42", {"response.run_indicator": None, "response.server_id": "4142"}),
        ("16 0004 00F2 0025", {"response.and_mask": 0xF2, "response.or_mask": 0x25, "response.address": 4}),
        ("2B 0E 01 83 FF 03 01 02 01 41", {"device_id.more_follows": 255, "device_id.next_object_id": 3}),
        ("5A 01 FD 83", {"umas.response.code": 0xFD, "response.data": "83"}),
    ],
)
def test_replies_alone(pdu: str, facts: Record) -> None:
    """A reply without a request has its fields."""
    record = answer(pdu)
    assert {name: record[f"modbus.{name}"] for name in facts} == facts
    assert record["wanglou.pairing"] == "no_request"


def test_rare_and_common_in_one_batch() -> None:
    """Columns of rare functions are null in the rows of common ones."""
    connection = Connection().open().ask(mbap(bytes.fromhex("0300000001"), 1)).ask(mbap(b"\x07", 2))
    connection.answer(mbap(b"\x07\x55", 2)).answer(mbap(bytes.fromhex("03020001"), 1))
    found = {record["modbus.transaction_id"]: record for record in dissect(connection.packets).modbus}
    assert found[1]["modbus.response.exception_status"] is None
    assert found[2]["modbus.response.exception_status"] == 0x55
    assert found[2]["modbus.response.values"] is None
