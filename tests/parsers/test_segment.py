"""Streams of every protocol that is read: however they are cut, the same messages come out."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.conversations import Connection, mbap
from tests.support.streams import Heard, listen

QUERY = bytes.fromhex("1234010000010000000000000377777707657861") + b"mple\x03com\x00\x00\x01\x00\x01"
URL = b"opc.tcp://plc:4840"
HEADER = struct.pack("!IIIHBBII", 1, 0, 0, 0, 0, 0, 0, 8)


def chunk(kind: bytes, body: bytes) -> bytes:
    """OPC UA chunk (OPC 10000-6 §6.7.2)."""
    return kind + struct.pack("<I", len(body) + 8) + body


def handle(body: bytes) -> bytes:
    """Handle resolution request (RFC 3652 §2.2)."""
    header = struct.pack("!IIIHBBII", 1, 0, 0, 0, 0, 0, 0, len(body))
    return struct.pack("!BBBBIIII", 2, 11, 0, 11, 0, 77, 0, len(header) + len(body) + 4) + header + body + bytes(4)


STREAMS: dict[str, tuple[bytes, ...]] = {
    "mqtt": (bytes.fromhex("100d00044d5154540402003c000161"), b"\x30\x06\x00\x01ahey", b"\xc0\x00", b"\xe0\x00"),
    "http": (b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /b HTTP/1.1\r\nContent-Length: 9\r\n\r\nGET / HTT"),
    "opcua": (
        chunk(b"HELF", struct.pack("<5I", 0, 65535, 65535, 0, 0) + struct.pack("<I", len(URL)) + URL),
        chunk(b"MSGF", struct.pack("<4I", 5, 1, 51, 1) + bytes.fromhex("01007702") + bytes(40)),
        chunk(b"CLOF", struct.pack("<4I", 5, 1, 52, 2) + bytes.fromhex("0100c401") + bytes(40)),
    ),
    "dns": (struct.pack("!H", len(QUERY)) + QUERY, struct.pack("!H", len(QUERY)) + b"\x99" + QUERY[1:]),
    "handle": (handle(bytes(8)), handle(b"\x00\x00\x00\x0420.5" + bytes(8))),
    "modbus": tuple(mbap(bytes([3, 0, number, 0, 1]), number) for number in range(3)),
}
PORTS = {"mqtt": 1883, "http": 80, "opcua": 4840, "dns": 53, "handle": 2641, "modbus": 502}


def is_clean(heard: Heard) -> bool:
    """True when every slot is free again and clean."""
    tracker = heard.tracker
    free, slot = 0, int(tracker._scalars[11])
    while slot >= 0:
        free, slot = free + 1, int(tracker._slots[slot].next_free)
    return free == len(tracker._slots) and not tracker._present.any()


@pytest.mark.parametrize("protocol", STREAMS)
@pytest.mark.parametrize("odd", [False, True])
@given(sizes=st.lists(st.integers(1, 40), max_size=30), cuts=st.lists(st.integers(1, 9), max_size=9))
def test_any_split_gives_the_same_messages(protocol: str, odd: bool, sizes: list[int], cuts: list[int]) -> None:
    """Any segments and batches, on the protocol's port and, where its first bytes are certain, on another."""
    messages = STREAMS[protocol]
    port = 30_001 if odd else PORTS[protocol]
    connection = Connection(served=port).open().ask(b"".join(messages), sizes=sizes)
    heard = listen(connection.packets, cuts=cuts)
    assert [(m.protocol, m.status, m.content) for m in heard.messages] == [(protocol, "whole", m) for m in messages]
    assert heard.protocols == [protocol]
    assert is_clean(heard)


@pytest.mark.parametrize("protocol", STREAMS)
@given(
    noise=st.binary(max_size=200), lost=st.integers(0, 60), sizes=st.lists(st.integers(1, 60), max_size=12),
    cuts=st.lists(st.integers(1, 9), max_size=9),
)  # fmt: skip
def test_noise_and_losses_break_nothing(
    protocol: str, noise: bytes, lost: int, sizes: list[int], cuts: list[int]
) -> None:
    """After messages comes anything, then a hole, then messages again: the first are read and nothing is left over."""
    messages = STREAMS[protocol]
    whole = b"".join(messages)
    connection = Connection(served=PORTS[protocol]).open().ask(messages[0]).ask(whole + noise, sizes=sizes)
    at = len(messages[0]) + len(whole) + len(noise) + lost
    connection.place(at, whole).place(at + len(whole), whole).place(0, b"", from_server=True, ack=at + 2 * len(whole))
    heard = listen(connection.packets)
    read = [m.content for m in heard.messages if m.status == "whole"]
    assert read[: 1 + len(messages)] == [messages[0], *messages]
    assert is_clean(heard)
    again = listen(connection.packets, cuts=cuts)
    assert again.messages == heard.messages
