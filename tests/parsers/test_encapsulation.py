"""Tags and tunnels around a packet."""

from __future__ import annotations

import struct

import pytest

from tests.support.frames import GRE, UDP, Decoded, ethernet, gre, ipv4, ipv6, mpls, pppoe, snap, tcp, udp, vxlan

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


@pytest.mark.parametrize("data", [gre(INNER)[:3], b"\x20\x01" + gre(INNER)[2:], b"\x40\x00" + gre(INNER)[2:]])
def test_gre_that_is_not_entered_is_a_conversation_of_its_own(data: bytes) -> None:
    """A cut header, version 1 (PPTP) and source routing (RFC 1701) leave the outer addresses."""
    decoded = Decoded(outer(data))
    assert (decoded.status, decoded.ends) == ("decoded", ("192.0.2.1", 0, "192.0.2.2", 0))
