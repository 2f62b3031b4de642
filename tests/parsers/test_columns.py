"""Arrays to Arrow columns, and texts of addresses."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from parsers.columns import (
    community_id,
    format_address,
    format_mac,
    make_constant,
    make_distinct,
    make_keywords,
    make_lists,
    make_nulls,
    make_numbers,
    make_table,
    make_times,
)
from parsers.schema import FLOW
from tests.support.conversations import Connection, dissect, mbap, only
from tests.support.frames import ICMP, ICMP6, Packet, ethernet, ipv4, ipv6, tcp, udp

I32 = np.int32


def test_numbers() -> None:
    """Negative numbers are null, whether none, some or all are."""
    assert make_numbers(np.array([1, 2]), pa.uint8()).to_pylist() == [1, 2]
    assert make_numbers(np.array([-1, 2], I32), pa.uint16()).to_pylist() == [None, 2]
    assert make_numbers(np.array([-1, -1]), pa.uint16()).to_pylist() == [None, None]
    assert make_numbers(np.array([], I32), pa.uint8()).type == pa.uint8()


def test_keywords() -> None:
    """Codes become texts, negative codes null; an empty column has the type too."""
    kind = pa.dictionary(pa.int32(), pa.string())
    assert make_keywords(np.array([1, 0, -1], I32), ["a", "b"]).to_pylist() == ["b", "a", None]
    assert make_keywords(np.array([-1], I32), []).to_pylist() == [None]
    for column in (make_keywords(np.array([], I32), ["a"]), make_constant(2, "x"), make_constant(2, "")):
        assert column.type == kind
    assert make_constant(2, "").to_pylist() == [None, None]
    assert make_constant(2, "x").to_pylist() == ["x", "x"]


def test_distinct() -> None:
    """Equal texts share a code; an empty text is null."""
    codes, texts = make_distinct(["b", "a", "", "b"])
    assert (codes.tolist(), texts) == ([0, 1, -1, 0], ["b", "a"])


def test_lists() -> None:
    """Lists lie over one flat array; an empty list is null."""
    kind = pa.list_(pa.uint16())
    flat = np.array([1, 2, 3, 0, 0], np.uint16)
    assert make_lists(np.array([0, 2, 2, 3], I32), flat, kind).to_pylist() == [[1, 2], None, [3]]
    assert make_lists(np.array([0, 1, 3], I32), flat, kind).to_pylist() == [[1], [2, 3]]
    assert make_lists(np.array([0, 0], I32), flat, kind).to_pylist() == [None]
    assert make_lists(np.array([0], I32), flat[:0], kind).to_pylist() == []


def test_times_and_nulls() -> None:
    """Times keep their nanoseconds; nulls have the column's type."""
    column = make_times(np.array([1_700_000_000_000_000_001]))
    assert column.type == pa.timestamp("ns", tz="UTC")
    assert column.cast(pa.int64()).to_pylist() == [1_700_000_000_000_000_001]
    for kind in (pa.dictionary(pa.int32(), pa.string()), pa.list_(pa.int64())):
        assert (make_nulls(2, kind).type, make_nulls(2, kind).null_count) == (kind, 2)


def test_columns_that_are_not_given_are_null() -> None:
    """A table always has its whole schema."""
    table = make_table(FLOW.arrow, {"wanglou.pdu": pa.array([1, 2])}, 2)
    assert table.schema == FLOW.arrow
    assert table["wanglou.pdu"].to_pylist() == [1, 2]
    assert table["source.ip"].null_count == 2


def test_addresses() -> None:
    """IPv4 dotted, IPv6 as RFC 5952 has it, link addresses with hyphens (RFC 9542 §2.1)."""
    assert format_address(4, 0, 0, 0, 0xC0A80001) == "192.168.0.1"
    assert format_address(6, 0x20010DB8, 0, 0, 1) == "2001:db8::1"
    assert format_mac(0x0000ABCDEF01) == "00-00-AB-CD-EF-01"
    assert format_mac(-1) == ""


V1 = [
    ((6, "128.232.110.120", 34855, "66.35.250.204", 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    ((17, "192.168.1.52", 54585, "8.8.8.8", 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    ((132, "192.168.170.8", 7, "192.168.170.56", 80), "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="),
]
"""Vectors of the Community ID specification, version 1, seed 0."""


@pytest.mark.parametrize(("flow", "expected"), V1)
@pytest.mark.parametrize("turned", [False, True])
def test_community_id_of_transports(flow: tuple[int, str, int, str, int], expected: str, turned: bool) -> None:
    """Both directions of a TCP, UDP or SCTP conversation have the identifier of the specification."""
    protocol, source, sport, destination, dport = flow
    if turned:
        source, sport, destination, dport = destination, dport, source, sport
    segment = {6: tcp(b"", sport, dport), 17: udp(b"", sport, dport)}.get(
        protocol, sport.to_bytes(2) + dport.to_bytes(2) + bytes(8)
    )
    record = only(dissect([Packet(ethernet(ipv4(segment, protocol, source, destination)))]).flow)
    assert record["network.community_id"] == expected


@pytest.mark.parametrize(("kind", "ends"), [(8, ("192.168.0.89", "192.168.0.1")), (0, ("192.168.0.1", "192.168.0.89"))])
def test_community_id_of_icmp(kind: int, ends: tuple[str, str]) -> None:
    """Echo and reply have one identifier, the specification's."""
    record = only(dissect([Packet(ethernet(ipv4(bytes([kind, 0, 0, 0]), ICMP, *ends)))]).flow)
    assert record["network.community_id"] == "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="


def test_community_id_of_icmp6() -> None:
    """The same for a neighbour solicitation."""
    ends = ("fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea")
    record = only(dissect([Packet(ethernet(ipv6(bytes([135, 0, 0, 0]), ICMP6, *ends), 0x86DD))]).flow)
    assert record["network.community_id"] == "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="


def test_community_id_of_one_way_icmp_keeps_its_direction() -> None:
    """A message without a counterpart is not turned round: each direction has its own identifier."""
    near, far = (0, 0, 0, 1, 3), (0, 0, 0, 2, 1)
    assert community_id(4, ICMP, near, far) != community_id(4, ICMP, (0, 0, 0, 2, 3), (0, 0, 0, 1, 1))
    assert community_id(4, 50, near, far) == community_id(4, 50, (0, 0, 0, 2, 9), (0, 0, 0, 1, 9))


def test_every_record_of_a_conversation_has_its_identifier() -> None:
    """Modbus records carry the flow's identifier, so that they can be joined with other tools' records."""
    found = dissect(Connection().open().ask(mbap(bytes.fromhex("0300000001"))).packets)
    assert only(found.modbus)["network.community_id"] == only(found.flow)["network.community_id"]
