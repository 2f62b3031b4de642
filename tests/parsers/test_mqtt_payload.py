"""What PUBLISH packets carry."""

from __future__ import annotations

from tests.support.mqtt_packets import begin, block, connect, last, modern, publish, records


def test_kinds_and_keys() -> None:
    """Each payload has a kind, a length and a sample; JSON has keys."""
    payloads = (b"", b"on", b"\x00\x01", b'{"v":1,"u":{"n":"C"}}')
    connection = begin()
    for payload in payloads:
        connection.ask(publish(payload=payload))
    found = [
        {name: r[f"mqtt.payload.{name}"] for name in ("kind", "length", "sample", "json_keys")}
        for r in records(connection)
    ]
    assert found[1:] == [
        {"kind": "empty", "length": 0, "sample": None, "json_keys": None},
        {"kind": "text", "length": 2, "sample": "on", "json_keys": None},
        {"kind": "binary", "length": 2, "sample": "0001", "json_keys": None},
        {"kind": "json", "length": 21, "sample": payloads[3].decode(), "json_keys": ["v", "u", "u.n"]},
    ]
    assert found[0] == dict.fromkeys(found[0])


def test_sparkplug_behind_an_alias() -> None:
    """The topic an alias stands for decides, in a later batch too."""
    data = b"\x08\x01\x12\x03\x0a\x01m\x18\x07"
    named = publish("spBv1.0/g/NDATA/e", data, properties=block(b"\x23\0\1"))
    connection = modern().ask(named).ask(publish("", data, properties=block(b"\x23\0\1")))
    for cuts in ([], [6]):
        for record in records(connection, cuts)[1:]:
            assert (record["mqtt.payload.kind"], record["mqtt.sparkplug.metrics"]) == ("sparkplug_b", ["m"])
            assert (record["mqtt.sparkplug.group"], record["mqtt.sparkplug.sequence"]) == ("g", 7)


def test_a_record_without_a_topic() -> None:
    """Only a PUBLISH has a topic and a payload."""
    record = last(begin(connect("spBv1.0/g/NDATA/e")))
    assert not {name for name in record if name.startswith(("topic", "payload", "sparkplug"))}
