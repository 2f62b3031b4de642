"""Which of DNS, mDNS and LLMNR a conversation speaks."""

from __future__ import annotations

import pytest

from parsers.dns_variant import is_multicast
from tests.support.dns_messages import Said, Talk, answer, query, tabulate


@pytest.mark.parametrize(("port", "variant"), [(53, "dns"), (5353, "mdns"), (5355, "llmnr"), (10_053, "dns")])
def test_variants_by_port(port: int, variant: str) -> None:
    """The port of either end tells mDNS and LLMNR."""
    for talk in (Talk(destination_port=port), Talk(source_port=port, destination_port=40_000)):
        assert tabulate([Said(query())], (talk,))[0][0]["dns.variant"] == variant


def test_groups() -> None:
    """Multicast addresses of both versions."""
    assert [is_multicast(text) for text in ("224.0.0.251", "ff02::fb", "10.0.0.1", "fe80::1")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_multicast_reply_comes_from_its_sender() -> None:
    """Addresses, ports and link addresses are exchanged where the group was taken for the client."""
    talks = (Talk("224.0.0.251", "10.0.0.9", 5353, 5000), Talk())
    records, _ = tabulate([Said(answer(), True, 0), Said(query(), False, 1)], talks)
    turned, plain = sorted(records, key=lambda record: record["wanglou.packet"])
    assert (turned["source.ip"], turned["source.port"], turned["source.mac"]) == ("10.0.0.9", 5000, "02-00-00-00-00-0B")
    assert (turned["destination.ip"], turned["destination.port"]) == ("224.0.0.251", 5353)
    assert (plain["source.ip"], plain["destination.ip"]) == ("10.0.0.1", "10.0.0.2")
