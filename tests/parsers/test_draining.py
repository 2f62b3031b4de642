"""Messages longer than what is kept of one: given with their beginning, their rest skipped, wherever bytes are lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.framing import KEPT, LONGEST
from parsers.slot import SLOT_BYTES
from tests.support.conversations import ACK, Connection, cut
from tests.support.streams import Said, listen

CONNECT = bytes.fromhex("100d00044d5154540402003c000161")
PING = b"\xc0\x00"


def publish(size: int, topic: bytes = b"plant/picture") -> bytes:
    """MQTT PUBLISH with a payload of ``size`` bytes (MQTT 3.1.1 §3.3)."""
    body = len(topic).to_bytes(2, "big") + topic + bytes(number % 251 for number in range(size))
    return b"\x30" + encode_varint(len(body)) + body


def encode_varint(value: int) -> bytes:
    """Variable byte integer (MQTT 3.1.1 §2.2.3)."""
    parts = []
    while True:
        value, low = value >> 7, value & 0x7F
        parts.append(low | (0x80 if value else 0))
        if not value:
            return bytes(parts)


def speak(size: int, segment: int = 1400) -> tuple[Connection, bytes]:
    """A client that sends a picture of ``size`` bytes between small packets, and what it sends after CONNECT."""
    stream = publish(20) + publish(size) + PING + publish(5)
    connection = Connection(served=1883).open().ask(CONNECT)
    return connection.ask(stream, sizes=[segment] * (len(stream) // segment)), stream


def facts(message: Said) -> tuple[str, int, int]:
    """Status, bytes kept, bytes sent."""
    return message.status, len(message.content), message.wire


@pytest.mark.parametrize("segment", [536, 1448, 9000, 60_000])
@pytest.mark.parametrize("size", [LONGEST - 19, LONGEST - 18, 100_000, 300_000, 3_000_000])
def test_long_messages_in_order(size: int, segment: int) -> None:
    """A message up to LONGEST comes whole; of a longer one at least KEPT bytes come, and what follows is read."""
    connection, _ = speak(size, segment)
    heard = listen(connection.packets)
    whole = publish(size)
    assert {message.status for message in heard.messages} == {"whole"}
    first, small, long, *rest = heard.messages
    assert (first.content, small.content) == (CONNECT, publish(20))
    assert [message.content for message in rest] == [PING, publish(5)]
    assert (long.wire, long.content) == (len(whole), whole[: len(long.content)])
    if len(whole) <= LONGEST:
        assert len(long.content) == len(whole)
    else:
        assert KEPT <= len(long.content) < len(whole)
        assert heard.counters["stream_skipped_bytes"] == len(whole) - len(long.content)
    assert (heard.counters["stream_gaps"], heard.malformed) == (0, 0)


def test_the_end_of_what_is_kept_is_told() -> None:
    """A message over very many packets knows the first that it needed and the last."""
    connection, _ = speak(60_000, 500)
    long = listen(connection.packets).messages[2]
    assert (long.packet, long.packet_end) == (4, 4 + (22 + len(publish(60_000)) + 14) // 500)


@pytest.mark.parametrize(("count", "gap"), [(1, 1), (30, 30), (120, 121)])
def test_losses_inside_a_long_message(count: int, gap: int) -> None:
    """Bytes lost in the part that is skipped break nothing: what follows the message is read from its first byte.

    Where more is lost than a slot holds, the first segment behind it is a stray and lost as well.
    """
    at = 4 + 100_000 // 1400
    connection, stream = speak(400_000, 1400)
    del connection.packets[at : at + count]
    connection.place(0, b"\xd0\x00", from_server=True, ack=len(CONNECT) + len(stream), flags=ACK)
    heard = listen(connection.packets)
    assert [facts(message)[::2] for message in heard.messages if not message.from_server] == [
        ("whole", len(message)) for message in (CONNECT, publish(20), publish(400_000), PING, publish(5))
    ]
    assert heard.counters["stream_gap_bytes"] == 1400 * gap


def test_a_loss_in_what_would_be_kept() -> None:
    """A long message whose beginning has a hole is broken, and what follows it is still read from its first byte."""
    connection, stream = speak(400_000, 1400)
    del connection.packets[7:9]
    connection.place(0, b"\xd0\x00", from_server=True, ack=len(CONNECT) + len(stream), flags=ACK)
    heard = listen(connection.packets)
    own = [message for message in heard.messages if not message.from_server]
    assert [message.status for message in own] == ["whole", "whole", "broken", "whole", "whole"]
    assert [message.content for message in own[3:]] == [PING, publish(5)]


def test_a_loss_over_the_end_of_a_long_message() -> None:
    """Where the loss takes the message's end too, the next one is looked for."""
    stream = publish(200_000) + b"".join(publish(300 + number) for number in range(40))
    connection = Connection(served=1883).open().ask(CONNECT).ask(stream, sizes=[1400] * 200)
    end = 4 + len(publish(200_000)) // 1400
    del connection.packets[end - 2 : end + 2]
    connection.place(0, b"\xd0\x00", from_server=True, ack=len(CONNECT) + len(stream), flags=ACK)
    heard = listen(connection.packets)
    assert set(heard.contents) >= {publish(300 + number) for number in range(15, 40)}


