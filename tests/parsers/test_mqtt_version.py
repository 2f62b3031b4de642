"""Packets tell their version where they can only be of one."""

from __future__ import annotations

import pytest

from parsers.mqtt_version import tell_version
from tests.support.conversations import Connection
from tests.support.mqtt_packets import (
    DISCONNECT,
    PINGREQ,
    acknowledge,
    array,
    block,
    connack,
    packet,
    publish,
    records,
    short,
    subscribe,
    unsubscribe,
)


@pytest.mark.parametrize(
    ("data", "version"),
    [
        (connack(properties=b"\0"), 5), (connack(), 4), (acknowledge(0x40, rest=b"\x10"), 5), (acknowledge(0x40), 0),
        (packet(0xE0, b"\0"), 5), (DISCONNECT, 0), (packet(0xF0, b"\x18\0"), 5), (acknowledge(0xB0), 4),
        (acknowledge(0xB0, rest=b"\0\0"), 5), (subscribe(("a", 1)), 4), (subscribe(("a", 1), properties=b"\0"), 5),
        (unsubscribe("a"), 4), (unsubscribe("a", properties=b"\0"), 5), (publish(payload=b'{"a":1}'), 4),
        (publish(payload=b""), 4), (publish(properties=b"\0", payload=b"21.5"), 5), (publish(payload=b"\0\1\2"), 0),
        (publish(properties=block(b"\x02\0\0\0\5"), payload=b"x"), 5), (PINGREQ, 0),
    ],
)  # fmt: skip
def test_versions_are_told_from_packets(data: bytes, version: int) -> None:
    """Without a CONNECT a packet tells the version where it can only be of one."""
    assert tell_version(array(data), 2, len(data), data[0] >> 4, data[0] & 15) == version


def test_mid_stream() -> None:
    """A connection whose beginning was not seen has rows; version and client come with what tells them."""
    connection = Connection(served=1883).answer(publish(payload=b"\0\1")).ask(publish(properties=b"\0", payload=b"21"))
    found = [short(record) for record in records(connection.answer(publish(properties=b"\0", payload=b"\0")))]
    assert [record.get("version") for record in found] == [None, "5", "5"]
    assert [record["payload.length"] for record in found] == [2, 2, 1]
    assert [record["direction"] for record in found] == ["broker_to_client", "client_to_broker", "broker_to_client"]
    assert {record["destination.port"] for record in found} == {1883}
