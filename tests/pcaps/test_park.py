"""The places beside the controllers agree with the park's site file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcaps.scenarios.rig.layout import CHEM, Layout
from pcaps.scenarios.rig.nameserver import gtin_name, oid_name
from pcaps.scenarios.rig.park import IDENTIFIERS, LINE, TELEMETRY
from pcaps.scenarios.rig.scenario import load_scenarios
from wanglou.site import load_site

SITE = load_site(Path(__file__).parents[2] / "pcaps" / "site.yaml")
PLACES = (LINE, TELEMETRY, IDENTIFIERS)


def allowed(client: str, server: str) -> bool | None:
    """Ask the site file."""
    return SITE.is_master_allowed("chem", client, server, None)


@pytest.mark.parametrize("place", PLACES)
def test_addresses_are_those_of_one_park(place: Layout) -> None:
    """Each host has an address of its segment, and an address means the same host in all places."""
    prefixes = {segment.name: segment.prefix for segment in place.segments}
    for host in (*place.hosts, *place.strangers):
        assert host.ip.startswith(prefixes[host.segment])
    known = {host.ip: host.mac for host in (*CHEM.hosts, *CHEM.strangers)}
    assert all(known.get(host.ip, host.mac) == host.mac for host in (*place.hosts, *place.strangers))
    assert len({host.ip for host in place.hosts}) == len(place.hosts)


def test_clients_of_the_line_are_allowed() -> None:
    """Everyday clients may use both machines, strangers may not."""
    for server in (LINE.host("filling").ip, LINE.host("mixing").ip):
        assert all(allowed(LINE.host(name).ip, server) for name in ("hmi", "scada", "engineering", "historian"))
        assert not any(allowed(host.ip, server) for host in LINE.strangers)


def test_clients_of_the_broker_are_allowed() -> None:
    """Everyday clients may connect to the broker, strangers may not."""
    broker = TELEMETRY.host("broker").ip
    assert all(allowed(host.ip, broker) for host in TELEMETRY.hosts if host.ip != broker)
    assert not any(allowed(host.ip, broker) for host in TELEMETRY.strangers)


def test_only_some_may_change_identifiers() -> None:
    """The MES registers at the node; a reader and strangers do not."""
    node = IDENTIFIERS.host("node").ip
    assert allowed(IDENTIFIERS.host("mes").ip, node)
    assert not allowed(IDENTIFIERS.host("reader").ip, node)
    assert not any(allowed(host.ip, node) for host in IDENTIFIERS.strangers)


def test_servers_are_hosts_of_their_place() -> None:
    """What a scenario serves, it serves on a host of its layout."""
    for scenario in load_scenarios().values():
        names = {host.name for host in (*scenario.layout.hosts, *scenario.layout.strangers)}
        assert set(scenario.servers) <= names


def test_identifiers_are_turned_round() -> None:
    """GTINs without check digit, their first digit in front of the rest (ONS 2.0.1); arcs from the last (X.672)."""
    assert gtin_name(123) == "3.2.1.0.0.4.3.2.1.0.9.6.0.gtin.gs1.id.onsepc.com"
    assert oid_name(7) == "7.102.101818.156.16.2.oid-res.org"
