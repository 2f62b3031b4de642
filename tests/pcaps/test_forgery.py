"""Forged datagrams are right in all but their sender."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pcaps.scenarios.rig import forgery


@given(st.binary(max_size=200), st.integers(1, 65535))
def test_checksum_is_that_of_the_standard(data: bytes, port: int) -> None:
    """Ports, length and data are given, and the sum over pseudo header and datagram is 0 (RFC 768, RFC 1071)."""
    datagram = forgery._make_udp(data, ("10.20.1.61", port), ("10.20.2.53", 53))
    assert datagram[:4] == port.to_bytes(2, "big") + b"\x00\x35"
    assert datagram[4:6] == (8 + len(data)).to_bytes(2, "big")
    assert datagram[8:] == data
    pseudo = bytes([10, 20, 1, 61, 10, 20, 2, 53, 0, 17]) + datagram[4:6]
    assert forgery._sum(pseudo + datagram) == 0