def test_segments_cut_by_the_sensor() -> None:
    """A short snaplen loses bytes of every segment, and yet each message is found where the last one ends."""
    connection = Connection(served=1883).open().ask(CONNECT)
    for number in range(5):
        connection.ask(publish(500 + number) + publish(700), keep=100)
    heard = listen(connection.packets)
    assert [message.status for message in heard.messages] == ["whole", *["broken"] * 5]
    assert [message.content[:3] for message in heard.messages[1:]] == [publish(500 + n)[:3] for n in range(5)]


@given(
    size=st.sampled_from([30_000, LONGEST - 18, 70_000, 150_000]),
    shuffle=st.randoms(use_true_random=False),
    again=st.lists(st.integers(0, 120), max_size=10),
    cuts=st.lists(st.integers(1, 60), max_size=6),
)
def test_reordered_and_repeated_segments_of_long_messages(
    size: int, shuffle: Any, again: list[int], cuts: list[int]
) -> None:
    """Segments that change places with near ones or come again give the same messages, in any batches."""
    stream = CONNECT + publish(20) + publish(size) + PING + publish(5)
    parts, at = [], 0
    for piece in cut(stream, [len(CONNECT)] + [1300] * 200):
        parts.append((at, piece))
        at += len(piece)
    order = sorted(range(1, len(parts)), key=lambda number: number + shuffle.random() * 6)
    order = [0, *order, *(number % len(parts) for number in again)]
    connection = Connection(served=1883).open()
    for number in order:
        connection.place(*parts[number])
    heard = listen(connection.packets, cuts=cuts)
    assert [(m.status, m.wire) for m in heard.messages] == [
        ("whole", len(message)) for message in (CONNECT, publish(20), publish(size), PING, publish(5))
    ]
    assert heard.messages[2].content == publish(size)[: len(heard.messages[2].content)]


def test_a_reply_that_ends_with_its_connection() -> None:
    """A reply without a length is whole when its side ends, and is not taken for broken."""
    page = b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 3000
    connection = Connection(served=80).open().ask(b"GET / HTTP/1.0\r\n\r\n").answer(page, sizes=[1000] * 3)
    heard = listen(connection.close().wait(1).packets)
    assert [facts(message) for message in heard.messages] == [("whole", 18, 18), ("whole", len(page), len(page))]


def test_the_longest_message_and_the_largest_segment_fit_a_slot() -> None:
    """A message of any protocol can wait whole for its last byte."""
    assert LONGEST + 65_535 <= SLOT_BYTES
    assert KEPT < LONGEST
