"""What is wrong with requests, and what is just right."""

from __future__ import annotations

import pytest

from tests.support.conversations import exchange

WRONG = [
    ("trailing_bytes", "03 0000 0001 FF"),
    ("trailing_bytes", "07 00"),
    ("truncated", "03 0000 00"),
    ("truncated", "10 0000 0001"),
    ("truncated", "16 0000 0000"),
    ("truncated", "17 0000 0001 0000 00"),
    ("truncated", "18 00"),
    ("truncated", "2B"),
    ("byte_count", "10 0000 0002 04 0001"),
    ("byte_count", "10 0000 0002 03 000102"),
    ("byte_count", "0F 0000 0009 01 01"),
    ("byte_count", "14 05 06 0001 0001 0001"),
    ("quantity", "03 0000 0000"),
    ("quantity", "03 0000 007E"),
    ("quantity", "01 0000 07D1"),
    ("quantity", "17 0000 007E 0000 0001 02 0000"),
    ("address_range", "03 FFFF 0002"),
    ("value", "05 0000 1234"),
]


@pytest.mark.parametrize(("error", "request_pdu"), WRONG)
def test_what_is_wrong_with_a_request(error: str, request_pdu: str) -> None:
    """A request that breaks a rule of its function says which, and its function is kept."""
    record = exchange(request_pdu)
    assert (record["error.code"], record["modbus.function.code"]) == (error, int(request_pdu[:2], 16))


def test_bounds_of_quantities() -> None:
    """The largest quantities of §6.1, §6.3, §6.11, §6.12 and §6.17 are right."""
    for pdu in (
        bytes.fromhex("01000007D0"),
        bytes.fromhex("030000007D"),
        bytes.fromhex("0F000007B0F6") + bytes(246),
        bytes.fromhex("100000007BF6") + bytes(246),
        bytes.fromhex("170000007D00000079F2") + bytes(242),
        bytes.fromhex("03FFFF0001"),
    ):
        assert exchange(pdu)["error.code"] is None
