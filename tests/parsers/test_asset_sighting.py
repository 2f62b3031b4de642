"""Facts that are columns, and addresses that are devices."""

from __future__ import annotations

import pytest

from parsers.asset_sighting import Fact, is_device, is_local, is_unicast, observe_columns, observe_lists
from tests.support.sightings import Row, observe

FACTS = (Fact("software", "x.server", "destination"), Fact("user", "x.user", "source", "reported", local=True))


def test_columns_become_facts_of_an_end() -> None:
    """Once for each pair of ends and value; empty ones are passed over."""
    rows: list[Row] = [{"x.server": "nginx", "x.user": None}, {"x.server": "nginx"}, {"x.server": None, "x.user": "op"}]
    assert observe(lambda view: observe_columns(view, FACTS), rows) == [
        ("10.0.0.2", "software", "nginx", "stated"), ("10.0.0.1", "user", "op", "reported"),
    ]  # fmt: skip


def test_the_internet_is_passed_over_where_asked() -> None:
    """A local fact of a public address is none."""
    rows: list[Row] = [{"x.user": "op", "x.server": "a", "source.ip": "8.8.8.8", "destination.ip": "9.9.9.9"}]
    assert observe(lambda view: observe_columns(view, FACTS), rows) == [("9.9.9.9", "software", "a", "stated")]


def test_lists_become_one_fact_each() -> None:
    """Lists alike are read once."""
    facts = (Fact("endpoint", "x.urls", "destination"),)
    rows: list[Row] = [{"x.urls": ["a", "b"]}, {"x.urls": ["a", "b"]}, {"x.urls": None}, {"x.urls": ["c", None]}]
    assert [one[2] for one in observe(lambda view: observe_lists(view, facts), rows)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("ip", "mac", "device"),
    [
        ("10.0.0.1", "", True), ("10.0.0.255", "FF-FF-FF-FF-FF-FF", False), ("255.255.255.255", "", False),
        ("224.0.0.251", "", False), ("ff02::fb", "", False), ("::", "", False), ("fe80::1", "", True),
        ("10.0.0.255", "00-0E-CF-01-02-03", True), ("127.0.0.1", "00-00-00-00-00-00", True),
    ],
)  # fmt: skip
def test_groups_are_no_devices(ip: str, mac: str, device: bool) -> None:
    """Neither by their address nor by the link address their packets go to."""
    assert is_device(ip, mac) is device


def test_addresses_of_the_internet() -> None:
    """Private, documentation and link-local ones are not."""
    assert [is_local(ip) for ip in ("10.1.2.3", "192.0.2.1", "fe80::1", "8.8.8.8", "2600::1")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_group_addresses_of_the_link() -> None:
    """The lowest bit of the first octet."""
    assert [is_unicast(mac) for mac in ("00-0E-CF-01-02-03", "01-80-C2-00-00-0E", "", "00-00-00-00-00-00")] == [
        True, False, False, False,
    ]  # fmt: skip
