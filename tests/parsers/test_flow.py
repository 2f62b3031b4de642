"""Keys of flows, who asked, and how far a TCP connection came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.flow import FLOW_RECORD, STATES, bucket_of, fill_flow, is_key_equal, is_swapped
from parsers.packet import FRAME
from tests.support.conversations import ACK, FIN, PSH, RST, SYN, Connection, datagram, dissect, mbap, only
from tests.support.frames import ICMP, Packet, ethernet, ipv4

READ = bytes.fromhex("0300000001")
WORDS = [f"{end}{word}" for end in ("src", "dst") for word in range(4)]


def frame(words: list[int], ports: tuple[int, int], *, turned: bool = False) -> Any:
    """A frame of these addresses and ports, or its answer."""
    row = np.recarray(1, dtype=FRAME)[0]
    values = words[4:] + words[:4] if turned else words
    for name, value in zip(WORDS, values, strict=True):
        row[name] = value
    row.sport, row.dport = ports[::-1] if turned else ports
    row.version, row.protocol = 6, 6
    return row


@given(st.lists(st.integers(0, 2**32 - 1), min_size=8, max_size=8), st.tuples(*[st.integers(0, 65535)] * 2))
def test_both_directions_have_one_bucket(words: list[int], ports: tuple[int, int]) -> None:
    """A packet and its answer fall into the same bucket, one of them swapped unless both ends are the same."""
    one, other = frame(words, ports), frame(words, ports, turned=True)
    assert bucket_of(one, 12345, 1023) == bucket_of(other, 12345, 1023) in range(1024)
    same = words[:4] == words[4:] and ports[0] == ports[1]
    assert is_swapped(one) + is_swapped(other) == (0 if same else 1)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", ["src0", "dst3", "sport", "dport", "version", "protocol"])
def test_a_key_is_all_of_it(name: str, turned: bool) -> None:
    """Each part of the key keeps flows apart, in both directions."""
    flow = np.recarray(1, dtype=FLOW_RECORD)[0]
    words = [1, 2, 3, 4, 5, 6, 7, 8]
    fill_flow(flow, frame(words, (9, 10)), False, 1, 0, 0)
    probe = frame(words, (9, 10), turned=turned)
    assert is_key_equal(flow, probe, is_swapped(probe))
    probe[name] += 1
    assert not is_key_equal(flow, probe, turned)


def flags(*steps: tuple[int, bool]) -> str:
    """State of a connection whose packets had these flags, each with whether the server sent it."""
    connection = Connection()
    for bits, from_server in steps:
        connection.place(-1 if bits & SYN else 0, b"", flags=bits, from_server=from_server)
    return str(only(dissect(connection.packets).flow)["flow.state"])


OPEN = ((SYN, False), (SYN | ACK, True), (ACK, False))


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        (((SYN, False),), "attempt"),
        (((SYN, False), (SYN, False)), "attempt"),
        (((SYN, False), (RST | ACK, True)), "refused"),
        (((SYN, False), (RST | ACK, True), (RST | ACK, True)), "refused"),
        (OPEN, "established"),
        ((*OPEN[1:], (ACK, True)), "established"),
        ((*OPEN, (FIN | ACK, False)), "established"),
        ((*OPEN, (FIN | ACK, False), (ACK, True), (FIN | ACK, True)), "closed"),
        ((*OPEN, (FIN | ACK, False), (FIN | ACK, True), (RST, False)), "closed"),
        ((*OPEN, (RST, True)), "reset"),
        (((ACK, False),), "midstream"),
        (((FIN | ACK, False),), "midstream"),
        (((FIN | ACK, False), (FIN | ACK, True)), "closed"),
        (((RST, False),), "reset"),
        (((0, False),), "midstream"),
    ],
)
def test_tcp_states(steps: tuple[tuple[int, bool], ...], state: str) -> None:
    """The state is how far the flags show that the connection came."""
    assert flags(*steps) == state
    assert state in STATES


def test_other_transports_are_stateless() -> None:
    """UDP and ICMP have no state."""
    found = dissect([datagram(b"x"), Packet(ethernet(ipv4(bytes([8, 0, 0, 0]), ICMP)))]).flow
    assert {record["flow.state"] for record in found} == {"stateless"}


def client(connection: Connection) -> tuple[str, int]:
    """Who is recorded as having asked."""
    record = only(dissect(connection.packets).flow)
    return record["source.ip"], record["source.port"]


@pytest.mark.parametrize("ends", [("10.0.0.1", "10.0.0.2"), ("10.0.0.2", "10.0.0.1")])
@pytest.mark.parametrize("ports", [(40000, 80), (80, 40000), (502, 40000)])
def test_the_syn_tells_who_asked(ends: tuple[str, str], ports: tuple[int, int]) -> None:
    """The sender of the SYN is the client, whatever addresses and ports are."""
    assert client(Connection(*ends, *ports).open()) == (ends[0], ports[0])


def test_the_answer_to_a_syn_tells_it_too() -> None:
    """Where the SYN itself was not seen, the receiver of the SYN with ACK is the client."""
    connection = Connection(port=40000, served=80).place(-1, b"", flags=SYN | ACK, from_server=True)
    assert client(connection) == ("10.0.0.1", 40000)


def test_a_served_port_tells_who_asked() -> None:
    """Without a SYN the owner of a known port is the server, even if it is seen first."""
    assert client(Connection().place(0, b"", flags=ACK, from_server=True)) == ("10.0.0.1", 40000)


def test_the_first_speaker_asked() -> None:
    """Without a SYN and without a known port the first to be seen is the client."""
    connection = Connection(served=9999).place(0, b"", flags=ACK, from_server=True)
    assert client(connection) == ("10.0.0.2", 9999)


def test_bytes_turn_a_flow_round() -> None:
    """A first message that can only be a reply shows that its sender is the server."""
    reply = mbap(bytes.fromhex("03020007"))
    connection = Connection(served=1502).answer(reply, flags=PSH | ACK).ask(mbap(READ, 2))
    assert client(connection) == ("10.0.0.1", 40000)
    request, alone = dissect(connection.packets).modbus[::-1]
    assert (alone["wanglou.pairing"], request["wanglou.pairing"]) == ("no_request", "no_response")
    assert alone["source.ip"] == request["source.ip"] == "10.0.0.1"


def test_a_first_request_leaves_it() -> None:
    """A first message that can only be a request leaves its sender the client."""
    connection = Connection(served=1502).ask(mbap(READ)).answer(mbap(bytes.fromhex("03020007")))
    assert client(connection) == ("10.0.0.1", 40000)
    assert only(dissect(connection.packets).modbus)["wanglou.pairing"] == "paired"
