"""What MQTT packets belong together."""

from __future__ import annotations

import pytest

from parsers.mqtt_pairing import REFUSED
from tests.support.conversations import Connection
from tests.support.mqtt_packets import (
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    acknowledge,
    begin,
    connack,
    connect,
    modern,
    packet,
    publish,
    records,
    subscribe,
    unsubscribe,
)

Told = list[tuple[str, str, str | None, str]]


def tell(connection: Connection, cuts: list[int] | None = None) -> Told:
    """Action, pairing, last acknowledgement and outcome of each record but the CONNECT."""
    return [
        (r["event.action"], r["wanglou.pairing"], r["mqtt.acknowledged"], r["event.outcome"])
        for r in records(connection, cuts or [])
        if r["event.action"] != "connect"
    ]


@pytest.mark.parametrize(
    ("asked", "answered", "told"),
    [
        (publish(qos=1), acknowledge(0x40), ("publish", "paired", "puback", "success")),
        (subscribe(("a", 0)), acknowledge(0x90, rest=b"\0"), ("subscribe", "paired", "suback", "success")),
        (unsubscribe("a"), acknowledge(0xB0), ("unsubscribe", "paired", "unsuback", "success")),
        (PINGREQ, PINGRESP, ("pingreq", "paired", "pingresp", "success")),
        (publish(), b"", ("publish", "one_way", None, "unknown")),
        (DISCONNECT, b"", ("disconnect", "one_way", None, "unknown")),
        (publish(qos=1), b"", ("publish", "no_response", None, "unknown")),
        (b"", acknowledge(0x40), ("puback", "no_request", None, "unknown")),
        (b"", acknowledge(0x50), ("pubrec", "no_request", None, "unknown")),
        (publish(qos=1), acknowledge(0x40, 8), ("publish", "no_response", None, "unknown")),
    ],
)
def test_pairs(asked: bytes, answered: bytes, told: tuple[str, str, str | None, str]) -> None:
    """Each request has its kind of answer; what is alone says which half it is."""
    connection = begin()
    for data, server in ((asked, False), (answered, True)):
        if data:
            connection.send(data, from_server=server)
    assert told in tell(connection)


def test_a_connection_is_refused() -> None:
    """CONNECT and CONNACK are one row, whose reason is the broker's."""
    (record,) = records(begin(answer=connack(5)))
    assert (record["event.outcome"], record["mqtt.reason.name"]) == ("failure", "not_authorized")


@pytest.mark.parametrize("server", [False, True])
def test_qos_2_is_one_row(server: bool) -> None:
    """PUBLISH, PUBREC, PUBREL and PUBCOMP, whoever publishes, whole or in batches."""
    connection = begin()
    for number, data in enumerate((publish(qos=2), acknowledge(0x50), acknowledge(0x62), acknowledge(0x70))):
        connection.send(data, from_server=server ^ (number % 2 == 1))
    for cuts in ([], [6], [7], [8], [1] * 9):
        assert tell(connection, cuts) == [("publish", "paired", "pubcomp", "success")]
        record = next(r for r in records(connection, cuts) if r["event.action"] == "publish")
        assert record["mqtt.handshake_packets"] == [5, 6, 7, 8]
        assert record["mqtt.direction"] == ("broker_to_client" if server else "client_to_broker")
        assert (record["source.port"], record["destination.port"]) == (40_000, 1883)


def test_qos_2_that_stops_on_the_way() -> None:
    """The row says how far it came."""
    connection = begin().ask(publish(qos=2)).answer(acknowledge(0x50))
    assert tell(connection) == [("publish", "no_response", "pubrec", "unknown")]
    assert tell(connection.ask(acknowledge(0x62))) == [("publish", "no_response", "pubrel", "unknown")]


def test_qos_2_that_is_refused() -> None:
    """A PUBREC with an error ends it (5.0 §4.3.3)."""
    refusal = acknowledge(0x50, rest=bytes([REFUSED | 0x17]))
    connection = modern().ask(publish(qos=2, properties=b"\0")).answer(refusal)
    assert tell(connection) == [("publish", "paired", "pubrec", "failure")]
    record = records(connection)[-1]
    assert (record["mqtt.reason.name"], record["mqtt.handshake_packets"]) == ("quota_exceeded", [5, 6, -1, -1])


def test_what_comes_after_a_handshake() -> None:
    """A PUBREL that is sent again belongs to no PUBLISH, and is answered on its own."""
    connection = begin().ask(publish(qos=2)).answer(acknowledge(0x50)).ask(acknowledge(0x62)).answer(acknowledge(0x70))
    connection.ask(acknowledge(0x62)).answer(acknowledge(0x70))
    assert tell(connection) == [
        ("publish", "paired", "pubcomp", "success"), ("pubrel", "paired", "pubcomp", "success"),
    ]  # fmt: skip


def test_both_sides_number_on_their_own() -> None:
    """Client and broker may use one packet identifier at once (5.0 §2.2.1)."""
    connection = begin().ask(publish("up", qos=1)).answer(publish("down", qos=1))
    connection.ask(acknowledge(0x40)).answer(acknowledge(0x40))
    assert [(r["mqtt.topic"], r["mqtt.direction"]) for r in records(connection)[1:]] == [
        ("down", "broker_to_client"), ("up", "client_to_broker"),
    ]  # fmt: skip


def test_one_identifier_for_two() -> None:
    """A second PUBLISH under an identifier in use is reported, unless it says that it is sent again."""
    connection = begin().ask(publish(qos=1)).ask(publish(qos=1)).answer(acknowledge(0x40)).answer(acknowledge(0x40))
    assert [r["error.code"] for r in records(connection)[1:]] == [None, "duplicate_packet_id"]
    again = begin().ask(publish(qos=1)).ask(publish(qos=1, dup=True)).answer(acknowledge(0x40))
    assert {r["error.code"] for r in records(again)[1:]} == {None}


def test_an_answer_that_comes_too_late() -> None:
    """A request waits for a bounded packet time."""
    connection = begin().ask(publish(qos=1)).wait(31).answer(acknowledge(0x40))
    assert [told[:2] for told in tell(connection)] == [("publish", "no_response"), ("puback", "no_request")]


def test_authentication_goes_to_and_fro() -> None:
    """AUTH packets are rows of their own."""
    connection = Connection(served=1883).open().ask(connect(level=5)).answer(packet(0xF0, b"\x18\0"))
    connection.ask(packet(0xF0, b"\x18\0")).answer(connack(properties=b"\0"))
    found = records(connection)
    assert [(r["event.action"], r["mqtt.direction"], r["mqtt.reason.name"]) for r in found] == [
        ("auth", "broker_to_client", "continue_authentication"),
        ("auth", "client_to_broker", "continue_authentication"),
        ("connect", "client_to_broker", "success"),
    ]
