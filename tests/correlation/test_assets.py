"""Assets: one for each device, none invented, whatever the order of what is known."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation import assets as module
from correlation.asset import make_id
from correlation.assets import Decisions, resolve
from tests.support.claims import (
    HMI,
    IMPLANT,
    PLC,
    ROUTER,
    SITE,
    addresses,
    arp,
    asked,
    by_address,
    claim,
    find,
    passed,
    served,
    source,
)  # fmt: skip


def test_two_devices_behind_one_router_stay_two() -> None:
    """Packets of both come from the router's link address, which is neither's; the router is a third device."""
    claims = [*arp("10.0.1.1", ROUTER), *passed("10.0.2.5", ROUTER), *passed("10.0.2.6", ROUTER),
              *asked("10.0.2.5"), *served("10.0.2.6")]  # fmt: skip
    assets = find(source(claims))
    assert addresses(assets) == {("10.0.1.1",), ("10.0.2.5",), ("10.0.2.6",)}
    assert by_address(assets)["10.0.2.5"].macs == ()
    assert by_address(assets)["10.0.1.1"].type == "network"


def test_a_router_that_says_nothing_of_itself() -> None:
    """A link address that carried several addresses owns none of them, though no ARP told so."""
    claims = [*passed("10.0.2.5", ROUTER), *passed("10.0.2.6", ROUTER), *asked("10.0.2.5"), *served("10.0.2.6")]
    assert addresses(find(source(claims))) == {("10.0.2.5",), ("10.0.2.6",)}


def test_a_device_that_changes_its_address_stays_one() -> None:
    """Its link address, told by DHCP or ARP, is the same; the later address comes first, and its history tells."""
    claims = [*arp("10.0.1.50", HMI, 0, 5), *asked("10.0.1.50", at=1), *arp("10.0.1.77", HMI, 9, 12),
              *asked("10.0.1.77", at=10)]  # fmt: skip
    (asset,) = find(source(claims))
    assert asset.addresses == ("10.0.1.77", "10.0.1.50")
    assert [(event.kind, event.before, event.after) for event in asset.history] == [
        ("new", "", ""),
        ("changed", "10.0.1.50", "10.0.1.77"),
    ]


def test_an_address_that_goes_to_another_device() -> None:
    """Two devices had it one after the other: what was told meanwhile is told of the one that had it."""
    claims = [*arp("10.0.1.50", HMI, 0, 2), *asked("10.0.1.50", at=1), *arp("10.0.1.50", PLC, 30, 40),
              *served("10.0.1.50", at=35)]  # fmt: skip
    assets = {one.macs[0]: one for one in find(source(claims))}
    assert assets.keys() == {HMI, PLC}
    assert assets[HMI].type == "hmi"
    assert assets[PLC].type == "plc"
    assert not any(event.kind == "conflict" for one in assets.values() for event in one.history)


def test_a_forged_claim_of_an_address() -> None:
    """ARP spoofing: the address stays with who had it first, the forger stays itself, and both histories tell."""
    claims = [*arp("10.0.1.11", PLC, 0, 3), *served("10.0.1.11", at=2.5), *arp("10.0.1.66", IMPLANT, 1),
              *arp("10.0.1.11", IMPLANT, 2), *asked("10.0.1.66")]  # fmt: skip
    found = by_address(find(source(claims)))
    assert found["10.0.1.11"].macs == (PLC,)
    assert found["10.0.1.66"].macs == (IMPLANT,)
    assert found["10.0.1.66"].facts["claimed_address"] == ("10.0.1.11",)
    for asset in found.values():
        assert [event.before for event in asset.history if event.kind == "conflict"] == ["10.0.1.11"]


def test_a_device_without_an_address() -> None:
    """What is known by its link address alone is an asset too."""
    (asset,) = find(source([claim("name", "switch-3", "", PLC, source="lldp"),
                            claim("capability", "bridge", "", PLC, source="lldp")]))  # fmt: skip
    assert (asset.name, asset.addresses, asset.macs, asset.type) == ("switch-3", (), (PLC,), "network")


def test_both_families_of_one_host() -> None:
    """A link-local IPv6 address never passes a router, so it and the IPv4 address are one host's."""
    claims = [*passed("10.0.1.5", HMI), *passed("fe80::5", HMI), *asked("10.0.1.5")]
    assert addresses(find(source(claims))) == {("10.0.1.5", "fe80::5")}


