"""What is wrong with replies, and what exceptions say."""

from __future__ import annotations

import pytest

from tests.support.conversations import Connection, dissect, exchange, mbap

WRONG = [
    ("truncated", "03 0000 0001", "03"),
    ("truncated", "0C", "0C 06 0000"),
    ("byte_count", "03 0000 0002", "03 04 0001"),
    ("byte_count", "03 0000 0001", "03 03 000102"),
    ("exception_code", "03 0000 0001", "83 63"),
]


@pytest.mark.parametrize(("error", "request_pdu", "reply_pdu"), WRONG)
def test_what_is_wrong_with_a_reply(error: str, request_pdu: str, reply_pdu: str) -> None:
    """A reply that breaks a rule of its function says which; malformed, it is a record beside its request's."""
    connection = Connection().open().ask(mbap(bytes.fromhex(request_pdu), 5))
    found = dissect(connection.answer(mbap(bytes.fromhex(reply_pdu), 5)).packets).modbus
    assert [record["error.code"] for record in found if record["error.code"]] == [error]
    assert {record["modbus.function.code"] for record in found} == {int(request_pdu[:2], 16)}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (1, "illegal_function"),
        (3, "illegal_data_value"),
        (4, "server_device_failure"),
        (5, "acknowledge"),
        (6, "server_device_busy"),
        (8, "memory_parity_error"),
        (10, "gateway_path_unavailable"),
        (11, "gateway_target_failed_to_respond"),
    ],
)
def test_exceptions_by_name(code: int, name: str) -> None:
    """The exceptions of §7 have their names."""
    assert exchange("03 0000 0001", bytes([0x83, code]))["modbus.exception.name"] == name
