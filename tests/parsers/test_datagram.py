"""Messages in datagrams."""

from __future__ import annotations

import pytest

from tests.support.conversations import ANSWER, READ, datagram, dissect, mbap, only, paired
from tests.support.frames import Packet


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
    assert only(found.flow)["network.protocol"] == "dns"


def test_cut_off_datagrams_are_counted() -> None:
    """A datagram that the sensor cut off gives no record and counts its missing bytes."""
    whole = datagram(mbap(READ)).data
    found = dissect([Packet(whole[:-3], wirelen=len(whole))])
    assert found.modbus == []
    assert (only(found.flow)["flow.source.gap_bytes"], found.counters["stream_gap_bytes"]) == (3, 3)
