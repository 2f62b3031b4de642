"""Sparkplug B topics and payloads."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.sparkplug import (
    METRIC,
    MOST_METRICS,
    Place,
    gather_metrics,
    is_sparkplug,
    is_sparkplug_topic,
    list_metrics,
    split_topic,
)
from tests.support.mqtt_packets import array, begin, last, publish, varint


def metric(name: str | None = None, alias: int | None = None) -> bytes:
    """A metric: name, alias, type, a float value (Sparkplug 3.0.0 §6.4.6)."""
    body = b"" if name is None else b"\x0a" + varint(len(name.encode())) + name.encode()
    body += b"" if alias is None else b"\x10" + varint(alias)
    body += b"\x20\x09" + b"\x65" + struct.pack("<f", 21.5)
    return b"\x12" + varint(len(body)) + body


def payload(*metrics: bytes, sequence: int = 3) -> bytes:
    """A payload: timestamp, metrics, sequence number."""
    return b"\x08" + varint(1_700_000_000_000) + b"".join(metrics) + b"\x18" + varint(sequence)


@pytest.mark.parametrize(
    ("topic", "place"),
    [
        ("spBv1.0/plant/DBIRTH/edge1/press", Place("plant", "DBIRTH", "edge1", "press")),
        ("spBv1.0/plant/NDATA/edge1", Place("plant", "NDATA", "edge1", "")),
        ("spBv1.0/STATE/scada1", Place("", "STATE", "scada1", "")),
        ("spBv1.0/plant/NDATA", None),
        ("spAv1.0/plant/NDATA/edge1", None),
        ("a/b", None),
    ],
)
def test_topics(topic: str, place: Place | None) -> None:
    """Namespace, group, message type, edge node and device (§4.1)."""
    assert split_topic(topic) == place
    data = array(topic.encode())
    assert bool(is_sparkplug_topic(data, 0, len(data))) == topic.startswith("spBv1.0/")


def test_a_payload_in_a_record() -> None:
    """Topic and payload together give the facts of a Sparkplug message."""
    record = last(begin().ask(publish("spBv1.0/plant/NBIRTH/edge1", payload(metric("temp", 1), metric(None, 2)))))
    facts = ("group", "message_type", "edge_node", "sequence", "metrics")
    assert [record[f"sparkplug.{name}"] for name in facts] == ["plant", "NBIRTH", "edge1", 3, ["temp", "alias_2"]]
    assert record["payload.kind"] == "sparkplug_b"


@pytest.mark.parametrize(
    ("topic", "data"), [("a/b", payload()), ("spBv1.0/p/NDATA/e", b"\xff\xff"), ("spBv1.0/STATE/h", b"{}")]
)
def test_what_is_no_payload(topic: str, data: bytes) -> None:
    """Both the topic and the structure must be Sparkplug's."""
    record = last(begin().ask(publish(topic, data)))
    assert record["payload.kind"] != "sparkplug_b"
    assert "sparkplug.metrics" not in record


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    """Any bytes are walked without an exception, and metrics lie within them."""
    buf, metrics = array(data), np.recarray(8, dtype=METRIC)
    is_sparkplug(buf, 0, len(data), len(data))
    used, _ = list_metrics(buf, 0, len(data), 5, metrics, 0)
    for found in metrics[:used]:
        assert found.row == 5
        assert found.length < 0 or 0 <= found.at <= found.at + found.length <= len(data)


def test_bounds() -> None:
    """A payload names at most MOST_METRICS, and one that was cut off is taken on trust."""
    whole = payload(*(metric(f"m{at}") for at in range(MOST_METRICS + 9)))
    buf, metrics = array(whole), np.recarray(200, dtype=METRIC)
    assert list_metrics(buf, 0, len(whole), 0, metrics, 0) == (MOST_METRICS, 3)
    assert list_metrics(buf, 0, len(whole), 0, metrics[:5], 0)[0] == 5
    assert is_sparkplug(buf, 0, len(whole), len(whole))
    assert is_sparkplug(buf, 0, len(whole) - 3, len(whole))
    assert not is_sparkplug(buf, 0, len(whole) - 3, len(whole) - 3)


def test_metrics_of_many_payloads() -> None:
    """Each metric knows its record; a payload that is none has none."""
    parts = [payload(metric("a")), payload(metric("b"), metric("c"), sequence=4)]
    data, metrics, sequences = array(b"".join(parts)), np.recarray(9, dtype=METRIC), np.zeros(3, dtype=np.int64)
    offsets = np.array([0, 0, len(parts[0])], dtype=np.int64)
    lengths = np.array([len(parts[0]), -1, len(parts[1])], dtype=np.int64)
    used = gather_metrics(data, data, offsets, lengths, np.zeros(3, dtype=np.int64), metrics, sequences)
    assert (metrics["row"][:used].tolist(), sequences.tolist()) == ([0, 2, 2], [3, -1, 4])
