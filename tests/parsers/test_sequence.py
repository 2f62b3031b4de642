"""Sequence numbers: their wrap, probes, late segments, and connections that use ports again."""

from __future__ import annotations

import pytest

from parsers.sequence import difference
from tests.support.conversations import ANSWER, READ, Connection, dissect, mbap, numbers, only, paired, polls

THREE = b"".join(mbap(READ, number) for number in (1, 2, 3))
REPLIES = b"".join(mbap(ANSWER, number) for number in (1, 2, 3))
NUMBERS = [(1001, 6), (900, 4000), (0xF0000000, 1), (3000, 7000)]


def test_differences_of_sequence_numbers() -> None:
    """Numbers are compared across their wrap (RFC 9293 §3.4)."""
    assert [difference(a, b) for a, b in ((5, 3), (3, 5), (2, 2**32 - 2), (2**32 - 2, 2))] == [2, -2, 4, -4]


@pytest.mark.parametrize("isn", [2**32 - 1, 2**32 - 5, 2**32 - 20, 2**31 - 10])
@pytest.mark.parametrize("size", [36, 12, 5])
def test_sequence_numbers_wrap(isn: int, size: int) -> None:
    """Numbers that pass 2**32 in the middle of a stream change nothing."""
    connection = Connection(isn=(isn, isn)).open().ask(THREE, sizes=[size] * 8).answer(REPLIES, sizes=[size] * 8)
    found = dissect(connection.packets)
    assert numbers(found) == [1, 2, 3]
    assert found.counters["stream_gaps"] == 0


@pytest.mark.parametrize("probe", [b"", b"\x00"])
def test_keep_alive_probes_are_no_retransmissions(probe: bytes) -> None:
    """A probe repeats the last byte's number, with or without a byte (RFC 9293 §3.8.4)."""
    connection = Connection().open().ask(mbap(READ)).answer(mbap(ANSWER))
    connection.place(11, probe).place(0, b"", from_server=True, ack=12)
    found = dissect(polls(connection, 1, start=5).packets)
    assert paired(found.modbus) == [1, 5]
    assert only(found.flow)["flow.source.retransmissions"] == 0
    assert found.counters["stream_gaps"] == 0


@pytest.mark.parametrize(
    ("isn", "closed"), [((1000, 5000), True), *((isn, closed) for isn in NUMBERS for closed in (True, False))]
)
def test_reused_ports_are_a_new_flow(isn: tuple[int, int], closed: bool) -> None:
    """A new SYN on the same ports is a new connection, whatever its number and however the old one ended."""
    first = polls(Connection().open(), 2)
    if closed:
        first.close()
    second = polls(Connection(isn=isn, start_ns=first.now_ns).open(), 2, start=10)
    found = dissect(first.packets + second.packets)
    assert [flow["flow.messages"] for flow in found.flow] == [4, 4]
    assert [flow["flow.end_reason"] for flow in found.flow] == ["closed", "end"]
    assert paired(found.modbus) == [0, 1, 10, 11]
    assert found.counters["stream_gaps"] == 0


def test_a_missed_syn_shows_in_its_answer() -> None:
    """Where only the SYN with ACK of the new connection was seen, it is a new flow too."""
    first = polls(Connection().open(), 2)
    second = polls(Connection(isn=(70, 80), start_ns=first.now_ns).open(), 2, start=10)
    found = dissect(first.packets + second.packets[1:])
    assert len(found.flow) == 2
    assert paired(found.modbus) == [0, 1, 10, 11]


def test_a_late_or_repeated_syn_changes_nothing() -> None:
    """A SYN that is seen again, or after the first bytes, does not restart the stream."""
    connection = polls(Connection().open(), 2)
    syn = connection.packets[0]
    packets = [*connection.packets[:5], syn, *connection.packets[5:], syn]
    for order in (packets, [connection.packets[3], syn, *connection.packets[4:]]):
        found = dissect(order)
        assert len(found.flow) == 1
        assert paired(found.modbus) == [0, 1]


def test_losses_of_what_nobody_parses_are_counted() -> None:
    """Missing bytes of an unparsed side are counted, and given back when they come late."""
    connection = Connection(served=80).open()
    for _ in range(5):
        connection.ask(b"GET / HTTP/1.1\r\n\r\n")
    connection.place(190, b"x" * 10)
    assert only(dissect(connection.packets).flow)["flow.source.gap_bytes"] == 100
    found = dissect(connection.place(90, b"y" * 100).packets)
    flow = only(found.flow)
    assert (flow["flow.source.gap_bytes"], flow["flow.source.retransmissions"]) == (0, 0)
    assert found.counters["stream_gap_bytes"] == 0
