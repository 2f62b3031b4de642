"""Tags, tunnels, IP headers and transports."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet, inet6
from scapy.layers.ipsec import AH

from sensors.batch import LINK_RAW
from tests.support.frames import (
    GRE,
    ICMP,
    ICMP6,
    TCP,
    UDP,
    Decoded,
    checksum,
    ethernet,
    gre,
    ipv4,
    ipv6,
    ipv6_fragment,
    mpls,
    pppoe,
    seal,
    snap,
    tcp,
    udp,
    vxlan,
)

INNER = ipv4(tcp(b"inner"))
INNER_ENDS = ("10.0.0.1", 40000, "10.0.0.2", 502)
INNER6 = ipv6(tcp(b"inner"))
INNER6_ENDS = ("2001:db8::1", 40000, "2001:db8::2", 502)
OUTER = ("192.0.2.1", "192.0.2.2")


def outer(payload: bytes, protocol: int = GRE) -> bytes:
    """Ethernet and IPv4 from one router to another around a tunnel."""
    return ethernet(ipv4(payload, protocol, *OUTER))


def erspan3(payload: bytes, kind: int = 0, *, sub: bool = False) -> bytes:
    """ERSPAN III header with its frame type and, with the O bit, a sub-header (draft-foschiano-erspan-03 §4.3)."""
    return struct.pack("!HHIHH", 2 << 12, 5, 0, 0, kind << 10 | sub) + bytes(8 * sub) + payload


WRAPPED = {
    "vlan": ethernet(INNER, tags=[(0x8100, 7)]),
    "qinq": ethernet(INNER, tags=[(0x88A8, 7), (0x8100, 8)]),
    "old_qinq": ethernet(INNER, tags=[(0x9100, 7), (0x8100, 8)]),
    "mpls": ethernet(mpls(INNER, 100), 0x8847),
    "mpls_stack": ethernet(mpls(INNER, 100, 200, 300), 0x8847),
    "mpls_multicast": ethernet(mpls(INNER, 100), 0x8848),
    "pseudowire": ethernet(mpls(bytes(4) + ethernet(INNER), 100), 0x8847),
    "pppoe": ethernet(pppoe(INNER), 0x8864),
    "snap": ethernet(snap(INNER), 8 + len(INNER)),
    "vlan_pppoe": ethernet(pppoe(INNER), 0x8864, tags=[(0x8100, 7)]),
    "gre": outer(gre(INNER)),
    "gre_checksum": outer(gre(INNER, check=True)),
    "gre_key": outer(gre(INNER, key=True)),
    "gre_number": outer(gre(INNER, number=True)),
    "gre_all": outer(gre(INNER, check=True, key=True, number=True)),
    "gre_ethernet": outer(gre(ethernet(INNER), 0x6558, key=True)),
    "gre_vlan": outer(gre(ethernet(INNER, tags=[(0x8100, 9)]), 0x6558)),
    "erspan1": outer(gre(ethernet(INNER), 0x88BE)),
    "erspan2": outer(gre(bytes(8) + ethernet(INNER), 0x88BE, number=True)),
    "erspan3": outer(gre(erspan3(ethernet(INNER)), 0x22EB, number=True)),
    "erspan3_sub": outer(gre(erspan3(ethernet(INNER), sub=True), 0x22EB, number=True)),
    "erspan3_ip": outer(gre(erspan3(INNER, 2), 0x22EB, number=True)),
    "vxlan": outer(udp(vxlan(ethernet(INNER)), 50000, 4789), UDP),
    "vxlan_over_ipv6": ethernet(ipv6(udp(vxlan(ethernet(INNER)), 50000, 4789), UDP), 0x86DD),
    "ip_in_ip": outer(INNER, 4),
    "ip_in_ip6": ethernet(ipv6(INNER, 4), 0x86DD),
    "gre_in_vxlan": outer(udp(vxlan(outer(gre(INNER))), 50000, 4789), UDP),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_wrapped_packets_are_unwrapped(name: str) -> None:
    """The innermost addresses and payload are found behind each tag and tunnel."""
    decoded = Decoded(WRAPPED[name])
    assert (decoded.status, decoded.ends, decoded.payload) == ("decoded", INNER_ENDS, b"inner")


@pytest.mark.parametrize("name", WRAPPED)
def test_wrapped_packets_cut_off_anywhere(name: str) -> None:
    """Cut off at any byte, such a packet never decodes to more than it holds."""
    whole = WRAPPED[name]
    for end in range(len(whole)):
        decoded = Decoded(whole[:end])
        assert decoded.status in {"decoded", "cut_short", "not_ip", "bad_header"}
        assert decoded.row.payload + decoded.row.payload_len <= end or decoded.status != "decoded"


@pytest.mark.parametrize(
    "data",
    [
        ethernet(INNER6, 0x86DD),
        ethernet(pppoe(INNER6, 0x0057), 0x8864),
        ethernet(mpls(INNER6, 3), 0x8847),
        outer(INNER6, 41),
        outer(gre(INNER6, 0x86DD)),
        outer(gre(erspan3(INNER6, 2), 0x22EB, number=True)),
    ],
)
def test_ipv6_inside(data: bytes) -> None:
    """IPv6 is found behind the same headers, 6in4 among them."""
    decoded = Decoded(data)
    assert (decoded.status, decoded.ends, decoded.payload) == ("decoded", INNER6_ENDS, b"inner")


def test_outermost_vlan_is_kept() -> None:
    """Of two tags the outer one is reported; an untagged frame has -1."""
    assert Decoded(WRAPPED["qinq"]).row.vlan == 7
    assert Decoded(ethernet(INNER)).row.vlan == -1
    assert Decoded(ethernet(INNER, tags=[(0x8100, 0xEFFF)])).row.vlan == 0x0FFF


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (ethernet(bytes(28), 0x0806), 0x0806),
        (ethernet(bytes(50), 0x88CC), 0x88CC),
        (ethernet(bytes(50), 0x88BA, tags=[(0x8100, 4)]), 0x88BA),
        (ethernet(pppoe(bytes(20), 0xC021), 0x8864), 0x8864),
        (ethernet(mpls(b"\x10" * 40, 3), 0x8847), 0x8847),
        (ethernet(snap(bytes(20), 0x2000), 28), 0x2000),
    ],
)
def test_what_is_no_ip_keeps_its_ethertype(data: bytes, kind: int) -> None:
    """ARP, LLDP, sampled values and the like are told by the EtherType behind the tags."""
    decoded = Decoded(data)
    assert (decoded.status, decoded.row.ethertype) == ("not_ip", kind)


def test_tunnels_in_tunnels_end() -> None:
    """Nesting is followed a few levels and then given up under its own status."""
    data = INNER
    for _ in range(4):
        data = ipv4(data, 4, *OUTER)
    assert Decoded(data, LINK_RAW).status == "decoded"
    assert Decoded(ipv4(data, 4, *OUTER), LINK_RAW).status == "nested_too_deep"


@pytest.mark.parametrize("data", [gre(INNER)[:3], b"\x20\x01" + gre(INNER)[2:], b"\x40\x00" + gre(INNER)[2:]])
def test_gre_that_is_not_entered_is_a_conversation_of_its_own(data: bytes) -> None:
    """A cut header, version 1 (PPTP) and source routing (RFC 1701) leave the outer addresses."""
    decoded = Decoded(outer(data))
    assert (decoded.status, decoded.ends) == ("decoded", ("192.0.2.1", 0, "192.0.2.2", 0))


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


def test_tcp_fields() -> None:
    """Numbers and flags are the header's."""
    row = Decoded(ipv4(tcp(b"", seq=0xFFFFFFFE, ack=0x80000001, flags=0x3F)), LINK_RAW).row
    assert (row.seq, row.ack, row.tcp_flags) == (0xFFFFFFFE, 0x80000001, 0x3F)


