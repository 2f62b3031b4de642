"""MQTT packets to fields, and what is wrong with others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.mqtt_packet import ERRORS
from tests.support.conversations import Connection, said
from tests.support.mqtt_packets import (
    DISCONNECT,
    PINGREQ,
    acknowledge,
    begin,
    block,
    connack,
    connect,
    last,
    modern,
    packet,
    publish,
    records,
    short,
    subscribe,
    text,
)


def test_the_example_of_a_subscribe() -> None:
    """3.1.1 §3.8.3: a/b at QoS 1, c/d at QoS 2; the answer grants 1 and refuses."""
    asked = bytes.fromhex("820e000a0003612f62010003632f6402")
    record = last(begin().ask(asked).answer(bytes.fromhex("9004000a0180")))
    assert (record["filters"], record["requested_qos"], record["granted_qos"]) == (["a/b", "c/d"], [1, 2], [1, 128])
    assert (record["event.outcome"], record["reason.name"]) == ("failure", "failure")


BAD: list[tuple[str, bytes, dict[str, Any]]] = [
    ("truncated", packet(0x30, b"\0\x09a"), {"malformed": True}),
    ("truncated", packet(0x82, b"\0\1\0\5ab"), {"malformed": True}),
    ("qos", publish(qos=3), {"malformed": True, "qos": 3}),
    ("qos", subscribe(("a", 3)), {}),
    ("reserved_type", packet(0x00, b"abc"), {"malformed": True}),
    ("header_flags", packet(0xC3), {}),
    ("header_flags", publish(dup=True), {"topic": "a/b"}),
    ("packet_id", publish(qos=1, number=0), {"packet_id": 0}),
    ("topic", publish("a/#"), {"topic": "a/#"}),
    ("topic", publish(""), {}),
    ("no_filter", packet(0x82, b"\0\1"), {}),
    ("trailing_bytes", packet(0xC0, b"x"), {}),
    ("trailing_bytes", acknowledge(0x40, rest=b"\0"), {}),
    ("wrong_side", connack(), {}),
]


@pytest.mark.parametrize(("error", "data", "facts"), BAD, ids=[f"{e}-{d[:4].hex()}" for e, d, _ in BAD])
def test_what_is_wrong(error: str, data: bytes, facts: dict[str, Any]) -> None:
    """Each fault has a code, a malformed packet is a row, and the connection goes on behind it."""
    found = [short(record) for record in records(begin().ask(data).ask(PINGREQ).ask(DISCONNECT))]
    bad = [record for record in found if "error.code" in record]
    assert [record["error.code"] for record in bad] == [error]
    assert (bad[0]["wanglou.pairing"] == "malformed") == facts.pop("malformed", False)
    assert {name: bad[0].get(name) for name in facts} == facts
    assert {"pingreq", "disconnect", "connect"} <= {record["event.action"] for record in found}


def test_bytes_of_malformed_packets_are_shown_but_not_of_a_connect() -> None:
    """What may hold a password is not kept."""
    assert last(begin().ask(packet(0x00, b"abc")))["data"] == "0003616263"
    noise = b"\x3f\xff\xff\xff\xff"
    assert last(begin().answer(noise))["data"] == noise.hex()
    assert "data" not in last(begin().ask(noise))
    bad = connect("c", user="u", password="secret").replace(b"MQTT\x04", b"MQTT\x07")  # noqa: S106 - made up
    found = records(begin().ask(bad))
    assert [record["error.code"] for record in found] == [None, "protocol_level"]
    assert not [
        value for record in found for value in record.values() if "secret" in str(value) or "736563" in str(value)
    ]


def test_a_second_connect() -> None:
    """A client may introduce itself once (5.0 §3.1.0); what follows belongs to the second."""
    found = records(begin(connect("one")).ask(connect("two")).answer(connack()).ask(publish()))
    assert [(r["mqtt.client_id"], r["error.code"]) for r in found] == [
        ("one", None), ("two", "second_connect"), ("two", None),
    ]  # fmt: skip


def test_any_port() -> None:
    """A CONNECT tells MQTT wherever a broker listens."""
    found = records(begin(served=9_999).ask(publish()))
    assert [record["event.action"] for record in found] == ["connect", "publish"]
    assert records(Connection(served=9_999).ask(PINGREQ).ask(PINGREQ)) == []


@given(body=st.binary(max_size=60), first=st.integers(0, 255), level=st.sampled_from([3, 4, 5]), server=st.booleans())
def test_any_packet(body: bytes, first: int, level: int, server: bool) -> None:
    """Any bytes behind a right length give one row more, with an error of the list or none, and no exception."""
    answer = connack(properties=b"\0" if level == 5 else b"")
    connection = begin(connect(level=level), answer=answer).send(packet(first, body), from_server=server)
    found = records(connection)
    assert 2 <= len(found) <= 3
    assert {record["error.code"] for record in found} <= {None, *ERRORS}
    assert {record["mqtt.version"] for record in found} >= {{3: "3.1", 4: "3.1.1", 5: "5"}[level]}


@given(asked=st.lists(st.integers(1, 30), max_size=20), answered=st.lists(st.integers(1, 9), max_size=9))
def test_segments_make_no_difference(asked: list[int], answered: list[int]) -> None:
    """Wherever the bytes are cut into segments, the rows say the same."""
    ours = publish("x", b'{"a":1}') + publish(qos=2, number=9) + acknowledge(0x62, 9) + subscribe(("a/#", 1))
    theirs = acknowledge(0x50, 9) + acknowledge(0x70, 9) + acknowledge(0x90, rest=b"\1")
    connection = Connection(served=1883).open().send(connect() + ours, sizes=asked)
    found = [said(record) for record in records(connection.answer(connack() + theirs, sizes=answered))]
    whole = [said(record) for record in records(begin(connect() + ours, answer=connack() + theirs))]
    for record in (*found, *whole):
        record.pop("mqtt.handshake_packets", None)
    key = lambda record: str(record.get("mqtt.topic")) + record["event.action"]  # noqa: E731 - one word is enough
    assert sorted(found, key=key) == sorted(whole, key=key)


@given(st.lists(st.sampled_from([
    publish(), publish(qos=1), publish(qos=2), acknowledge(0x40), acknowledge(0x50), acknowledge(0x62),
    acknowledge(0x70), subscribe(("a", 1)), acknowledge(0x90, rest=b"\1"), PINGREQ, b"\xd0\0", b"\x00\x01x",
    b"\xff\xff\xff\xff\xff", text("junk"), publish("", properties=block(b"\x23\0\5")),
    publish("t", properties=block(b"\x23\0\5")), connect("z"),
]), max_size=12), st.lists(st.integers(1, 6), max_size=6), st.lists(st.booleans(), min_size=12))  # fmt: skip
def test_batches_make_no_difference(parts: list[bytes], cuts: list[int], sides: list[bool]) -> None:
    """The same packets give the same rows whole or split into batches."""
    connection = modern()
    for part, server in zip(parts, sides, strict=False):
        connection.send(part, from_server=server)
    whole, split = records(connection), records(connection, cuts)
    order = [("wanglou.packet", "wanglou.pdu", "mqtt.direction", "mqtt.type")]
    key = lambda record: tuple(str(record[name]) for name in order[0])  # noqa: E731 - one word is enough
    assert sorted(whole, key=key) == sorted(split, key=key)
