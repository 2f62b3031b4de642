"""The devices that risk is told of."""

from __future__ import annotations

import ipaddress
from typing import Any

import pyarrow as pa

from correlation.risk_devices import CONTROLLER, SAFETY, Devices, Known
from correlation.risk_exposure import Conversation
from correlation.risk_facts import Asset
from wanglou.addresses import Ranges
from wanglou.site import Name, SafetyRange, Site, Zone

POLL = Conversation("chem", "10.0.0.2", "10.0.0.1", 502, "modbus")


def observe(**values: Any) -> pa.RecordBatch:
    """One observation of a device of ``chem``."""
    row = {"organization.id": "chem", "asset.id": "10.0.0.1", "host.ip": "10.0.0.1", "asset.field": "name",
           "asset.value": "PLC", "asset.role": None}  # fmt: skip
    return pa.RecordBatch.from_pylist([row | values])


def test_ends_of_conversations_are_devices() -> None:
    """A server of a control protocol is taken for a controller; addresses of the Internet and groups are none."""
    devices = Devices(None)
    devices.meet(POLL, is_control=True)
    devices.meet(Conversation("chem", "8.8.8.8", "224.0.0.1", 1, ""), is_control=True)
    assert devices.assets() == [Asset("chem", "10.0.0.1", criticality=CONTROLLER), Asset("chem", "10.0.0.2")]


def test_observations_give_names_and_roles() -> None:
    """A unit behind a gateway gives the gateway no name; of several names the order in which they come is no matter."""
    devices = Devices(None)
    devices.add(observe(**{"asset.id": "10.0.0.1/7", "asset.value": "unit"}))
    devices.add(observe())
    devices.add(observe(**{"asset.field": "role", "asset.value": "plc", "asset.role": "plc"}))
    devices.add(observe(**{"asset.id": "00-80-F4-00-00-01", "host.ip": None, "asset.field": "mac"}))
    assert devices.assets() == [
        Asset("chem", "00-80-F4-00-00-01"),
        Asset("chem", "10.0.0.1", "PLC", criticality=CONTROLLER),
    ]


def test_the_site_file_tells_zone_level_and_safety() -> None:
    """What a safety function depends on is most critical."""
    name, everything = Name("", ""), Ranges([ipaddress.ip_network("10.0.0.0/24")])
    server = Ranges([ipaddress.ip_network("10.0.0.1/32")])
    safety = SafetyRange("", server, (), "holding", ((0, 5),))
    devices = Devices(Site("park", name, (), (Zone("cell", name, everything, 1, ""),), (), (safety,)))
    devices.meet(POLL, is_control=True)
    assert devices.assets()[0] == Asset("chem", "10.0.0.1", "", "cell", 1, SAFETY)


def test_a_register_comes_first() -> None:
    """Its devices are there without traffic, have their addresses, and keep the criticality it says."""
    known = Known("chem", "asset-1", "PLC 1", ("10.0.0.1", "8.8.8.8"), "cell", 1.0, 2)
    devices = Devices(None, [known])
    devices.meet(POLL, is_control=True)
    index = devices.find("chem", "10.0.0.1")
    assert index == devices.find("chem", "8.8.8.8") == 0
    assert devices.find("water", "8.8.8.8") is None
    assert devices.assets() == [Asset("chem", "asset-1", "PLC 1", "cell", 1.0, 2), Asset("chem", "10.0.0.2")]