@pytest.mark.parametrize(
    ("protocol", "kind", "code", "ports"),
    [
        (ICMP, 8, 0, (8, 0)),
        (ICMP, 0, 0, (0, 8)),
        (ICMP, 13, 0, (13, 14)),
        (ICMP, 15, 0, (15, 16)),
        (ICMP, 10, 0, (10, 9)),
        (ICMP, 18, 0, (18, 17)),
        (ICMP, 3, 1, (3, 1)),
        (ICMP6, 128, 0, (128, 129)),
        (ICMP6, 129, 0, (129, 128)),
        (ICMP6, 133, 0, (133, 134)),
        (ICMP6, 135, 0, (135, 136)),
        (ICMP6, 131, 0, (131, 130)),
        (ICMP6, 144, 0, (144, 145)),
        (ICMP6, 1, 4, (1, 4)),
    ],
)
def test_icmp_types_stand_for_ports(protocol: int, kind: int, code: int, ports: tuple[int, int]) -> None:
    """A type and its counterpart are one flow, as Community ID v1 pairs them; others give type and code."""
    wrap, link = (ipv4, LINK_RAW) if protocol == ICMP else (ipv6, LINK_RAW)
    row = Decoded(wrap(bytes([kind, code, 0, 0]), protocol), link).row
    assert (row.sport, row.dport) == ports


