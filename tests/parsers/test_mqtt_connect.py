"""The fields of a CONNECT."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.mqtt_connect import BRIDGE, CLEAN_START, PASSWORD, USER, WILL_FLAG, WILL_RETAIN
from tests.support.mqtt_packets import begin, block, connack, connect, packet, records, short, text


def read(data: bytes) -> dict[str, object]:
    """The record of a connection that begins with ``data``."""
    return next(short(r) for r in records(begin(data)) if "connect" in (r["mqtt.type"], r["event.action"]))


def test_flags() -> None:
    """The bits of 5.0, figure 3-4."""
    assert (USER, PASSWORD, WILL_RETAIN, WILL_FLAG, CLEAN_START) == (128, 64, 32, 4, 2)


@pytest.mark.parametrize(("level", "name", "version"), [(3, "MQIsdp", "3.1"), (4, "MQTT", "3.1.1"), (5, "MQTT", "5")])
def test_versions(level: int, name: str, version: str) -> None:
    """Name and level tell the version."""
    record = read(connect("dev", level=level, user="op", password="pw", keep_alive=9, clean=False))  # noqa: S106 - made up
    facts = ("protocol_name", "protocol_level", "version", "client_id", "user.name", "keep_alive")
    assert [record[fact] for fact in facts] == [name, level, version, "dev", "op", 9]
    assert (record["password_present"], record["clean_start"]) == (True, False)
    assert "will.topic" not in record


def test_a_will() -> None:
    """Topic, message, QoS, retain and properties of the will."""
    properties = block(b"\x18\0\0\0\x3c", b"\x03" + text("text/plain"))
    will = properties + text("gone") + text(b"\x00\x01")
    record = read(connect(level=5, will=will, will_bits=WILL_FLAG | WILL_RETAIN | 0x10))
    facts = {name.removeprefix("will."): value for name, value in record.items() if name.startswith("will.")}
    assert facts == {
        "topic": "gone", "payload": "0001", "length": 2, "qos": 2, "retain": True, "delay": 60,
        "properties": ["will_delay_interval=60", "content_type=text/plain"],
    }  # fmt: skip


def test_authentication_data_is_a_fact_without_a_value() -> None:
    """The method is kept, the data is not."""
    record = read(connect(level=5, properties=block(b"\x15" + text("SCRAM"), b"\x16" + text("secret"))))
    assert (record["auth.method"], record["auth.data_present"]) == ("SCRAM", True)
    assert "secret" not in str(record)
    assert "736563" not in str(record)


def test_a_bridge() -> None:
    """Bridges set the highest bit of the level."""
    data = connect().replace(b"MQTT\x04", b"MQTT" + bytes([4 | BRIDGE]))
    assert [read(data)[name] for name in ("version", "protocol_level")] == ["3.1.1", 0x84]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (connect().replace(b"MQTT", b"MQTX"), "protocol_name"),
        (connect(level=7), "protocol_level"),
        (connect(will_bits=0x01), "connect_flags"),
        (connect(will_bits=0x08), "connect_flags"),
        (connect(password="x"), "connect_flags"),  # noqa: S106 - made up
        (packet(0x10, connect()[2:] + b"x"), "trailing_bytes"),
        (packet(0x10, connect()[2:-1]), "truncated"),
    ],
)
def test_what_is_wrong(data: bytes, error: str) -> None:
    """Each fault has a code; the first packet of the connection told what it speaks."""
    found = records(begin().ask(data).answer(connack()))
    assert error in {record["error.code"] for record in found if record["mqtt.type"] == "connect"}


@given(st.binary(max_size=60), st.sampled_from([3, 4, 5]), st.integers(0, 255))
def test_any_connect(rest: bytes, level: int, bits: int) -> None:
    """Any bytes behind a right name give a row."""
    name = text("MQIsdp" if level == 3 else "MQTT")
    found = records(begin().ask(packet(0x10, name + bytes([level, bits]) + rest)))
    assert len(found) == 2
    assert {record["mqtt.type"] for record in found} == {"connect"}
