"""Messages and their pairs as rows: places, times, outcomes."""

from __future__ import annotations

import pytest

from parsers.modbus_rows import OUTCOMES, PAIRINGS
from tests.support.conversations import Connection, dissect, exchange, mbap, only
from tests.support.frames import START_NS, STEP_NS

READ, ANSWER = bytes.fromhex("0300050002"), bytes.fromhex("030400010002")
UNLIKE = [
    ("function_mismatch", "03 0000 0001", "04 02 0000"),
    ("response_mismatch", "06 0001 0002", "06 0001 0003"),
    ("response_mismatch", "05 0001 FF00", "05 0002 FF00"),
    ("response_mismatch", "10 0000 0001 02 0001", "10 0000 0002"),
    ("response_mismatch", "16 0000 0001 0002", "16 0000 0001 0003"),
    ("response_mismatch", "08 0001 0000", "08 0002 0000"),
    ("quantity_mismatch", "03 0000 0001", "03 04 0001 0002"),
    ("quantity_mismatch", "01 0000 0001", "01 02 0101"),
]


def test_times_of_a_pair() -> None:
    """A record begins with the first packet of its request and lasts to the last of its reply."""
    connection = Connection().open().ask(mbap(READ), sizes=[5]).wait(1).answer(mbap(ANSWER), sizes=[4])
    record = only(dissect(connection.packets).modbus)
    assert record["@timestamp"].timestamp() == (START_NS + 3 * STEP_NS) / 1e9
    assert record["event.duration"] == 10**9 + 3 * STEP_NS
    assert (record["wanglou.packet"], record["wanglou.packet_end"]) == (3, 6)


def test_a_request_alone() -> None:
    """Without a reply the outcome is unknown, there is no duration, and nothing is said of a reply."""
    record = only(dissect(Connection().open().ask(mbap(READ)).packets).modbus)
    assert (record["wanglou.pairing"], record["event.outcome"], record["event.duration"]) == (
        "no_response",
        "unknown",
        None,
    )
    assert [name for name, value in record.items() if name.startswith("modbus.response") and value is not None] == []
    assert (record["wanglou.packet"], record["wanglou.packet_end"]) == (3, 3)


def test_a_reply_alone() -> None:
    """Without a request the reply's facts stand, under client and server as they are."""
    record = only(dissect(Connection().open().answer(mbap(ANSWER)).packets).modbus)
    assert (record["wanglou.pairing"], record["event.outcome"]) == ("no_request", "success")
    assert (record["source.ip"], record["modbus.response.values"]) == ("10.0.0.1", [1, 2])
    assert [name for name, value in record.items() if name.startswith("modbus.request") and value is not None] == []


def test_coils_beyond_the_quantity_are_padding() -> None:
    """Read coils are cut to what was asked for; without a request all bits of the bytes are there."""
    request, reply = mbap(bytes.fromhex("0100000003")), mbap(bytes.fromhex("010105"))
    paired = only(dissect(Connection().open().ask(request).answer(reply).packets).modbus)
    alone = only(dissect(Connection().open().answer(reply).packets).modbus)
    assert paired["modbus.response.values"] == [1, 0, 1]
    assert alone["modbus.response.values"] == [1, 0, 1, 0, 0, 0, 0, 0]


def test_malformed_messages_of_each_side() -> None:
    """A malformed message is a record under its side, with what could be read of it."""
    asked = only(dissect(Connection().open().ask(mbap(b"\x03\x00\x05\x00")).packets).modbus)
    assert (asked["wanglou.pairing"], asked["event.action"], asked["error.code"]) == (
        "malformed",
        "malformed",
        "truncated",
    )
    assert (asked["modbus.request.address"], asked["modbus.request.data"]) == (5, "00")
    connection = Connection().open().ask(mbap(READ)).answer(mbap(ANSWER)).answer(mbap(b"\x03\x04\x00\x05\x06"))
    answered = dissect(connection.packets).modbus[-1]
    assert (answered["wanglou.pairing"], answered["error.code"]) == ("malformed", "byte_count")
    assert (answered["modbus.response.byte_count"], answered["modbus.response.values"]) == (4, [5])
    assert answered["modbus.request.length"] is None


def test_end_address() -> None:
    """The last address asked for or written is known for ranges and for single values."""
    found = []
    for pdu in ("0300050002", "06000700FF", "1600080001 0002", "0F0005000A0200FF", "18000A"):
        record = only(dissect(Connection().open().ask(mbap(bytes.fromhex(pdu))).packets).modbus)
        found.append(record["modbus.request.end_address"])
    assert found == [6, 7, 8, 14, None]


def test_words() -> None:
    """The words of the columns are those of their declaration."""
    assert PAIRINGS == ("paired", "no_response", "no_request", "malformed")
    assert OUTCOMES == ("unknown", "success", "failure")


@pytest.mark.parametrize(("error", "request_pdu", "reply_pdu"), UNLIKE)
def test_what_does_not_fit_its_request(error: str, request_pdu: str, reply_pdu: str) -> None:
    """A sound reply that does not fit its request is paired with it and says what does not fit."""
    record = exchange(request_pdu, reply_pdu)
    assert (record["error.code"], record["wanglou.pairing"]) == (error, "paired")
    assert record["modbus.function.code"] == int(request_pdu[:2], 16)
