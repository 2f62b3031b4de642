"""Columns of packets that are rare or hold lists."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from parsers.mqtt_detail import MOST_ITEMS, decode_filters, spread
from tests.support.mqtt_packets import (
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
    subscribe,
    text,
    unsubscribe,
)


def test_options_of_a_subscription() -> None:
    """QoS, no local, retain as published and retain handling of each filter (5.0 §3.8.3.1)."""
    asked = subscribe(("a/+", 0b00_00_01_01), ("$share/g/b", 0b00_10_10_10), properties=b"\0")
    record = last(modern().ask(asked).answer(acknowledge(0x90, rest=b"\0\1\x97")))
    names = ("filters", "requested_qos", "no_local", "retain_as_published", "retain_handling", "granted_qos")
    assert [record[name] for name in names] == [["a/+", "$share/g/b"], [1, 2], [1, 0], [0, 1], [0, 2], [1, 0x97]]
    assert (record["reason.code"], record["reason.name"], record["event.outcome"]) == (
        0x97,
        "quota_exceeded",
        "failure",
    )


def test_unsubscribing() -> None:
    """Filters, and with 5 a code for each."""
    record = last(modern().ask(unsubscribe("a", "b", properties=b"\0")).answer(acknowledge(0xB0, rest=b"\0\0\x11")))
    assert (record["filters"], record["reason.codes"]) == (["a", "b"], [0, 0x11])
    assert "granted_qos" not in record
    before = last(begin().ask(unsubscribe("a")).answer(acknowledge(0xB0)))
    assert "reason.codes" not in before


def test_properties_of_both_halves() -> None:
    """The CONNECT's have columns of their own, those of the CONNACK are listed."""
    asked = block(b"\x11\0\0\0\x3c", b"\x21\0\x14", b"\x27\0\0\x10\0", b"\x22\0\5", b"\x26" + text("k") + text("v"))
    answered = block(b"\x12" + text("given"), b"\x13\0\x0a", b"\x24\1", b"\x1f" + text("well"))
    (record,) = records(begin(connect("", level=5, properties=asked), answer=connack(properties=answered)))
    names = ("session_expiry", "receive_maximum", "maximum_packet_size", "topic_alias_maximum", "user_properties")
    assert [record[f"mqtt.{name}"] for name in names] == [60, 20, 4096, 5, ["k=v"]]
    given = ("assigned_client_id", "client_id", "server_keep_alive", "reason.text")
    assert [record[f"mqtt.{name}"] for name in given] == ["given", "given", 10, "well"]
    assert record["mqtt.response.properties"] == [
        "assigned_client_identifier=given", "server_keep_alive=10", "maximum_qos=1", "reason_string=well",
    ]  # fmt: skip


def test_properties_of_a_disconnect() -> None:
    """A broker says why and where to go."""
    body = b"\x9d" + block(b"\x1f" + text("moved"), b"\x1c" + text("other:1883"))
    record = last(modern().answer(packet(0xE0, body)))
    assert (record["reason.name"], record["reason.text"], record["server_reference"]) == (
        "server_moved", "moved", "other:1883",
    )  # fmt: skip
    assert (record["event.outcome"], record["direction"]) == ("failure", "broker_to_client")


def test_properties_of_a_publish() -> None:
    """Every property has its column, repeated subscription identifiers a list."""
    sent = block(
        b"\x01\1", b"\x02\0\0\0\x3c", b"\x03" + text("t/p"), b"\x08" + text("re/ply"), b"\x09" + text(b"\x01\xff"),
        b"\x0b\x05", b"\x0b\x80\x01", b"\x26" + text("k") + text("v"),
    )  # fmt: skip
    record = last(modern().answer(publish(properties=sent)))
    names = ("message_expiry", "content_type", "response_topic", "correlation_data", "subscription_ids")
    assert [record[name] for name in names] == [60, "t/p", "re/ply", "01ff", [5, 128]]
    assert record["properties"][0] == "payload_format_indicator=1"
    assert len(record["properties"]) == 8


@given(st.binary(max_size=60), st.booleans())
def test_any_filters(body: bytes, options: bool) -> None:
    """Any bytes are read as far as they go."""
    found = decode_filters(body, options=options)
    assert sum(len(name.encode()) > 0 for name, _ in found) <= len(body)
    assert len(decode_filters(b"\0\1a" * (MOST_ITEMS + 4), options=False)) == MOST_ITEMS


def test_spreading() -> None:
    """Values go to their rows, the others are null."""
    values = pa.array([["x"], ["y"]])
    assert spread(values, np.array([1, 3]), 4).to_pylist() == [None, ["x"], None, ["y"]]
    assert spread(values, np.array([0, 1]), 2) is values
