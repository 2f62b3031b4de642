"""Scenarios load without root and agree with manifest, layout and site file."""

from __future__ import annotations

from pathlib import Path

import yaml

from pcaps.scenarios.rig.layout import LAYOUTS
from pcaps.scenarios.rig.scenario import load_scenarios
from wanglou.site import load_site

FOLDER = Path(__file__).parents[2] / "pcaps"
SCENARIOS = load_scenarios()


def test_each_capture_has_its_scenario() -> None:
    """Scenarios and manifest entries name the same files."""
    entries = yaml.safe_load((FOLDER / "manifest.yaml").read_text(encoding="utf-8"))["captures"]
    assert {scenario.file for scenario in SCENARIOS.values()} == {entry["file"] for entry in entries}


def test_seeds_are_fixed_and_distinct() -> None:
    """No two scenarios share a seed, so none repeats another's random numbers."""
    seeds = [scenario.seed for scenario in SCENARIOS.values()]
    assert len(set(seeds)) == len(seeds)


def test_hosts_of_scenarios_exist() -> None:
    """Masters, acts, strangers and twisted controllers are hosts of the scenario's layout."""
    for scenario in SCENARIOS.values():
        names = {host.name for host in (*scenario.layout.hosts, *scenario.layout.strangers)}
        assert {*scenario.masters, *scenario.acts, *scenario.strangers, *scenario.twists} <= names


def test_two_enterprises_share_addresses() -> None:
    """Waterworks and machining use the same private subnet, and one address is master in only one of them."""
    water, machining = LAYOUTS["water"], LAYOUTS["machining"]
    assert {host.ip for host in water.hosts} & {host.ip for host in machining.hosts}
    site = load_site(FOLDER / "site.yaml")
    hmi, server = water.host("hmi").ip, machining.host("compressor").ip
    assert hmi == machining.host("workstation").ip
    assert site.is_master_allowed("water", hmi, server, 1) is True
    assert site.is_master_allowed("machining", hmi, server, 1) is False


def test_everyday_masters_are_allowed() -> None:
    """The site file allows every master of every layout to command every controller, and no stranger."""
    site = load_site(FOLDER / "site.yaml")
    for layout in LAYOUTS.values():
        clients = [host for host in layout.hosts if host.controller is None]
        for server in layout.controllers:
            assert all(site.is_master_allowed(layout.enterprise, client.ip, server.ip, 1) for client in clients)
            assert not any(
                site.is_master_allowed(layout.enterprise, host.ip, server.ip, 1) for host in layout.strangers
            )


def test_safety_controllers_are_in_the_site_file() -> None:
    """Controllers with trip limits are exactly those whose registers 400-405 the site file calls safety-related."""
    site = load_site(FOLDER / "site.yaml")
    for layout in LAYOUTS.values():
        for host in layout.controllers:
            found = site.find_safety(layout.enterprise, host.ip, 1)
            expected = (("holding", (400, 405)),) if host.controller and host.controller.safety else None
            assert found == expected
