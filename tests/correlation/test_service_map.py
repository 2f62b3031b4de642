"""Who speaks to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from correlation import service_map
from correlation.service_map import Directory, map_services
from tests.support.claims import HMI, PLC, arp, asked, find, served, source
from tests.support.lakes import START_NS
from tests.support.observations import add_capture, make_asset_lake, make_flow


def test_flows_of_the_same_service_are_one_link(tmp_path: Path) -> None:
    """Counted up over captures and addresses of the same asset; what is no asset keeps its address."""
    assets = find(source([*arp("10.0.1.50", HMI), *arp("10.0.1.51", HMI), *arp("10.0.1.11", PLC), *served("10.0.1.11"),
                          *asked("10.0.1.50")]))  # fmt: skip
    ids = {one.macs[0]: one.id for one in assets}
    with make_asset_lake(tmp_path) as lake:
        add_capture(lake, "a", flows=[make_flow(1, "10.0.1.50", "10.0.1.11"), make_flow(2, "10.0.1.51", "10.0.1.11")])
        attempt: dict[str, Any] = {
            "flow.state": "attempt",
            "destination.packets": 0,
            "network.packets": 1,
            "network.bytes": 60,
        }
        add_capture(
            lake, "b", flows=[make_flow(3, "10.0.1.50", "10.0.1.11"), make_flow(4, "10.0.1.50", "10.9.9.9", **attempt)]
        )
        found = map_services(lake, assets)
        assert [(one.source, one.destination, one.protocol, one.flows, one.answered, one.packets, one.bytes)
                for one in found.links] == [
            (ids[HMI], ids[PLC], "modbus", 3, 3, 30, 1800), (ids[HMI], "10.9.9.9", "modbus", 1, 0, 1, 60),
        ]  # fmt: skip
        assert (found.links[0].first_ns, found.links[0].last_ns) == (START_NS + 1, START_NS + 8)
        assert [one.flows for one in map_services(lake, assets, "flow.state:attempt").links] == [1]
        assert map_services(lake, assets, end_ns=START_NS).links == ()


def test_a_sweep_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The busiest links are given, the others counted."""
    monkeypatch.setattr(service_map, "MOST_LINKS", 5)
    monkeypatch.setattr(service_map, "MOST_PAIRS", 20)
    with make_asset_lake(tmp_path) as lake:
        flows = [make_flow(number, "10.0.1.66", f"10.0.1.{number}", port=number) for number in range(1, 31)]
        add_capture(lake, "a", flows=flows)
        found = map_services(lake, [])
    assert (len(found.links), found.left_out) == (5, 25)


def test_of_two_assets_with_an_address_the_link_address_tells() -> None:
    """An address that went from one device to another."""
    assets = find(source([*arp("10.0.1.5", PLC), *arp("10.0.1.5", HMI, 30)]))
    ids = {one.macs[0]: one.id for one in assets}
    directory = Directory(assets)
    assert [directory.find("", "10.0.1.5", mac) for mac in (PLC, HMI)] == [ids[PLC], ids[HMI]]
    assert directory.find("", "10.0.1.9") == "10.0.1.9"
