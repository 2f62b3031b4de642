"""Link types, and how the packets of a batch ended."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.frame import ETHERTYPE_COUNTER, ETHERTYPES, STATUS_COUNTERS, count_statuses, decode_frames, tell_statuses
from parsers.packet import FRAME, OK
from sensors.batch import (
    LINK_EN10MB,
    LINK_IPV4,
    LINK_IPV6,
    LINK_LINUX_SLL,
    LINK_LINUX_SLL2,
    LINK_LOOP,
    LINK_NULL,
    LINK_RAW,
    LINK_TYPES,
)
from tests.support.frames import GRE, Decoded, Packet, ethernet, gre, ipv4, ipv6, make_batch, tcp

V4, V6 = ipv4(tcp(b"hello")), ipv6(tcp(b"hello"))
V4_ENDS, V6_ENDS = ("10.0.0.1", 40000, "10.0.0.2", 502), ("2001:db8::1", 40000, "2001:db8::2", 502)
SLL, SLL2 = bytes.fromhex("0000000100060200000000110000"), bytes.fromhex("000000000001000100060200000000110000")


@pytest.mark.parametrize(
    ("linktype", "head"),
    [
        (LINK_EN10MB, ethernet(b"")),
        (LINK_RAW, b""),
        (LINK_IPV4, b""),
        (LINK_NULL, struct.pack("<I", 2)),
        (LINK_NULL, struct.pack(">I", 2)),
        (LINK_LOOP, struct.pack(">I", 2)),
        (LINK_LINUX_SLL, SLL + b"\x08\x00"),
        (LINK_LINUX_SLL2, b"\x08\x00" + SLL2),
    ],
)
def test_every_link_type_leads_to_ipv4(linktype: int, head: bytes) -> None:
    """Addresses, ports and payload are found behind the header of every link type."""
    decoded = Decoded(head + V4, linktype)
    assert (decoded.status, decoded.ends, decoded.payload) == ("decoded", V4_ENDS, b"hello")


@pytest.mark.parametrize(
    ("linktype", "head"),
    [
        (LINK_EN10MB, ethernet(b"", 0x86DD)),
        (LINK_RAW, b""),
        (LINK_IPV6, b""),
        *((LINK_NULL, struct.pack("<I", family)) for family in (10, 24, 28, 30)),
        (LINK_LOOP, struct.pack(">I", 24)),
        (LINK_LINUX_SLL, SLL + b"\x86\xdd"),
        (LINK_LINUX_SLL2, b"\x86\xdd" + SLL2),
    ],
)
def test_every_link_type_leads_to_ipv6(linktype: int, head: bytes) -> None:
    """The same for IPv6, whose address family differs from system to system (pcap-linktype, NULL)."""
    decoded = Decoded(head + V6, linktype)
    assert (decoded.status, decoded.ends, decoded.payload) == ("decoded", V6_ENDS, b"hello")


def test_unknown_link_type_is_counted() -> None:
    """A link type that nobody reads decodes to nothing and says so."""
    assert Decoded(V4, 147).status == "unknown_linktype"


def test_unknown_address_family_is_a_bad_header() -> None:
    """A NULL header of another family than IP is not taken for IP."""
    assert Decoded(struct.pack("<I", 7) + V4, LINK_NULL).status == "bad_header"


def test_link_addresses_are_kept() -> None:
    """The place of the innermost Ethernet header is kept; link types without one give -1."""
    assert Decoded(ethernet(V4)).row.link == 0
    assert Decoded(ethernet(ipv4(gre(ethernet(V4), 0x6558), GRE))).row.link == 14 + 20 + 4
    assert Decoded(V4, LINK_RAW).row.link == -1


def test_given_array_is_filled() -> None:
    """Frames may be decoded into an array that is kept from batch to batch."""
    kept = np.recarray(3, dtype=FRAME)
    frames = decode_frames(make_batch([Packet(ethernet(V4))]), frames=kept)
    assert len(frames) == 1
    assert np.shares_memory(frames, kept)


def test_statuses_are_added_up() -> None:
    """Every packet of a batch is counted under exactly one name, and batches add up."""
    counters: dict[str, int] = {}
    packets = [Packet(ethernet(V4)), Packet(ethernet(b"", 0x88CC)), Packet(b"short"), Packet(ethernet(V6, 0x86DD))]
    for _ in range(2):
        frames = decode_frames(make_batch(packets))
        count_statuses(frames, tell_statuses(frames), counters)
    assert {name: count for name, count in counters.items() if count} == {
        "packets_decoded": 4,
        "packets_not_ip": 2,
        "packets_cut_short": 2,
        "packets_ethertype_88cc": 2,
    }
    assert set(counters) == {*STATUS_COUNTERS, "packets_ethertype_88cc"}


def test_what_is_not_ip_is_counted_by_ethertype() -> None:
    """A length field is no EtherType; beyond the bound further ones share a counter, those known keep theirs."""
    counters: dict[str, int] = {}
    kinds = [0x0806] * 3 + [38, 60] + list(range(0x9200, 0x9200 + 70))
    for _ in range(2):
        frames = decode_frames(make_batch([Packet(ethernet(bytes(60), kind)) for kind in kinds]))
        count_statuses(frames, tell_statuses(frames), counters)
    found = {name: count for name, count in counters.items() if name.startswith(ETHERTYPE_COUNTER)}
    assert (found.pop("packets_ethertype_none"), found.pop("packets_ethertype_other")) == (4, 14)
    assert found["packets_ethertype_0806"] == 6
    assert len(found) == ETHERTYPES
    assert sum(found.values()) + 18 == counters["packets_not_ip"] == 2 * len(kinds)


def test_empty_batch() -> None:
    """No packets decode to no frames."""
    assert len(decode_frames(make_batch([]))) == 0


@pytest.mark.parametrize("linktype", sorted(LINK_TYPES))
@given(data=st.binary(max_size=120), wrap=st.sampled_from([b"", ethernet(b""), ethernet(V4)[:34], ethernet(V6)[:54]]))
def test_any_bytes_decode_within_their_packet(linktype: int, data: bytes, wrap: bytes) -> None:
    """Whatever a packet holds, it ends in one status, and a payload never reaches beyond the packet."""
    data = wrap + data
    row = Decoded(data, linktype).row
    assert row.status < len(STATUS_COUNTERS)
    if row.status == OK:
        assert 0 <= row.payload <= row.payload + row.payload_len <= len(data)
        assert row.payload_len <= row.payload_wire or row.payload_wire <= 0


@given(data=st.binary(max_size=80), cut=st.integers(0, 79))
def test_neighbours_are_not_read(data: bytes, cut: int) -> None:
    """A cut-off packet decodes the same whatever bytes follow it in the buffer."""
    start = ethernet(ipv4(tcp(data)))[: 14 + cut]
    alone = Decoded(start).row
    beside = decode_frames(make_batch([Packet(start), Packet(data + b"\xff" * 64)]))[0]
    assert alone.status == beside.status
    if alone.status == OK:
        names = ("src3", "dst3", "sport", "dport", "seq", "tcp_flags", "payload", "payload_len", "payload_wire")
        assert [alone[name] for name in names] == [beside[name] for name in names]
