"""The inventory follows the store and what people decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from correlation.asset_cluster import Sourced
from correlation.assets import Resolution, resolve
from correlation.inventory import Inventory, find_assets
from correlation.lake import Lake
from tests.support.claims import HMI, PLC, ROUTER, addresses, arp, asked, claim, passed, served
from tests.support.inventories import open_inventory
from tests.support.lakes import START_NS
from tests.support.ledgers import ACTOR, list_audit
from tests.support.observations import add_capture, make_asset_lake, make_flow
from tests.support.requirements import ROOT
from wanglou.errors import UsageError
from wanglou.site import load_site

CAPTURES = {
    "a": [*arp("10.0.1.11", PLC), *served("10.0.1.11"), *passed("10.0.2.5", ROUTER), *asked("10.0.2.5")],
    "b": [*arp("10.0.1.1", ROUTER), *passed("10.0.2.6", ROUTER), *served("10.0.2.6")],
    "c": [*arp("10.0.1.50", HMI), *asked("10.0.1.50")],
    "d": [*arp("10.0.1.51", HMI, 9, 10), *asked("10.0.1.51", at=9)],
}


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """An empty lake."""
    with make_asset_lake(tmp_path / "lake") as opened:
        yield opened


@pytest.fixture
def inventory(lake: Lake) -> Iterator[Inventory]:
    """The inventory of the lake with two captures."""
    for digit in "ab":
        add_capture(lake, digit, CAPTURES[digit])
    opened, ledger = open_inventory(lake, lake.folder / "ledger.db", ACTOR)
    opened.update()
    yield opened
    ledger.close()


def test_captures_are_read_once(lake: Lake, inventory: Inventory) -> None:
    """Nothing new changes nothing; a new capture adds what it tells; one that is read anew replaces what it told."""
    assert inventory.update().captures == 0
    add_capture(lake, "c", CAPTURES["c"])
    done = inventory.update()
    assert (done.captures, done.changes) == (1, {"new": 1, "changed": 0, "removed": 0})
    add_capture(lake, "c", [*CAPTURES["c"], *served("10.0.1.50")], parser="2")
    assert inventory.update().changes == {"new": 0, "changed": 1, "removed": 0}


def test_a_capture_that_is_deleted(lake: Lake, inventory: Inventory) -> None:
    """What it alone told is gone."""
    identity = add_capture(lake, "c", CAPTURES["c"])
    inventory.update()
    lake.delete_capture(identity)
    assert inventory.update().changes == {"new": 0, "changed": 0, "removed": 1}


def test_the_order_of_captures_does_not_matter(tmp_path: Path) -> None:
    """Updated after each capture, in any order, or once at the end: the same assets, as a rebuild makes them."""
    found = []
    for number, order in enumerate([*permutations("abcd")][::5]):
        with make_asset_lake(tmp_path / str(number)) as lake:
            add_capture(lake, order[0], CAPTURES[order[0]])
            opened, ledger = open_inventory(lake, lake.folder / "ledger.db", ACTOR)
            for digit in order[1:]:
                opened.update()
                add_capture(lake, digit, CAPTURES[digit])
            opened.update()
            found.append(opened.list_assets())
            opened.update(rebuild=True)
            assert opened.list_assets() == found[-1]
            ledger.close()
    assert addresses(found[0]) == {
        ("10.0.1.1",),
        ("10.0.1.11",),
        ("10.0.1.50", "10.0.1.51"),
        ("10.0.2.5",),
        ("10.0.2.6",),
    }
    assert all(assets == found[0] for assets in found)


def test_only_units_that_did_something_are_devices(lake: Lake) -> None:
    """A gateway answers for absent units too, with an exception."""
    claims = [*served("10.0.1.21"), *(claim("parts", str(unit), "10.0.1.21", basis="seen") for unit in range(1, 60))]
    modbus = [{"@timestamp": START_NS + unit, "event.dataset": "modbus", "destination.ip": "10.0.1.21",
               "modbus.unit_id": unit, "event.outcome": "success" if unit < 4 else "failure", "wanglou.packet": unit,
               "wanglou.pdu": 0} for unit in range(1, 60)]  # fmt: skip
    add_capture(lake, "e", claims, modbus=modbus)
    inventory, ledger = open_inventory(lake, lake.folder / "ledger.db", ACTOR)
    inventory.update()
    assert {one.key for one in inventory.list_assets()} == {"ip:10.0.1.21", *(f"ip:10.0.1.21/{n}" for n in (1, 2, 3))}
    ledger.close()


def test_a_whole_connection_is_a_sign_of_life(lake: Lake) -> None:
    """Of two addresses behind a router that only sent packets, the one whose connection was whole is a device."""
    flows = [make_flow(1, "10.0.2.5", "10.0.1.11"), make_flow(2, "10.0.2.6", "10.0.1.11") | {"flow.state": "attempt"}]
    claims = [*passed("10.0.2.5", ROUTER), *passed("10.0.2.6", ROUTER), *arp("10.0.1.1", ROUTER)]
    add_capture(lake, "e", claims, flows)
    inventory, ledger = open_inventory(lake, lake.folder / "ledger.db", ACTOR)
    inventory.update()
    assert addresses(inventory.list_assets()) == {("10.0.1.1",), ("10.0.2.5",)}
    ledger.close()


def test_what_people_say_is_kept(lake: Lake, inventory: Inventory) -> None:
    """Edits, merges and splits hold after captures come, and after a rebuild."""
    (plc,) = find_assets(inventory.list_assets(), "10.0.1.11")
    assert inventory.edit([("", plc.key, {"name": "tank", "criticality": 5})], "walk-down") == 1
    assert inventory.edit([("", plc.key, {"name": "tank"})]) == 0
    (one,), (other,) = (find_assets(inventory.list_assets(), text) for text in ("10.0.2.5", "10.0.2.6"))
    inventory.merge(one, other, "two ports")
    add_capture(lake, "c", CAPTURES["c"])
    inventory.update(rebuild=True)
    found = inventory.list_assets()
    assert find_assets(found, "TANK")[0].criticality == 5
    assert ("10.0.2.5", "10.0.2.6") in addresses(found)
    inventory.split(find_assets(found, "10.0.2.5")[0], "10.0.2.6", "no")
    assert {("10.0.2.5",), ("10.0.2.6",)} <= addresses(inventory.list_assets())
    with pytest.raises(UsageError, match="no address"):
        inventory.split(plc, "10.0.1.99")
    assert inventory._ledger.verify().findings == []
    assert [row.subject for row in list_audit(inventory._ledger) if row.action == "asset_decision.created"] != []


def test_assets_are_found_by_what_names_them(inventory: Inventory) -> None:
    """Id, its beginning, addresses, link addresses in either writing."""
    assets = inventory.list_assets()
    (plc,) = find_assets(assets, "10.0.1.11")
    for text in (plc.id, plc.id[:12], plc.id[6:12], PLC, PLC.lower().replace("-", ":")):
        assert find_assets(assets, text) == [plc]
    assert find_assets(assets, "") == find_assets(assets, "10.9.9.9") == find_assets(assets, "asset-") == []


def test_an_id_names_its_own_asset_first(inventory: Inventory) -> None:
    """In a conflict another asset may have this one's key among its own; the id still names this one alone."""
    (plc,), (other,) = (find_assets(inventory.list_assets(), text) for text in ("10.0.1.11", "10.0.2.5"))
    rival = replace(other, keys=(*other.keys, plc.key))
    assert find_assets([rival, plc], plc.id) == [plc]
    assert find_assets([rival], plc.id) == [rival]