def test_other_transports() -> None:
    """SCTP has ports; protocols without ports have none, and their payload is what follows IP."""
    assert Decoded(ipv4(struct.pack("!HH", 2905, 2904) + bytes(8), 132), LINK_RAW).ends[1::2] == (2905, 2904)
    decoded = Decoded(ipv4(b"esp.", 50), LINK_RAW)
    assert (decoded.ends[1::2], decoded.payload) == ((0, 0), b"esp.")


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("protocol", [TCP, UDP])
@pytest.mark.parametrize("payload", [b"", b"odd", b"even"])
def test_checksums_are_verified_on_request(version: int, protocol: int, payload: bytes) -> None:
    """A wrong transport checksum matters only where checksums are asked for."""
    ends = ("10.0.0.1", "10.0.0.2") if version == 4 else ("2001:db8::1", "2001:db8::2")
    segment = seal((tcp if protocol == TCP else udp)(payload), protocol, *ends)
    wrap = ipv4 if version == 4 else ipv6
    broken = segment[:-1] + bytes([segment[-1] ^ 1])
    assert Decoded(wrap(segment, protocol, *ends), LINK_RAW, verify=True).status == "decoded"
    assert Decoded(wrap(broken, protocol, *ends), LINK_RAW, verify=True).status == "bad_checksum"
    assert Decoded(wrap(broken, protocol, *ends), LINK_RAW).status == "decoded"
    cut = wrap(broken, protocol, *ends)[:-1]
    assert Decoded(cut, LINK_RAW, verify=True).status in {"decoded", "cut_short"}


def test_header_checksum_is_verified_on_request() -> None:
    """The same for the checksum of the IPv4 header, and no UDP checksum is no wrong one (RFC 768)."""
    assert Decoded(ipv4(udp(b"x"), UDP, check=1), LINK_RAW, verify=True).status == "bad_checksum"
    assert Decoded(ipv4(udp(b"x"), UDP, check=1), LINK_RAW).status == "decoded"
    assert Decoded(ipv4(udp(b"x"), UDP), LINK_RAW, verify=True).status == "decoded"


@given(payload=st.binary(max_size=64), options=st.integers(0, 10))
def test_scapy_packets_verify(payload: bytes, options: int) -> None:
    """Checksums that scapy computes are right here too."""
    packet = inet.IP(src="10.0.0.1", dst="10.0.0.2") / inet.TCP(sport=1, dport=2, options=[("NOP", None)] * options)
    decoded = Decoded(bytes(packet / payload), LINK_RAW, verify=True)
    assert (decoded.status, decoded.payload) == ("decoded", payload)
    assert checksum(bytes(packet)[:20]) == 0
