"""Flows from packet to packet: retransmissions, time, reuse of ports, datagrams, and who is left alone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.conversations import (
    ACK,
    ANSWER,
    FIN,
    PSH,
    READ,
    RST,
    SMALL,
    SYN,
    Connection,
    dissect,
    mbap,
    only,
    paired,
    polls,
    said,
)
from tests.support.frames import START_NS, Packet, ethernet, ipv4, tcp


def test_retransmissions_are_counted_and_not_parsed_again() -> None:
    """A segment that comes again is one record and one retransmission of its side."""
    connection = Connection().open().ask(mbap(READ)).place(0, mbap(READ)).place(0, mbap(READ))
    connection.answer(mbap(ANSWER)).place(0, mbap(ANSWER), from_server=True)
    found = dissect(connection.packets)
    assert paired(found.modbus) == [1]
    flow = only(found.flow)
    assert (flow["flow.source.retransmissions"], flow["flow.destination.retransmissions"]) == (2, 1)
    assert flow["flow.messages"] == 2


def test_other_traffic_ages_the_table() -> None:
    """Packet time passes for all flows: an idle one is recorded when another flow's packet comes."""
    late = Connection(port=50000, start_ns=START_NS + (SMALL.idle_s + 1) * 10**9).open()
    dissected = dissect([*Connection().open().packets, *late.packets])
    assert [flow["source.port"] for flow in dissected.flow] == [40000, 50000]
    assert [flow["flow.end_reason"] for flow in dissected.flow] == ["idle", "end"]


def test_text_of_a_reset_is_no_payload() -> None:
    """A reset may carry a diagnostic text, which is no part of the stream (RFC 9293 §3.5.3)."""
    connection = Connection().open().ask(mbap(READ)).place(0, b"go away now", flags=RST, from_server=True)
    found = dissect(connection.packets)
    assert only(found.modbus)["wanglou.pairing"] == "no_response"
    assert only(found.flow)["flow.state"] == "reset"


def test_data_in_a_syn() -> None:
    """Bytes that a SYN carries begin after its number (RFC 9293 §3.4)."""
    connection = Connection()
    connection.put(tcp(mbap(READ), seq=1000, flags=SYN))
    connection.place(-1, b"", flags=SYN | ACK, from_server=True).place(12, mbap(READ, 2))
    assert [record["modbus.transaction_id"] for record in dissect(connection.packets).modbus] == [1, 2]


def test_data_in_a_fin() -> None:
    """A FIN's bytes are parsed, and count as the stream's."""
    connection = Connection().open().ask(mbap(READ)).answer(mbap(ANSWER), flags=FIN | PSH | ACK)
    assert paired(dissect(connection.packets).modbus) == [1]


def test_a_land_packet_is_one_flow() -> None:
    """A packet from an endpoint to itself cannot confuse the sides."""
    packet = Packet(ethernet(ipv4(tcp(b"hello", 502, 502), 6, "10.0.0.1", "10.0.0.1")))
    assert only(dissect([packet] * 4).flow)["network.packets"] == 4


def test_packets_without_an_order_in_time() -> None:
    """Times that go back neither end flows nor raise."""
    connection = polls(Connection().open(), 4)
    packets = [Packet(p.data, START_NS - at * 10**9) for at, p in enumerate(connection.packets)]
    found = dissect(packets)
    assert paired(found.modbus) == [0, 1, 2, 3]
    assert len(found.flow) == 1


@given(
    st.lists(
        st.tuples(
            st.booleans(), st.integers(0, 255), st.one_of(st.integers(0, 40), st.integers(0, 2**32 - 1)),
            st.integers(0, 2**32 - 1), st.binary(max_size=20), st.integers(0, 400),
        ),
        max_size=30,
    ),
    st.lists(st.integers(1, 5), max_size=8),
)  # fmt: skip
def test_any_segments_keep_their_promises(steps: list[tuple[Any, ...]], cuts: list[int]) -> None:
    """Any flags and numbers: no error, every packet in one flow row, and cuts of batches without effect."""
    connection = Connection()
    for from_server, bits, seq, ack, payload, seconds in steps:
        ports = (502, 40000) if from_server else (40000, 502)
        connection.put(tcp(payload, *ports, seq=seq, ack=ack, flags=bits), from_server=from_server).wait(seconds)
    found = dissect(connection.packets)
    assert sum(flow["network.packets"] for flow in found.flow) == len(steps)
    assert len(set(found.ids)) == len(found.ids)
    other = dissect(connection.packets, cuts=cuts)
    assert sorted(other.ids) == sorted(found.ids)
    assert [said(record) for record in other.flow] == [said(record) for record in found.flow]
