"""Facts about ``wanglou.site``."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanglou.site import Site, load_site

GOOD = """
id: park-1
name: {zh: 示范园区, en: Demonstration park}
enterprises:
  - {id: water, name: {zh: 水厂, en: Waterworks}, ranges: [10.1.0.0/16, "fd00:1::/32"]}
  - {id: power, name: Power, ranges: [10.1.4.0/24, 192.168.0.0/24]}
  - {id: glass, ranges: [192.168.0.0/24]}
zones:
  - {id: control, ranges: [10.1.1.0/24], level: 1}
  - {id: dmz, ranges: [10.1.0.0/16], level: 3.5}
  - {id: glass-control, ranges: [10.1.1.0/24], level: 2, enterprise: glass}
masters:
  - {enterprise: water, clients: [10.1.2.10], servers: [10.1.1.0/24], units: [1, 2-5]}
  - {clients: [10.9.0.0/24], servers: [10.1.1.7]}
safety:
  - {servers: [10.1.1.7], units: [1], addresses: 400-449}
  - {servers: [10.1.1.7], table: coil, addresses: [3, 5]}
lists:
  engineering_stations: [10.1.3.0/28, 10.1.3.77]
  units: [1, 2]
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Load the good site file."""
    return load_site(write(tmp_path, GOOD))


def write(folder: Path, text: str) -> Path:
    """Write a site file."""
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_enterprise_is_found_by_longest_prefix(site: Site) -> None:
    """A /24 inside another enterprise's /16 wins."""
    found = [site.find_enterprise(ip) for ip in ("10.1.1.1", "10.1.4.9", "fd00:1::7")]

    assert [enterprise.id for enterprise in found if enterprise] == ["water", "power", "water"]


def test_enterprise_is_unknown_when_two_share_a_range(site: Site) -> None:
    """An address in a range that two enterprises list says nothing; neither does one in no range or no address."""
    assert [site.find_enterprise(ip) for ip in ("192.168.0.5", "8.8.8.8", "plc-1", "")] == [None] * 4


def test_zone_is_found_by_longest_prefix_and_enterprise(site: Site) -> None:
    """A zone bound to an enterprise is seen by that enterprise's records only, and before a general one."""
    found = [site.find_zone(*arguments) for arguments in (("10.1.1.1",), ("10.1.9.1", "water"), ("10.1.1.1", "glass"))]

    assert [(zone.id, zone.level) for zone in found if zone] == [("control", 1.0), ("dmz", 3.5), ("glass-control", 2.0)]


@pytest.mark.parametrize(
    ("organization", "client", "server", "unit", "allowed"),
    [
        ("water", "10.1.2.10", "10.1.1.7", 1, True),
        ("water", "10.1.2.10", "10.1.1.7", 5, True),
        ("water", "10.1.2.10", "10.1.1.7", 6, False),
        ("water", "10.1.2.10", "10.1.1.7", None, True),
        ("water", "10.1.2.11", "10.1.1.7", 1, False),
        ("power", "10.9.0.5", "10.1.1.7", 200, True),
        ("power", "10.1.2.10", "10.1.1.8", 1, None),
        ("", "10.1.2.10", "10.2.1.7", 1, None),
    ],
)
def test_masters(
    site: Site, organization: str, client: str, server: str, unit: int | None, allowed: bool | None
) -> None:
    """A server that is listed allows the listed clients and units only; one that is not listed says nothing."""
    assert site.is_master_allowed(organization, client, server, unit) is allowed


def test_safety_ranges_of_a_unit(site: Site) -> None:
    """The ranges come with their table; units narrow them; an unlisted server has none."""
    assert site.find_safety("", "10.1.1.7", 1) == (("holding", (400, 449)), ("coil", (3, 5)))
    assert site.find_safety("", "10.1.1.7", 2) == (("coil", (3, 5)),)
    assert site.find_safety("", "10.1.1.8", 1) is None


def test_names_default_to_the_id_and_serve_both_languages(site: Site) -> None:
    """A name may be given per language, once for both, or not at all."""
    names = [(enterprise.name.zh, enterprise.name.en) for enterprise in site.enterprises]

    assert names == [("水厂", "Waterworks"), ("Power", "Power"), ("glass", "glass")]


def test_digest_is_of_the_facts_and_not_of_the_layout(tmp_path: Path, site: Site) -> None:
    """A comment changes nothing, a fact does."""
    same = load_site(write(tmp_path, "# a comment\n" + GOOD))
    other = load_site(write(tmp_path, GOOD.replace("level: 3.5", "level: 3")))

    assert (same.digest == site.digest, other.digest == site.digest) == (True, False)
