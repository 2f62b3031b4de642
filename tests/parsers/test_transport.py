"""Headers of TCP, UDP, SCTP and ICMP, and their checksums."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet

from sensors.batch import LINK_RAW
from tests.support.frames import ICMP, ICMP6, TCP, UDP, Decoded, checksum, ipv4, ipv6, seal, tcp, udp


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


@given(payload=st.binary(max_size=64), options=st.integers(0, 10))
def test_scapy_packets_verify(payload: bytes, options: int) -> None:
    """Checksums that scapy computes are right here too."""
    packet = inet.IP(src="10.0.0.1", dst="10.0.0.2") / inet.TCP(sport=1, dport=2, options=[("NOP", None)] * options)
    decoded = Decoded(bytes(packet / payload), LINK_RAW, verify=True)
    assert (decoded.status, decoded.payload) == ("decoded", payload)
    assert checksum(bytes(packet)[:20]) == 0
