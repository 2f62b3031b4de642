"""Facts about ``wanglou.addresses``."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from wanglou.addresses import Ranges, RangeTable, parse_address

NETWORKS = st.builds(
    lambda number, prefix: ipaddress.ip_network((number, prefix), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(24, 32) | st.integers(0, 4),
)


@given(st.lists(NETWORKS, max_size=6), st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_membership_agrees_with_the_standard_library(
    networks: list[ipaddress.IPv4Network], address: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    """An address is in the ranges exactly when ``ipaddress`` says so, and the table lists the longest prefix first."""
    holding = [network for network in networks if address.version == 4 and address in network]
    found = RangeTable((network, network) for network in networks).find(str(address))

    assert (str(address) in Ranges(networks)) == bool(holding)
    assert [group[0].prefixlen for group in found] == sorted({n.prefixlen for n in holding}, reverse=True)


def test_what_is_no_address() -> None:
    """Text that is no address lies in no range."""
    everything = Ranges([ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")])

    assert ("plc-1" in everything, None in everything, "::1" in everything) == (False, False, True)
    assert parse_address("plc-1") is None
