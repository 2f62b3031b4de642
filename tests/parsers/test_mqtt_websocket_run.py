"""Frames of one direction are one run of bytes, whatever lies between them; packets are cut from it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.mqtt_packets import (
    ANSWERED,
    ASKED,
    connack,
    connect,
    publish,
    websocket,
)
from tests.support.websocket_messages import Said, read_frames


def cut(data: bytes, sizes: list[int], *, server: bool) -> list[Said]:
    """Frames of a side that hold its bytes in pieces."""
    pieces, at = [], 0
    for size in [*sizes, len(data)]:
        if data[at : at + size]:
            pieces.append((server, websocket(data[at : at + size], masked=not server)))
        at += size
    return pieces


@given(
    asked=st.lists(st.integers(1, 40), max_size=20), answered=st.lists(st.integers(1, 10), max_size=10),
    cuts=st.lists(st.integers(1, 8), max_size=10),
)  # fmt: skip
def test_packets_span_frames(asked: list[int], answered: list[int], cuts: list[int]) -> None:
    """However the bytes are cut into frames and the frames into batches, the rows say the same."""
    said = cut(b"".join(ASKED), asked, server=False) + cut(b"".join(ANSWERED), answered, server=True)
    found, counters = read_frames(said, cuts)
    actions = sorted(str(record["event.action"]) for record in found)
    assert actions == ["connect", "pingreq", "publish", "publish", "subscribe"]
    assert {record["wanglou.pairing"] for record in found} == {"paired"}
    assert counters["mqtt_malformed"] == 0
    places = [(r["wanglou.packet"], r["wanglou.pdu"]) for r in found]
    assert len(set(places)) == len(places)


def test_control_frames_are_passed_over() -> None:
    """PING, PONG and CLOSE may stand between the frames of a packet (RFC 6455 §5.4)."""
    data = publish(payload=b"21.5")
    said = [
        (False, websocket(connect())), (True, websocket(connack(), masked=False)),
        (False, websocket(data[:4], final=False) + websocket(b"hi", opcode=9) + websocket(data[4:], opcode=0)),
        (False, websocket(b"", opcode=8)),
    ]  # fmt: skip
    found, _ = read_frames(said)
    assert [record["mqtt.payload.sample"] for record in found] == [None, "21.5"]


def test_lost_frames() -> None:
    """A frame that cannot be read breaks the packet it lies in; the next one is found."""
    broken = (False, b"\x8f\x80\0\0\0\0")
    said = [
        (False, websocket(connect())),
        (False, websocket(publish()[:5])),
        broken,
        (False, websocket(publish("c/d"))),
    ]
    found, _ = read_frames(said)
    assert [(r["event.action"], r["error.code"], r["mqtt.topic"]) for r in found] == [
        ("malformed", "gap", None), ("publish", None, "c/d"), ("connect", None, None),
    ]  # fmt: skip
