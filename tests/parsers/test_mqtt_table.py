"""MQTT messages of a batch as an Arrow table."""

from __future__ import annotations

import pyarrow as pa
import pytest

from parsers import mqtt_table
from parsers.schema import MQTT
from tests.support.conversations import CAPTURE, SMALL, Connection
from tests.support.conversations import dissect as dissect_all
from tests.support.frames import make_batch
from tests.support.mqtt_packets import (
    PINGREQ,
    acknowledge,
    begin,
    connack,
    connect,
    dissect,
    packet,
    publish,
    records,
    subscribe,
    websocket,
)
from tests.support.websocket_messages import list_messages, read_frames


def table(connection: Connection) -> pa.Table:
    """The one table of a batch."""
    return dissect_all([], limits=SMALL).dissector.feed(make_batch(connection.packets))["mqtt"]


def test_schema_of_common_and_rare_records() -> None:
    """The schema is the same whether rare columns have values or not, and every column can be made."""
    plain = begin().ask(publish())
    rare = begin(connect(level=5, user="u"), answer=connack(properties=b"\0")).ask(
        subscribe(("a", 1), properties=b"\0")
    )
    for connection in (plain, rare, begin().ask(packet(0x00, b"x")), begin().ask(publish(qos=2))):
        found = table(connection)
        assert found.schema == MQTT.arrow
        found.validate(full=True)


def test_texts_are_stored_once() -> None:
    """Repeated topics, clients and names are entries of a dictionary, not texts per row."""
    connection = begin()
    for _ in range(60):
        connection.ask(publish())
    found = table(connection)
    for name in ("mqtt.topic", "mqtt.client_id", "event.action", "mqtt.payload.kind", "source.ip"):
        column = found[name].combine_chunks()
        assert pa.types.is_dictionary(column.type)
        assert max(entry["counts"] for entry in column.value_counts().to_pylist()) >= 60


def test_common_facts() -> None:
    """Every record names its dataset, capture, sensor, protocol and transport."""
    record = records(begin())[0]
    assert (record["event.dataset"], record["wanglou.capture"], record["observer.name"]) == ("mqtt", CAPTURE, "sensor")
    assert (record["network.protocol"], record["network.transport"], record["mqtt.transport"]) == ("mqtt", "tcp", "tcp")


def test_malformed_packets_are_counted() -> None:
    """The counter of malformed packets is that of their rows."""
    found, counters = dissect(begin().ask(packet(0x00, b"x")).ask(publish(qos=3)).ask(PINGREQ))
    assert counters["mqtt_malformed"] == sum(r["wanglou.pairing"] == "malformed" for r in found) == 2


def test_a_batch_in_which_nothing_became_complete() -> None:
    """A request that waits gives a table without rows."""
    found = table(Connection(served=1883).open().ask(connect()))
    assert (found.num_rows, found.schema) == (0, MQTT.arrow)


def test_requests_that_wait_are_bounded() -> None:
    """More than may wait are given up early, and counted."""
    connection = begin()
    for number in range(1, SMALL.pending + 10):
        connection.ask(publish(qos=1, number=number))
    found, counters = dissect(connection)
    assert len(found) == SMALL.pending + 10
    assert counters["mqtt_requests_dropped"] == 9


def test_frames_and_plain_packets_are_one_table() -> None:
    """What came in WebSocket frames has the columns of what did not, and the name of the protocol."""
    found, _ = read_frames([(False, websocket(connect())), (True, websocket(connack(), masked=False))])
    assert set(found[0]) == set(MQTT.arrow.names)
    assert (found[0]["network.protocol"], found[0]["mqtt.transport"]) == ("mqtt", "websocket")
    assert len(list_messages([(False, websocket(connect()))])[0]) == 1


def test_payloads_that_wait_are_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits keeps what is looked at, and less where too much waits (counted); rows say the same."""
    payload = b'{"v":"' + b"x" * 40_000 + b'"}'
    connection = begin().ask(publish(payload=payload, qos=1)).answer(acknowledge(0x40))
    whole = records(connection)[1:]
    assert records(connection, [6])[1:] == records(connection, [1] * 20)[1:] == whole
    assert (whole[0]["mqtt.payload.length"], whole[0]["error.code"]) == (len(payload), None)
    monkeypatch.setattr(mqtt_table, "WAITING_BYTES", 10_000)
    found, counters = dissect(connection, [6])
    assert counters["mqtt_requests_trimmed"] == 1
    assert found[1:] == whole
