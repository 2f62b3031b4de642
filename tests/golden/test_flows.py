"""Our flow records hold the packets, bytes and community ids that tshark finds in the reference captures."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import struct
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.columns import community_id
from tests.support.parity import load_parity
from tests.support.records import read_records
from tests.support.tshark import read_flows

CAPTURES = tuple(load_parity()["captures"])
NUMBERS = {"tcp": 6, "udp": 17}

needs_tshark = pytest.mark.needs_tshark
Direction = tuple[str, str, str]
"""Transport, sender, receiver."""


def sum_ours(path: Path) -> tuple[Counter[Direction], Counter[Direction]]:
    """Packets and bytes of IP in each direction of our flow records, slices of a flow added up."""
    packets: Counter[Direction] = Counter()
    sizes: Counter[Direction] = Counter()
    for record in read_records(path)["flow"]:
        if record["network.transport"] not in NUMBERS:
            continue
        ends = {side: f"{record[f'{side}.ip']}:{record[f'{side}.port']}" for side in ("source", "destination")}
        for side, other in (("source", "destination"), ("destination", "source")):
            direction = (record["network.transport"], ends[side], ends[other])
            packets[direction] += record[f"{side}.packets"]
            sizes[direction] += record[f"{side}.bytes"]
    return +packets, +sizes


@needs_tshark
@pytest.mark.parametrize("name", CAPTURES)
def test_conversations_have_the_packets_that_tshark_counts(shared: Path, name: str) -> None:
    """Packets each way of every TCP and UDP conversation are those of ``tshark -z conv``."""
    path = shared / "captures" / name
    sums = read_flows(path)[1]
    packets: Counter[Direction] = Counter()
    for direction, (count, _) in sums.items():
        packets[direction] += count
    assert sum_ours(path)[0] == +packets


@needs_tshark
@pytest.mark.parametrize("name", CAPTURES)
def test_conversations_have_the_bytes_that_tshark_counts(shared: Path, name: str) -> None:
    """Bytes of IP each way are tshark's, and with its link headers they are the bytes of ``tshark -z conv``."""
    path = shared / "captures" / name
    frames, sums = read_flows(path)
    sizes: Counter[Direction] = Counter()
    links: Counter[Direction] = Counter()
    for frame in frames:
        direction = (frame.transport, frame.source, frame.destination)
        sizes[direction] += frame.ip_bytes
        links[direction] += frame.frame_bytes - frame.ip_bytes
    ours = sum_ours(path)[1]
    assert ours == +sizes
    assert {key: print_bytes(ours[key] + links[key]) for key in ours} == {
        key: said for key, (_, said) in sums.items() if said != "0 bytes"
    }


def print_bytes(count: int) -> str:
    """A number of bytes as tshark prints it in a table of conversations: rounded down from 10,000 on."""
    return f"{count} bytes" if count < 10_000 else f"{count // 1000} kB"


@needs_tshark
@pytest.mark.parametrize("name", CAPTURES)
def test_community_ids_are_those_of_tshark(shared: Path, name: str) -> None:
    """Every TCP and UDP packet's community id is that of our record of its flow."""
    path = shared / "captures" / name
    theirs = {(frame.transport, frame.source, frame.destination): frame.community_id for frame in read_flows(path)[0]}
    ours: dict[Direction, str] = {}
    for record in read_records(path)["flow"]:
        near, far = (f"{record[f'{side}.ip']}:{record[f'{side}.port']}" for side in ("source", "destination"))
        for ends in ((near, far), (far, near)):
            ours[record["network.transport"], *ends] = record["network.community_id"]
    assert theirs == {direction: ours.get(direction) for direction in theirs}


Endpoint = tuple[str, int]


def split_endpoint(endpoint: Endpoint) -> tuple[int, ...]:
    """Four address words and the port, as the parsers hold an endpoint."""
    packed = ipaddress.ip_address(endpoint[0]).packed.rjust(16, bytes(1))
    return (*struct.unpack("!4I", packed), endpoint[1])


def identify(protocol: int, source: Endpoint, destination: Endpoint) -> str:
    """Our community id of two endpoints."""
    version = ipaddress.ip_address(source[0]).version
    return community_id(version, protocol, split_endpoint(source), split_endpoint(destination))


@pytest.mark.parametrize(
    ("protocol", "source", "destination", "expected"),
    [
        (6, ("128.232.110.120", 34855), ("66.35.250.204", 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        (17, ("192.168.1.52", 54585), ("8.8.8.8", 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
        (132, ("192.168.170.8", 7), ("192.168.170.56", 80), "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="),
        (1, ("192.168.0.89", 8), ("192.168.0.1", 0), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
        (58, ("fe80::200:86ff:fe05:80da", 135), ("fe80::260:97ff:fe07:69ea", 136), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
    ],
)
def test_community_ids_are_the_published_ones(
    protocol: int, source: Endpoint, destination: Endpoint, expected: str
) -> None:
    """The examples of the Community ID specification (version 1, seed 0) come out, whoever is named first."""
    assert identify(protocol, source, destination) == identify(protocol, destination, source) == expected


PORTS = st.integers(0, 65_535)
PAIRS = st.one_of(*(st.tuples(*[st.tuples(st.ip_addresses(v=v).map(str), PORTS)] * 2) for v in (4, 6)))


@given(st.sampled_from([6, 17]), PAIRS)
def test_community_ids_follow_the_specification(protocol: int, pair: tuple[Endpoint, Endpoint]) -> None:
    """Any two endpoints give SHA-1 of seed, ordered addresses, protocol, a zero and ordered ports."""
    first, second = sorted((ipaddress.ip_address(address).packed, port) for address, port in pair)
    content = bytes(2) + first[0] + second[0] + bytes((protocol, 0)) + struct.pack("!HH", first[1], second[1])
    expected = "1:" + base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
    assert identify(protocol, *pair) == expected
