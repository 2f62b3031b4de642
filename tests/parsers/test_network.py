"""IP headers, and the walk from layer to layer."""

from __future__ import annotations

import pytest
from scapy.layers import inet, inet6
from scapy.layers.ipsec import AH

from sensors.batch import LINK_RAW
from tests.support.frames import TCP, UDP, Decoded, ethernet, ipv4, ipv6, ipv6_fragment, tcp, udp

INNER = ipv4(tcp(b"inner"))
INNER6_ENDS = ("2001:db8::1", 40000, "2001:db8::2", 502)
OUTER = ("192.0.2.1", "192.0.2.2")


def test_tunnels_in_tunnels_end() -> None:
    """Nesting is followed a few levels and then given up under its own status."""
    data = INNER
    for _ in range(4):
        data = ipv4(data, 4, *OUTER)
    assert Decoded(data, LINK_RAW).status == "decoded"
    assert Decoded(ipv4(data, 4, *OUTER), LINK_RAW).status == "nested_too_deep"


def test_ipv4_options_are_passed() -> None:
    """The payload begins after the options."""
    decoded = Decoded(ethernet(ipv4(tcp(b"hello", options=b"\x01" * 12), options=b"\x01" * 40)))
    assert (decoded.payload, decoded.row.payload_wire) == (b"hello", 5)


def test_ethernet_padding_is_no_payload() -> None:
    """Bytes beyond the IP packet's own length are not its payload."""
    assert Decoded(ethernet(ipv4(tcp(b"ab"))) + bytes(10)).payload == b"ab"
    assert Decoded(ethernet(ipv6(tcp(b"ab")), 0x86DD) + bytes(10)).payload == b"ab"
    assert Decoded(ethernet(ipv4(udp(b"ab") + bytes(10), UDP))).payload == b"ab"


def test_total_length_of_zero_means_the_rest() -> None:
    """Segmentation offload leaves the length empty; then all captured bytes belong to the packet."""
    assert Decoded(ethernet(ipv4(tcp(b"hello"), total=0))).payload == b"hello"
    assert Decoded(ethernet(ipv6(tcp(b"hello"), length=0), 0x86DD)).payload == b"hello"


def test_cut_off_payload_keeps_its_length_on_the_wire() -> None:
    """A short snaplen leaves fewer bytes than were sent, and both numbers are known."""
    row = Decoded(ethernet(ipv4(tcp(b"hello" * 10)))[: 14 + 20 + 20 + 7]).row
    assert (row.payload_len, row.payload_wire, row.ip_bytes) == (7, 50, 90)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", "cut_short"),
        (ipv4(tcp())[:19], "cut_short"),
        (ipv4(tcp(), options=b"\x01" * 8)[:24], "cut_short"),
        (ipv4(tcp())[:39], "cut_short"),
        (ipv4(udp(), UDP)[:27], "cut_short"),
        (ipv6(tcp())[:39], "cut_short"),
        (b"\x44" + ipv4(tcp())[1:], "bad_header"),
        (b"\x50" + ipv4(tcp())[1:], "bad_header"),
        (ipv4(tcp(), total=19), "bad_header"),
        (ipv4(tcp()[:12] + b"\x40" + tcp()[13:]), "bad_header"),
        (ipv4(tcp()[:12] + b"\xf0" + tcp()[13:]), "bad_header"),
        (ipv4(udp(length=7), UDP), "bad_header"),
        (ipv4(udp(length=9), UDP), "bad_header"),
        (ipv6(b"\x00\x01" + bytes(14), 0), "bad_header"),
        (ipv6(b"\x06\xff" + bytes(14), 0), "cut_short"),
    ],
)
def test_headers_that_cannot_be(data: bytes, status: str) -> None:
    """Lengths are checked against the packet before they are used."""
    if data.startswith(b"\x60") and status == "bad_header":
        data = ipv6(b"".join(bytes([0, 0, *bytes(6)]) for _ in range(11)) + tcp(), 0)
    assert Decoded(data, LINK_RAW).status == status


EXTENDED = {
    "hop_by_hop": inet6.IPv6ExtHdrHopByHop(),
    "destination": inet6.IPv6ExtHdrDestOpt(),
    "routing": inet6.IPv6ExtHdrRouting(addresses=["2001:db8::9"]),
    "authentication": AH(nh=6, spi=1, seq=1, payloadlen=4, icv=bytes(12)),
    "several": inet6.IPv6ExtHdrHopByHop() / inet6.IPv6ExtHdrRouting() / inet6.IPv6ExtHdrDestOpt(),
}


@pytest.mark.parametrize("name", EXTENDED)
def test_ipv6_extension_headers_are_passed(name: str) -> None:
    """The transport is found behind extension headers as scapy builds them (RFC 8200 §4, RFC 4302 §2)."""
    packet = inet6.IPv6(src="2001:db8::1", dst="2001:db8::2") / EXTENDED[name] / inet.TCP(sport=40000, dport=502)
    decoded = Decoded(bytes(packet / b"hello"), LINK_RAW)
    assert (decoded.status, decoded.ends, decoded.payload) == ("decoded", INNER6_ENDS, b"hello")


def test_atomic_ipv6_fragment_is_whole() -> None:
    """A fragment header with offset 0 and nothing to follow is passed like any extension (RFC 6946)."""
    decoded = Decoded(ipv6(ipv6_fragment(tcp(b"hello"), TCP), 44), LINK_RAW)
    assert (decoded.status, decoded.payload) == ("decoded", b"hello")


def test_fragments_are_told_apart() -> None:
    """Offset, more-flag, identification and protocol of a fragment are kept for its rebuilding."""
    row = Decoded(ipv4(b"x" * 24, UDP, ident=77, offset=1480, more=True), LINK_RAW).row
    assert (row.status, row.fragment_id, row.fragment_offset, row.more_fragments, row.protocol) == (4, 77, 1480, 1, UDP)
    row = Decoded(ipv6(ipv6_fragment(b"x" * 24, UDP, offset=1480, more=False, ident=1 << 31), 44), LINK_RAW).row
    assert (row.status, row.fragment_id, row.fragment_offset, row.more_fragments) == (4, 1 << 31, 1480, 0)
    assert (row.payload_len, row.payload_wire, row.protocol) == (24, 24, UDP)


def test_header_checksum_is_verified_on_request() -> None:
    """The same for the checksum of the IPv4 header, and no UDP checksum is no wrong one (RFC 768)."""
    assert Decoded(ipv4(udp(b"x"), UDP, check=1), LINK_RAW, verify=True).status == "bad_checksum"
    assert Decoded(ipv4(udp(b"x"), UDP, check=1), LINK_RAW).status == "decoded"
    assert Decoded(ipv4(udp(b"x"), UDP), LINK_RAW, verify=True).status == "decoded"
