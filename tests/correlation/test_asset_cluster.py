"""Which claims are about the same device."""

from __future__ import annotations

from correlation.asset_cluster import cluster
from tests.support.claims import HMI, PLC, ROUTER, arp, asked, claim, passed, served, source


def keys(*arguments: object) -> list[str]:
    """Keys of the clusters."""
    return [one.key for one in cluster(*arguments)]  # type: ignore[arg-type]


def test_a_link_address_names_the_cluster() -> None:
    """What is told of an address is of its owner; other addresses stand for themselves."""
    assert keys(source([*arp("10.0.1.5", PLC), *served("10.0.1.5"), *asked("10.0.1.6")])) == [
        "ip:10.0.1.6",
        f"mac:{PLC}",
    ]


def test_a_certificate_joins_unless_both_own_link_addresses() -> None:
    """Of two devices with link addresses of their own, one has the other's certificate."""

    def show(ip: str) -> list[object]:
        return [claim("certificate", "a1b2", ip, source="opcua")]

    assert len(keys(source([*show("10.0.1.5"), *show("10.0.1.6")]))) == 1  # type: ignore[list-item]
    both = [*arp("10.0.1.5", PLC), *arp("10.0.1.6", HMI), *show("10.0.1.5"), *show("10.0.1.6")]
    assert len(keys(source(both))) == 2  # type: ignore[arg-type]


def test_a_split_address_joins_nothing() -> None:
    """Not even what shows the same serial number."""
    claims = source([one for ip in ("10.0.1.5", "10.0.1.6") for one in
                     (claim("serial", "SN-12345", ip), claim("vendor", "ABB", ip))])  # fmt: skip
    assert keys(claims) == ["ip:10.0.1.5"]
    assert keys(claims, (), ["ip:10.0.1.6"]) == ["ip:10.0.1.5", "ip:10.0.1.6"]


def test_merges_of_what_is_not_there_do_nothing() -> None:
    """A decision about an asset that is gone waits."""
    assert keys(source(asked("10.0.1.5")), [("ip:10.0.1.5", "ip:10.9.9.9")]) == ["ip:10.0.1.5"]


def test_routers_know_what_they_carried() -> None:
    """The cluster of a router has the addresses whose packets came from it."""
    claims = [*arp("10.0.1.1", ROUTER), *passed("10.0.2.5", ROUTER), *asked("10.0.2.5")]
    (found,) = [one for one in cluster(source(claims)) if one.key == f"mac:{ROUTER}"]
    assert found.carried == {"10.0.2.5"}
