"""Rows of the flow table."""

from __future__ import annotations

import pytest

from parsers.columns import Conversations
from parsers.flow_table import make_flow_table
from parsers.schema import FLOW
from tests.support.conversations import SMALL, Connection, datagram, dissect, mbap, only, said
from tests.support.frames import ICMP, START_NS, Packet, ethernet, ipv4, tcp

READ, ANSWER = mbap(bytes.fromhex("0300000001")), mbap(bytes.fromhex("0302002a"))


def test_a_whole_flow() -> None:
    """Bytes and packets each way, both ends, times and messages of one connection."""
    flow = only(dissect(Connection().open().ask(READ).answer(ANSWER).close().packets).flow)
    assert said(flow) == {
        "event.dataset": "flow",
        "event.action": "flow",
        "event.outcome": "success",
        "event.end": flow["event.end"],
        "source.ip": "10.0.0.1",
        "source.port": 40000,
        "source.mac": "02-00-00-00-00-0A",
        "destination.ip": "10.0.0.2",
        "destination.port": 502,
        "destination.mac": "02-00-00-00-00-0B",
        "network.transport": "tcp",
        "network.protocol": "modbus",
        "network.community_id": flow["network.community_id"],
        "network.type": "ipv4",
        "network.iana_number": 6,
        "network.packets": 7,
        "network.bytes": 7 * 40 + 12 + 11,
        "source.packets": 4,
        "source.bytes": 4 * 40 + 12,
        "destination.packets": 3,
        "destination.bytes": 3 * 40 + 11,
        "flow.source.payload_bytes": 12,
        "flow.destination.payload_bytes": 11,
        "flow.source.retransmissions": 0,
        "flow.destination.retransmissions": 0,
        "flow.source.gap_bytes": 0,
        "flow.destination.gap_bytes": 0,
        "flow.source.tcp_flags": 0x1B,
        "flow.destination.tcp_flags": 0x1B,
        "flow.state": "closed",
        "flow.end_reason": "closed",
        "flow.messages": 2,
        "flow.malformed": 0,
        "observer.name": "sensor",
    }
    assert (flow["wanglou.packet"], flow["wanglou.packet_end"], flow["wanglou.pdu"]) == (0, 6, 0)
    assert (flow["@timestamp"].timestamp(), flow["event.duration"]) == (START_NS / 1e9, 6_000_000)


def test_ipv6() -> None:
    """The same columns for IPv6, addresses as RFC 5952 writes them."""
    flow = only(dissect(Connection("2001:db8::1", "2001:db8:0:0:1::2").open().packets).flow)
    assert (flow["source.ip"], flow["destination.ip"], flow["network.type"]) == (
        "2001:db8::1",
        "2001:db8::1:0:0:2",
        "ipv6",
    )
    assert flow["network.bytes"] == 3 * 60


def test_what_udp_has_not_is_null() -> None:
    """A UDP flow has no TCP flags, and one that no parser recognises has no protocol."""
    flow = only(dissect([datagram(b"hello", served=9999), datagram(b"x", served=9999, reply=True)]).flow)
    assert (flow["flow.source.tcp_flags"], flow["network.protocol"]) == (None, None)
    assert (flow["network.transport"], flow["flow.state"], flow["event.outcome"]) == ("udp", "stateless", "unknown")
    assert (flow["flow.source.payload_bytes"], flow["flow.destination.payload_bytes"]) == (5, 1)


def test_icmp_request_and_reply_are_one_flow() -> None:
    """An echo and its reply are one flow under the echo's type."""
    packets = [
        Packet(ethernet(ipv4(bytes([kind, 0, 0, 0]), ICMP, *ends)))
        for kind, ends in ((8, ("10.0.0.1", "10.0.0.2")), (0, ("10.0.0.2", "10.0.0.1")))
    ]
    flow = only(dissect(packets).flow)
    assert (flow["source.port"], flow["destination.port"], flow["network.packets"]) == (8, 0, 2)
    assert flow["network.transport"] == "icmp"


def test_a_protocol_without_a_name_is_its_number() -> None:
    """Protocols beyond the common ones are told by their IANA number."""
    flow = only(dissect([Packet(ethernet(ipv4(b"x", 50)))]).flow)
    assert (flow["network.transport"], flow["network.iana_number"]) == ("50", 50)


def test_vlan() -> None:
    """The outermost tag is the flow's."""
    tagged = Packet(ethernet(ipv4(tcp()), tags=[(0x88A8, 9), (0x8100, 3)]))
    assert only(dissect([tagged]).flow)["network.vlan.id"] == 9


@pytest.mark.parametrize(("refused", "outcome"), [(False, "unknown"), (True, "failure")])
def test_outcome_of_an_attempt(refused: bool, outcome: str) -> None:
    """A refused connection failed; an attempt without an answer is unknown."""
    connection = Connection().place(-1, b"", flags=2)
    if refused:
        connection.place(0, b"", flags=0x14, from_server=True)
    assert only(dissect(connection.packets).flow)["event.outcome"] == outcome


def test_no_flows_make_an_empty_table() -> None:
    """A table without rows has the schema too."""
    dissector = dissect([], limits=SMALL).dissector
    tracked = dissector._tracker.finish(dissector._spill, 0, dissector._tabulation.carried)
    table = make_flow_table(
        tracked.ended_flows,
        tracked.ended_sides,
        Conversations(tracked.conversations, dissector._origin),
        dissector._origin,
    )
    assert (table.num_rows, table.schema) == (0, FLOW.arrow)
