"""Flows from packet to packet: retransmissions, time, reuse of ports, datagrams, and who is left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.conversations import (
    ACK,
    FIN,
    PSH,
    RST,
    SMALL,
    SYN,
    Connection,
    Record,
    datagram,
    dissect,
    mbap,
    only,
    said,
)
from tests.support.frames import START_NS, Packet, ethernet, ipv4, tcp

READ, ANSWER = bytes.fromhex("0300000001"), bytes.fromhex("0302002a")
PAGE = b"HTTP/1.1 200 OK\r\n\r\n"


def polls(connection: Connection, count: int, seconds: float = 0.0, *, start: int = 0) -> Connection:
    """Requests with their replies, ``seconds`` apart."""
    for number in range(start, start + count):
        connection.ask(mbap(READ, number)).answer(mbap(ANSWER, number)).wait(seconds)
    return connection


def paired(records: list[Record]) -> list[int]:
    """Transaction ids of the paired records, in order."""
    return [record["modbus.transaction_id"] for record in records if record["wanglou.pairing"] == "paired"]


def test_retransmissions_are_counted_and_not_parsed_again() -> None:
    """A segment that comes again is one record and one retransmission of its side."""
    connection = Connection().open().ask(mbap(READ)).place(0, mbap(READ)).place(0, mbap(READ))
    connection.answer(mbap(ANSWER)).place(0, mbap(ANSWER), from_server=True)
    found = dissect(connection.packets)
    assert paired(found.modbus) == [1]
    flow = only(found.flow)
    assert (flow["flow.source.retransmissions"], flow["flow.destination.retransmissions"]) == (2, 1)
    assert flow["flow.messages"] == 2


@pytest.mark.parametrize("probe", [b"", b"\x00"])
def test_keep_alive_probes_are_no_retransmissions(probe: bytes) -> None:
    """A probe repeats the last byte's number, with or without a byte (RFC 9293 §3.8.4)."""
    connection = Connection().open().ask(mbap(READ)).answer(mbap(ANSWER))
    connection.place(11, probe).place(0, b"", from_server=True, ack=12)
    found = dissect(polls(connection, 1, start=5).packets)
    assert paired(found.modbus) == [1, 5]
    assert only(found.flow)["flow.source.retransmissions"] == 0
    assert found.counters["stream_gaps"] == 0


def test_idle_flows_end() -> None:
    """Silence beyond the bound ends a flow; what follows is another, with its own number of packets."""
    connection = polls(polls(Connection(), 2).wait(SMALL.idle_s + 1), 1)
    first, second = dissect(connection.packets).flow
    assert (first["flow.end_reason"], first["network.packets"]) == ("idle", 4)
    assert (second["flow.end_reason"], second["network.packets"]) == ("end", 2)
    assert first["network.community_id"] == second["network.community_id"]


def test_other_traffic_ages_the_table() -> None:
    """Packet time passes for all flows: an idle one is recorded when another flow's packet comes."""
    late = Connection(port=50000, start_ns=START_NS + (SMALL.idle_s + 1) * 10**9).open()
    dissected = dissect([*Connection().open().packets, *late.packets])
    assert [flow["source.port"] for flow in dissected.flow] == [40000, 50000]
    assert [flow["flow.end_reason"] for flow in dissected.flow] == ["idle", "end"]


def test_long_flows_are_sliced() -> None:
    """A flow that goes on is recorded each time the active bound is over; counts add up and messages go on."""
    connection = polls(Connection().open(), 40, 100)
    found = dissect(connection.packets)
    assert [flow["flow.end_reason"] for flow in found.flow] == ["active", "active", "end"]
    assert sum(flow["network.packets"] for flow in found.flow) == len(connection.packets)
    assert sum(flow["flow.messages"] for flow in found.flow) == 80
    assert found.flow[0]["wanglou.packet"] == 0
    assert len({flow["wanglou.packet"] for flow in found.flow}) == 3
    assert paired(found.modbus) == list(range(40))


def test_a_full_table_ends_the_longest_silent() -> None:
    """Where no place is free the flow that was silent longest is recorded early and counted."""
    packets = [packet for port in range(9) for packet in Connection(port=1000 + port).open().packets]
    found = dissect(packets, limits=replace(SMALL, flows=8))
    assert (found.counters["flows_evicted"], len(found.flow)) == (1, 9)
    assert (found.flow[0]["flow.end_reason"], found.flow[0]["source.port"]) == ("evicted", 1000)


