"""MQTT inside WebSocket frames: the same rows as without."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parsers.mqtt_websocket import HELD_BYTES, TRIES
from tests.support.mqtt_packets import (
    ANSWERED,
    ASKED,
    DISCONNECT,
    connect,
    publish,
    websocket,
)
from tests.support.websocket_messages import Tables, list_messages, read_frames


def tell(found: list[dict[str, object]]) -> list[tuple[object, object, object]]:
    """Action, pairing and transport of each record."""
    return [(r["event.action"], r["wanglou.pairing"], r["mqtt.transport"]) for r in found]


def test_one_packet_a_frame() -> None:
    """Requests and answers in frames of their own are paired, QoS 2 in one row."""
    said = [part for pair in zip(ASKED, ANSWERED, strict=True) for part in ((False, pair[0]), (True, pair[1]))]
    found, counters = read_frames([(server, websocket(data, masked=not server)) for server, data in said])
    assert tell(found) == [
        (action, "paired", "websocket") for action in ("connect", "subscribe", "publish", "publish", "pingreq")
    ]
    assert found[3]["mqtt.handshake_packets"] == [6, 7, 8, 9]
    assert {record["mqtt.client_id"] for record in found} == {"c1"}
    assert not any(counters.values())


def test_what_is_no_mqtt() -> None:
    """Text frames are counted, and binary ones that are something else are given up."""
    found, counters = read_frames([(False, websocket(b"hello", opcode=1)), (False, websocket(b"x", opcode=0))])
    assert (found, counters["mqtt_websocket_opaque"]) == ([], 2)
    found, counters = read_frames([(False, websocket(b"\xffbinary"))] * (TRIES + 2), [1] * TRIES)
    assert (found, counters["mqtt_websocket_foreign"]) == ([], 1)


def test_a_packet_whose_rest_never_comes() -> None:
    """At the end of the capture it is a broken packet."""
    found, _ = read_frames([(False, websocket(connect())), (False, websocket(publish()[:6]))], [1])
    assert [(r["event.action"], r["error.code"]) for r in found] == [("malformed", "gap"), ("connect", None)]
    assert (found[0]["wanglou.packet"], found[0]["mqtt.data"]) == (1, publish()[:6].hex())


def test_long_packets_are_bounded() -> None:
    """No more than HELD_BYTES wait for the rest of a packet; the connection goes on."""
    data = publish(payload=b"x" * (2 * HELD_BYTES))
    pieces = [(False, websocket(data[at : at + 30_000])) for at in range(0, len(data), 30_000)]
    said = [(False, websocket(connect())), *pieces, (False, websocket(DISCONNECT))]
    whole, _ = read_frames(said)
    assert [r["mqtt.payload.length"] for r in whole if r["event.action"] == "publish"] == [2 * HELD_BYTES]
    found, counters = read_frames(said, [1] * len(said))
    assert counters["mqtt_websocket_cut"] == 1
    assert [(r["event.action"], r["mqtt.payload.length"]) for r in found] == [
        ("publish", 2 * HELD_BYTES), ("disconnect", None), ("connect", None),
    ]  # fmt: skip


@given(
    parts=st.lists(st.tuples(st.booleans(), st.binary(max_size=30), st.sampled_from([0, 1, 2, 8])), max_size=8),
    raw=st.binary(max_size=20), cuts=st.lists(st.integers(1, 3), max_size=8), kept=st.integers(2, 40),
)  # fmt: skip
def test_any_frames(parts: list[tuple[bool, bytes, int]], raw: bytes, cuts: list[int], kept: int) -> None:
    """Any frames, whole, broken or cut short by the sensor, give records and no exception."""
    said = [(server, websocket(data, masked=not server, opcode=opcode)) for server, data, opcode in parts]
    read_frames([(False, websocket(connect())), *said, (True, raw), *said], cuts)
    messages, data = list_messages([(False, websocket(connect() + publish(qos=1) + publish("t", b"x" * 50)))])
    messages["length"] = kept
    tables = Tables()
    tables.add(messages, data)
    tables.add(messages[:0], b"", flush=True)