def test_units_behind_a_gateway() -> None:
    """Each unit that answered is a device behind it; what a unit says with the gateway's maker is the gateway's own."""
    claims = [
        *arp("10.0.1.21", PLC), claim("mac_vendor", "MOXA TECHNOLOGIES", "10.0.1.21", PLC, source="arp"),
        *served("10.0.1.21"), *(claim("parts", unit, "10.0.1.21", basis="seen") for unit in "123"),
        claim("vendor", "Moxa", "10.0.1.21", part="1"), claim("model", "MB3280", "10.0.1.21", part="1"),
        claim("vendor", "ABB", "10.0.1.21", part="2"),
    ]  # fmt: skip
    found = {one.key: one for one in find(source(claims))}
    gateway = found.pop(f"mac:{PLC}")
    assert (gateway.type, gateway.vendor, gateway.model) == ("gateway", "Moxa", "MB3280")
    assert found.keys() == {f"ip:10.0.1.21/{unit}" for unit in "123"}
    assert {one.behind for one in found.values()} == {gateway.id}
    assert found["ip:10.0.1.21/2"].vendor == "ABB"
    assert {one.type for one in found.values()} == {"field_device"}


def test_a_device_that_answers_as_any_unit() -> None:
    """More units than a serial line has are one device that ignores the number."""
    claims = [*served("10.0.1.21"), *(claim("parts", str(unit), "10.0.1.21", basis="seen") for unit in range(1, 60))]
    assert len(find(source(claims))) == 1


def test_one_serial_number_is_one_device() -> None:
    """Two addresses that show the same serial number of the same maker are one device; a default is not."""

    def show(last: int, serial: str) -> list[object]:
        ip = f"10.0.1.{last}"
        return [*served(ip), claim("vendor", "ABB", ip), claim("serial", serial, ip)]

    (asset,) = find(source([*show(5, "SN-4711"), *show(6, "SN-4711")]))  # type: ignore[list-item]
    assert ("serial", "ABB SN-4711") in asset.reasons
    assert len(find(source([one for last in range(10) for one in show(last, "SN-0000")]))) == 10  # type: ignore[misc]
    assert len(find(source([*show(5, "1"), *show(6, "1")]))) == 2  # type: ignore[list-item]


def test_enterprises_are_apart() -> None:
    """The same private address in two enterprises is two devices."""
    claims = [claim("role", "plc", "10.0.1.5", enterprise=name) for name in ("chem", "water")]
    assert sorted(one.enterprise for one in resolve(source(claims)).assets) == ["chem", "water"]


def test_what_a_person_says_holds() -> None:
    """Edits come before what traffic says, and lead to the asset by any of its keys."""
    claims = [*arp("10.0.1.11", PLC), *served("10.0.1.11")]
    decisions = Decisions({"ip:10.0.1.11": {"name": "tank farm", "type": "rtu", "level": 2.0, "owner": "li"}})
    (asset,) = find(source(claims), decisions, SITE)
    assert (asset.name, asset.type, asset.level, asset.owner, asset.confidence) == ("tank farm", "rtu", 2.0, "li", 1.0)
    assert asset.edited == ("level", "name", "owner", "type")
    assert asset.id == make_id("", f"mac:{PLC}")


def test_what_a_person_declares() -> None:
    """An address that no traffic shows and a person spoke of is an asset that was declared."""
    (asset,) = find([], Decisions({"ip:10.0.1.40": {"type": "sensor", "name": "level gauge"}}), SITE)
    assert (asset.state, asset.addresses, asset.zone, asset.level, asset.name) == (
        "declared", ("10.0.1.40",), "cell", 1.0, "level gauge",
    )  # fmt: skip


