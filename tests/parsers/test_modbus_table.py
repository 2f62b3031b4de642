"""Modbus messages of a batch as an Arrow table."""

from __future__ import annotations

import pyarrow as pa

from parsers.schema import MODBUS
from tests.support.conversations import CAPTURE, SMALL, Connection, dissect, mbap, only
from tests.support.frames import make_batch

READ, ANSWER = bytes.fromhex("0300000001"), bytes.fromhex("03020001")


def poll(count: int) -> Connection:
    """A connection of ``count`` polls."""
    connection = Connection().open()
    for number in range(count):
        connection.ask(mbap(READ, number)).answer(mbap(ANSWER, number))
    return connection


def table(connection: Connection) -> pa.Table:
    """The one table of a batch."""
    return dissect([], limits=SMALL).dissector.feed(make_batch(connection.packets))["modbus"]


def test_schema_of_common_and_rare_records() -> None:
    """The schema is the same whether rare columns have values or not."""
    assert table(poll(3)).schema == MODBUS.arrow
    assert table(poll(3).ask(mbap(b"\x07", 9)).answer(mbap(b"\x07\x01", 9))).schema == MODBUS.arrow


def test_texts_are_stored_once() -> None:
    """Repeated addresses and names are entries of a dictionary, not texts per row."""
    found = table(poll(500))
    assert found.num_rows == 500
    for name in ("source.ip", "event.action", "modbus.function.name", "network.community_id", "wanglou.capture"):
        column = found[name].combine_chunks()
        assert pa.types.is_dictionary(column.type)
        assert column.value_counts().to_pylist()[0]["counts"] == 500


def test_common_facts() -> None:
    """Every record names its dataset, capture, sensor and protocol."""
    record = only(dissect(poll(1).packets).modbus)
    assert record["event.dataset"] == "modbus"
    assert record["wanglou.capture"] == CAPTURE
    assert record["observer.name"] == "sensor"
    assert (record["network.protocol"], record["network.transport"]) == ("modbus", "tcp")
    assert (record["event.action"], record["modbus.framing"]) == ("read_holding_registers", "mbap")


def test_malformed_messages_are_counted() -> None:
    """The counter of malformed messages is that of their rows."""
    found = dissect(poll(1).ask(mbap(READ, length=0)).ask(mbap(b"\x03")).packets)
    assert found.counters["modbus_malformed"] == 2
    assert sum(record["wanglou.pairing"] == "malformed" for record in found.modbus) == 2


def test_a_batch_in_which_nothing_became_complete() -> None:
    """A request that waits gives a table without rows."""
    found = table(Connection().open().ask(mbap(READ)))
    assert (found.num_rows, found.schema) == (0, MODBUS.arrow)
