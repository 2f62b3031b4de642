"""Paired packets as rows."""

from __future__ import annotations

from parsers.mqtt_rows import DIRECTIONS, OUTCOMES, PAIRINGS
from tests.support.frames import STEP_NS
from tests.support.mqtt_packets import acknowledge, begin, connack, connect, modern, publish, records, subscribe


def test_where_and_when() -> None:
    """A row begins where its first packet does and ends where its last one does."""
    record = records(begin().ask(publish(qos=1)).answer(acknowledge(0x40)))[-1]
    assert (record["wanglou.packet"], record["wanglou.packet_end"], record["wanglou.pdu"]) == (5, 6, 0)
    assert record["event.duration"] == STEP_NS
    assert (record["mqtt.length"], record["mqtt.response.length"]) == (11, 2)


def test_rows_of_one_packet() -> None:
    """Several MQTT packets in one TCP segment are told apart by their number."""
    found = records(begin().ask(publish("a") + publish("b") + publish("c")))[1:]
    assert [(r["wanglou.packet"], r["wanglou.pdu"], r["mqtt.topic"]) for r in found] == [
        (5, 0, "a"),
        (5, 1, "b"),
        (5, 2, "c"),
    ]


def test_the_source_is_the_client() -> None:
    """Also where the broker publishes: the direction has a column."""
    found = records(begin().ask(publish("up")).answer(publish("down")))[1:]
    assert {(r["source.ip"], r["source.port"]) for r in found} == {("10.0.0.1", 40_000)}
    assert [r["mqtt.direction"] for r in found] == list(DIRECTIONS)


def test_codes_and_filters_must_be_as_many() -> None:
    """A SUBACK answers each filter; an UNSUBACK before 5 has no codes."""
    asked = subscribe(("a", 0), ("b", 1))
    for codes, error in ((b"\0\1", None), (b"\0", "code_count")):
        record = records(begin().ask(asked).answer(acknowledge(0x90, rest=codes)))[-1]
        assert (record["error.code"], record["mqtt.reason.codes"]) == (error, list(codes))


def test_the_highest_reason_stands() -> None:
    """Of several acknowledgements the highest code is the row's (5.0 §2.4: errors are highest)."""
    connection = modern().ask(publish(qos=2, properties=b"\0")).answer(acknowledge(0x50, rest=b"\x10"))
    record = records(connection.ask(acknowledge(0x62)).answer(acknowledge(0x70)))[-1]
    assert (record["mqtt.reason.code"], record["mqtt.reason.codes"]) == (0x10, [0x10, 0, 0])
    assert (record["mqtt.reason.name"], record["event.outcome"]) == ("no_matching_subscribers", "success")


def test_a_refused_connection_of_5() -> None:
    """Codes from 128 on are failures."""
    record = records(begin(connect(level=5), answer=connack(0x86, properties=b"\0")))[0]
    assert (record["event.outcome"], record["mqtt.reason.name"]) == ("failure", "bad_user_name_or_password")
    assert {record["wanglou.pairing"]} < set(PAIRINGS)
    assert {record["event.outcome"]} < set(OUTCOMES)
