"""Assets of real captures against a table made by hand: merged right, and none invented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from correlation.asset import Asset
from correlation.lake import Lake
from tests.support.command_line import CAPTURES
from tests.support.inventories import open_inventory
from tests.support.ledgers import ACTOR
from tests.support.requirements import ROOT
from wanglou.appliance import replay
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site

PLACES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests" / "golden" / "assets.yaml").read_text())
BUNDLED = [place for place in PLACES if "bundled" in place]
SHARED = [place for place in PLACES if "shared" in place]
OWN = 2
"""Columns that tell which devices there are: addresses and link address."""


def replay_places(folder: Path, captures: Path, places: Sequence[dict[str, Any]], kind: str) -> list[Asset]:
    """Read the captures of each place as an enterprise of its own."""
    site = load_site(CAPTURES / "site.yaml") if kind == "bundled" else None
    for place in places:
        reports = replay([captures / name for name in place[kind]], ReplayOptions(folder, site, place["place"]))
        assert [report.state for report in reports] == ["read"] * len(place[kind])
    with Lake(folder) as lake:
        inventory, ledger = open_inventory(lake, folder / "ledger.db", ACTOR)
        with ledger:
            assert inventory.update(site).captures > 0
            assert inventory.update().captures == 0
            return inventory.list_assets()


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> list[Asset]:
    """Assets of the demo park."""
    return replay_places(tmp_path_factory.mktemp("park") / "lake", CAPTURES, BUNDLED, "bundled")


def describe(assets: Sequence[Asset], place: str, columns: int) -> list[tuple[str, ...]]:
    """Write assets as the table does."""
    return sorted(
        (
            _name(one), " ".join(one.macs) or "-", one.type, one.zone,
            "none" if one.level is None else f"{one.level:g}",
        )[:columns]
        for one in assets
        if one.enterprise == place
    )  # fmt: skip


def _name(one: Asset) -> str:
    return one.key.removeprefix("ip:") if "/" in one.key else " ".join(sorted(one.addresses))


def expect(place: dict[str, Any], columns: int) -> list[tuple[str, ...]]:
    """Rows of the table."""
    return sorted(tuple(str(cell) for cell in row[:columns]) for row in place["devices"])


@pytest.mark.parametrize("place", BUNDLED, ids=lambda place: str(place["place"]))
def test_devices_of_the_demo_park(bundled: list[Asset], place: dict[str, Any]) -> None:
    """Exactly the devices that were there, with link address, type, zone and level."""
    assert describe(bundled, place["place"], 5) == expect(place, 5)


def test_devices_of_other_captures(shared: Path, tmp_path: Path) -> None:
    """Exactly the devices that were there; those that no observation tells of are known."""
    assets = replay_places(tmp_path / "lake", shared / "captures", SHARED, "shared")
    found = {place["place"]: describe(assets, place["place"], OWN) for place in SHARED}
    assert found == {place["place"]: expect(place, OWN) for place in SHARED}


def test_the_table_is_large_enough() -> None:
    """At least 60 devices, no address twice in a place, and nothing that is none."""
    assert sum(len(place["devices"]) for place in PLACES) >= 60
    for place in PLACES:
        addresses = [address for row in place["devices"] for address in str(row[0]).split()]
        assert len({*addresses}) == len(addresses)
        assert not {*addresses} & {*place.get("no_devices", ())}
