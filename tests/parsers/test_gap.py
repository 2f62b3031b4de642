"""Bytes that never come: what waits for them is given up, counted, and parsing goes on."""

from __future__ import annotations

from parsers.gap import HOLE_NS
from parsers.slot import SLOT_BYTES
from tests.support.conversations import ACK, ANSWER, READ, Connection, broken, dissect, mbap, numbers, only
from tests.support.frames import START_NS, Packet

THREE = b"".join(mbap(READ, number) for number in (1, 2, 3))


def test_an_acknowledged_gap() -> None:
    """A hole that the receiver has acknowledged never fills: it is counted and parsing goes on behind it."""
    connection = Connection().open().place(0, THREE[:8]).place(20, THREE[20:])
    connection.place(0, mbap(ANSWER, 3), from_server=True, ack=36)
    found = dissect(connection.packets)
    record = only(broken(found))
    assert (record["modbus.transaction_id"], record["error.code"]) == (1, "gap")
    assert numbers(found) == [3]
    assert (found.counters["stream_gaps"], only(found.flow)["flow.source.gap_bytes"]) == (1, 12)


def test_a_gap_that_nobody_acknowledged() -> None:
    """Where the other direction is not seen, a hole is given up after a while of packet time."""
    connection = Connection().open().place(0, THREE[:12]).place(24, THREE[24:])
    assert numbers(dissect(connection.packets), "no_response") == [1, 3]
    connection.wait(HOLE_NS / 1e9 + 1).place(36, mbap(READ, 4))
    found = dissect(connection.packets)
    assert numbers(found, "no_response") == [1, 3, 4]
    assert found.counters["stream_gaps"] == 1


def test_a_gap_at_the_end() -> None:
    """What waits when the capture ends is read, holes and all."""
    connection = Connection().open().place(12, THREE[12:24]).place(30, THREE[30:])
    found = dissect(connection.packets)
    assert numbers(found, "no_response") == [2]
    assert found.counters["stream_gaps"] == 2


def test_a_gap_in_the_middle_of_everything() -> None:
    """Behind a gap that ends within a message the next whole message is found."""
    stream = b"".join(mbap(READ, number) for number in range(1, 9))
    connection = Connection().open().place(0, stream[:30]).place(41, stream[41:])
    connection.place(0, b"", from_server=True, ack=len(stream), flags=ACK)
    found = dissect(connection.packets)
    assert numbers(found, "no_response") == [1, 2, 5, 6, 7, 8]
    assert [record["error.code"] for record in broken(found)] == ["gap"]


def test_holes_that_no_longer_fit() -> None:
    """Holes that outgrow the slot are given up until half of it is free: those of the newer half may still fill."""
    connection = Connection().open()
    for number in range(1, 33):
        connection.place(4000 * number, mbap(READ, number))
    connection.place(SLOT_BYTES - 6, mbap(READ, 33))
    connection.place(4000 * 10 + 500, mbap(READ, 100)).place(4000 * 20 + 500, mbap(READ, 200))
    found = dissect(connection.packets)
    assert numbers(found, "no_response") == [*range(1, 34), 200]


def test_what_a_full_slot_has_given_up_is_trimmed() -> None:
    """Where a segment overlaps with what was given up to make room, its new bytes are still read."""
    long, rest = bytes(SLOT_BYTES - 90_000 - 1000), mbap(READ, 5)
    connection = Connection().open().ask(mbap(READ, 1)).place(90_000, long)
    connection.place(90_000 + len(long) - 600, bytes(600) + b"".join(mbap(READ, number) for number in range(2, 300)))
    found = dissect(connection.place(90_000 + len(long) + 298 * 12, rest).packets)
    assert set(range(2, 300)) <= set(numbers(found, "no_response"))


def test_no_slot_is_free() -> None:
    """When too many sides wait, the one that has waited longest is given up and counted, and still goes on."""
    waiting = [Connection(port=port).open().ask(mbap(READ, port)[:9]) for port in range(1000, 1009)]
    packets = [packet for connection in waiting for packet in connection.packets]
    for connection in waiting:
        packets += connection.ask(mbap(READ)[9:]).ask(mbap(READ, 1)).packets[4:]
    found = dissect([Packet(packet.data, START_NS + at * 1000) for at, packet in enumerate(packets)])
    assert found.counters["stream_slots_missing"] == 1
    assert numbers(found, "no_response") == [1] * 9 + list(range(1001, 1009))
    assert [record["modbus.transaction_id"] for record in broken(found)] == [1000]


def test_slots_are_given_back() -> None:
    """Many sides may wait one after the other: every slot returns when its message is whole or its flow has ended."""
    packets: list[Packet] = []
    for port in range(1000, 1060):
        connection = Connection(port=port).open().ask(mbap(READ), sizes=[3, 3])
        packets += [*connection.packets, *Connection(port=port + 1000).open().place(50, b"x").close().packets]
    found = dissect(packets)
    assert len(numbers(found, "no_response")) == 60