def test_merged_and_split_by_hand() -> None:
    """Two assets said to be one are one, an address said to be another's is, whatever comes later."""
    claims = [*arp("10.0.1.1", ROUTER), *arp("10.0.2.1", ROUTER), *asked("10.0.1.5"), *asked("10.0.1.6")]
    decisions = Decisions(merges=(("ip:10.0.1.5", "ip:10.0.1.6"),), splits=("ip:10.0.2.1",))
    expected = {("10.0.1.1",), ("10.0.2.1",), ("10.0.1.5", "10.0.1.6")}
    assert addresses(find(source(claims), decisions)) == expected
    assert addresses(find(source([*claims, *asked("10.0.1.5", "opcua", 7)]), decisions)) == expected


def test_gone() -> None:
    """What was not seen for a week while others were is gone."""
    assets = by_address(find(source([*asked("10.0.1.5"), *asked("10.0.1.6", at=24 * 8)])))
    assert (assets["10.0.1.5"].state, assets["10.0.1.6"].state) == ("gone", "active")
    assert [event.kind for event in assets["10.0.1.5"].history] == ["new", "gone"]


def test_a_flood_of_forged_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Devices that only showed addresses are bounded and counted; real ones are kept."""
    monkeypatch.setattr(module, "MOST_QUIET", 50)
    forged = []
    for number in range(5000):
        mac = f"06-00-00-00-{number >> 8:02X}-{number & 255:02X}"
        forged += arp(f"10.9.{number // 250}.{number % 250 + 1}", mac)
    resolution = resolve(source([*forged, *served("10.0.1.11"), *asked("10.0.1.100")]))
    assert len(resolution.assets) == 52
    assert resolution.counters["assets_not_kept"] == 4950
    assert by_address(resolution.assets).keys() >= {"10.0.1.11", "10.0.1.100"}


def test_one_link_address_that_answers_for_all() -> None:
    """A link address that claims more addresses than a device has joins nothing."""
    claims = [one for last in range(1, 100) for one in (*arp(f"10.0.1.{last}", ROUTER), *asked(f"10.0.1.{last}"))]
    assert len([one for one in find(source(claims)) if one.addresses]) >= 99


PARTS = st.sampled_from([
    *arp("10.0.1.1", ROUTER), *arp("10.0.1.11", PLC), *arp("10.0.1.11", IMPLANT, 2), *arp("10.0.1.50", HMI, 0, 1),
    *arp("10.0.1.51", HMI, 7, 9), *passed("10.0.2.5", ROUTER), *passed("10.0.2.6", ROUTER), *passed("10.0.1.250",
    IMPLANT),
    *served("10.0.1.11"), *asked("10.0.1.50"), *asked("10.0.2.5"), *served("10.0.2.6"), *passed("10.0.2.5", PLC),
    claim("parts", "1", "10.0.1.11", basis="seen"), claim("parts", "2", "10.0.1.11", basis="seen"),
    claim("vendor", "ABB", "10.0.1.11", part="2"), claim("serial", "SN-77777", "10.0.2.5"), claim("vendor", "A",
    "10.0.2.5"),
    claim("serial", "SN-77777", "10.0.2.6"), claim("vendor", "A", "10.0.2.6"),
])  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("abc"), PARTS), max_size=40), st.integers(0, 1 << 30))
def test_order_does_not_matter(claims: list[tuple[str, object]], seed: int) -> None:
    """The same claims give the same assets in whatever order they come, and each address but a shared one is one's."""
    before = resolve(claims)  # type: ignore[arg-type]
    shuffled = [*claims, *claims[:3]]
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - no secret
    after = resolve(shuffled)  # type: ignore[arg-type]
    assert before.assets == after.assets
    assert len({one.id for one in before.assets}) == len(before.assets)