def test_a_used_flow_is_not_the_longest_silent() -> None:
    """A flow that speaks again is young again."""
    packets = [packet for port in range(8) for packet in Connection(port=1000 + port).open().packets]
    packets += [*Connection(port=1000).open().packets[2:], *Connection(port=2000).open().packets]
    found = dissect(packets, limits=replace(SMALL, flows=8))
    assert [flow["source.port"] for flow in found.flow if flow["flow.end_reason"] == "evicted"] == [1001]


NUMBERS = [(1001, 6), (900, 4000), (0xF0000000, 1), (3000, 7000)]


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


def test_pending_requests_die_with_their_connection() -> None:
    """A reply on a new connection does not answer a request of the old one."""
    first = Connection().open().ask(mbap(READ)).close()
    second = Connection(isn=(7, 8), start_ns=first.now_ns).open().answer(mbap(ANSWER))
    found = dissect(first.packets + second.packets)
    assert sorted(record["wanglou.pairing"] for record in found.modbus) == ["no_request", "no_response"]


def test_a_web_server_on_502_is_no_modbus() -> None:
    """Bytes decide: HTTP on port 502 gives a flow without a protocol and no Modbus record."""
    connection = Connection().open().ask(b"GET / HTTP/1.1\r\nHost: plc\r\n\r\n").answer(PAGE + b"<html>" * 300)
    found = dissect(connection.ask(b"GET /x HTTP/1.1\r\n\r\n").answer(PAGE).close().packets)
    assert found.modbus == []
    assert (only(found.flow)["network.protocol"], found.flow[0]["flow.messages"]) == (None, 0)


@pytest.mark.parametrize("port", [502, 1502])
@pytest.mark.parametrize(
    "noise",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60), b"\x00" * 200, b"AB"],
)
def test_other_protocols_are_no_modbus(port: int, noise: bytes) -> None:
    """Neither SSH, nor TLS, nor zeros become Modbus records on any port."""
    connection = Connection(served=port).open()
    for _ in range(8):
        connection.ask(noise).answer(noise[::-1])
    assert dissect(connection.packets).modbus == []


def test_modbus_on_any_port() -> None:
    """Modbus is recognised by its bytes on other ports too."""
    found = dissect(polls(Connection(served=10502).open(), 3).packets)
    assert paired(found.modbus) == [0, 1, 2]
    assert only(found.flow)["network.protocol"] == "modbus"


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


@pytest.mark.parametrize("served", [502, 10502])
def test_modbus_over_udp(served: int) -> None:
    """Datagrams with whole messages are Modbus on any port."""
    packets = []
    for number in range(3):
        packets.append(datagram(mbap(READ, number), number=2 * number, served=served))
        packets.append(datagram(mbap(ANSWER, number), number=2 * number + 1, served=served, reply=True))
    found = dissect(packets)
    assert paired(found.modbus) == [0, 1, 2]
    assert {record["network.transport"] for record in (*found.modbus, *found.flow)} == {"udp"}
    assert only(found.flow)["network.protocol"] == "modbus"


def test_several_messages_in_a_datagram() -> None:
    """Each is a record, numbered; a rest that is no message is malformed."""
    found = dissect([datagram(mbap(READ, 1) + mbap(READ, 2) + b"\x00\x03\x00\x00\x00")])
    facts = [(r["wanglou.pdu"], r["modbus.transaction_id"], r["wanglou.pairing"]) for r in found.modbus]
    assert sorted(facts) == [(0, 1, "no_response"), (1, 2, "no_response"), (2, 3, "malformed")]


def test_other_datagrams_on_502_are_no_modbus() -> None:
    """A name query on port 502 is no Modbus, nor are datagrams after it."""
    query = bytes.fromhex("1234010000010000000000000377777707657861") + b"mple\x03com\x00\x00\x01\x00\x01"
    found = dissect([datagram(query, number=number) for number in range(6)])
    assert found.modbus == []
    assert only(found.flow)["network.protocol"] is None


def test_cut_off_datagrams_are_counted() -> None:
    """A datagram that the sensor cut off gives no record and counts its missing bytes."""
    whole = datagram(mbap(READ)).data
    found = dissect([Packet(whole[:-3], wirelen=len(whole))])
    assert found.modbus == []
    assert (only(found.flow)["flow.source.gap_bytes"], found.counters["stream_gap_bytes"]) == (3, 3)


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