def test_the_site_is_remembered(inventory: Inventory) -> None:
    """An update without a site file keeps the zones of the last one."""
    site = load_site(ROOT / "pcaps" / "site.yaml")
    inventory.update(site)
    assert {one.site for one in inventory.list_assets()} == {"demo-park"}
    assert inventory.update().captures == 0
    assert {one.site for one in inventory.list_assets()} == {"demo-park"}


def test_only_the_enterprise_that_something_is_told_of(
    lake: Lake, inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new capture, or a decision, lets the assets of other enterprises be; all is as a rebuild makes it."""
    water = [replace(one, enterprise="water") for one in CAPTURES["c"]]
    add_capture(lake, "c", water)
    asked: list[set[str]] = []

    def watch(claims: list[Sourced], *rest: Any) -> Resolution:
        asked.append({claim.enterprise for _, claim in claims})
        return resolve(claims, *rest)

    monkeypatch.setattr("correlation.inventory.resolve", watch)
    assert inventory.update().changes == {"new": 1, "changed": 0, "removed": 0}
    (hmi,) = find_assets(inventory.list_assets(), "10.0.1.50")
    inventory.edit([("water", hmi.key, {"name": "panel"})])
    lake.delete_capture(add_capture(lake, "d", CAPTURES["d"]))
    add_capture(lake, "e", [replace(one, ip="127.0.0.1") for one in water])
    done = inventory.update()
    assert asked == [{"water"}] * 3
    kept, counters = inventory.list_assets(), inventory.counters()
    assert done.assets == len(kept)
    inventory.update(rebuild=True)
    assert (inventory.list_assets(), inventory.counters()) == (kept, counters)
