"""The register of assets as risk reads it."""

from __future__ import annotations

from dataclasses import replace

from correlation.asset import Asset
from correlation.risk_devices import Devices
from correlation.risk_register import list_known

PLC = Asset(
    id="asset-1", enterprise="chem", site="", key="mac:00-00-00-00-00-01", keys=(), name="tank", type="plc",
    addresses=("10.0.0.1", "10.0.0.7"), macs=("00-00-00-00-00-01",), vendor="", model="", firmware="", serial="",
    zone="control", level=1.0, criticality=4, owner="", note="", scope="inside", state="active", confidence=0.9,
    behind="", first_ns=1, last_ns=5,
)  # fmt: skip


def test_a_device_with_all_its_addresses() -> None:
    """Every IP and link address leads to the asset, with its zone, level and criticality."""
    (known,) = list_known([PLC])
    assert known.addresses == ("10.0.0.1", "10.0.0.7", "00-00-00-00-00-01")
    assert (known.id, known.name, known.zone, known.level, known.criticality) == ("asset-1", "tank", "control", 1.0, 4)
    assert list_known([replace(PLC, name="")])[0].name == "10.0.0.1"


def test_a_gateway_stands_for_what_is_behind_it() -> None:
    """Its units are left out, as alerts name the gateway's address, and the most critical of them counts."""
    unit = replace(PLC, id="asset-2", key="ip:10.0.0.1/3", behind="asset-1", criticality=5, macs=())
    (known,) = list_known([unit, PLC])
    assert (known.id, known.criticality) == ("asset-1", 5)
    assert [one.id for one in list_known([unit])] == ["asset-2"]


def test_strangers_of_the_internet_are_none() -> None:
    """A host beyond the park is a device of it only where it has a private address."""
    stranger = replace(PLC, scope="outside", addresses=("203.0.113.45",), macs=())
    assert list_known([stranger]) == []
    assert len(list_known([replace(stranger, addresses=("192.168.9.9",))])) == 1


def test_an_address_leads_to_who_had_it_last() -> None:
    """Of two devices with one address, in whatever order they are listed, the one that was seen last."""
    later = replace(PLC, id="asset-0", addresses=("10.0.0.1",), macs=(), last_ns=9)
    for listed in ([PLC, later], [later, PLC]):
        devices = Devices(None, list_known(listed))
        assert devices.key_of("chem", "10.0.0.1") == ("chem", "asset-0")
        assert devices.key_of("chem", "10.0.0.7") == ("chem", "asset-1")
