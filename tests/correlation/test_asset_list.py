"""Pages of the inventory agree with sorting and filtering all assets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.asset import Asset
from correlation.asset_ledger import replace_assets
from correlation.asset_list import (
    FACETS,
    FALLING,
    ORDERS,
    AssetFilter,
    AssetLine,
    Order,
    count_assets,
    figure_assets,
    list_assets,
)
from correlation.risk import Assessment, Figure, Part
from correlation.risk_ledger import save_assessment
from tests.support.desk import ACTOR, Desk, make_asset, open_desk
from tests.support.lakes import DAY_NS
from wanglou.errors import UsageError

ASSETS = [
    replace(
        make_asset(number),
        enterprise=("chem", "mach")[number % 2],
        name=("PLC-1", "plc-1", "Presse Süd", "")[number % 4] + str(number // 8),
        type=("plc", "hmi", "rtu")[number % 3],
        zone=f"zone-{number % 5}",
        level=(1.0, 2.0, 3.5, None)[number % 4],
        vendor=("Siemens", "supcon", "")[number % 3],
        criticality=number % 4 + 1,
        scope="outside" if number % 13 == 12 else "inside",
        addresses=() if number == 7 else ("fe80::1",) if number == 9 else (f"10.0.{number % 3}.{number}",),
        last_ns=number % 6,
    )
    for number in range(60)
]
RISKS = {asset.id: 100 * (place % 7) for place, asset in enumerate(ASSETS) if place % 5}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give sixty assets, most of them assessed."""
    parts = (Part("threat", "rule", "10.0.0.1", 1, 1),)
    figures = [
        Figure("asset", one.enterprise, one.id, RISKS[one.id], parts, one.name, 3) for one in ASSETS if one.id in RISKS
    ]
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        with desk.ledger.change(ACTOR) as change:
            replace_assets(change.connection, ASSETS)
            save_assessment(change, "", Assessment(DAY_NS, Figure("park", "", "", 1, parts), (), figures), "w", "m")
        yield desk


def place(asset: Asset) -> str:
    """Sort addresses as numbers, those without any last."""
    if not asset.addresses:
        return "~"
    if ":" in asset.addresses[0]:
        return f"{0xFE80 << 112 | 1:032x}"
    return "0" * 20 + "ffff" + "".join(f"{int(part):02x}" for part in asset.addresses[0].split("."))


KEYS: dict[str, Any] = {
    "name": lambda one: one.name.lower(),
    "type": lambda one: one.type,
    "zone": lambda one: one.zone,
    "level": lambda one: 100 if one.level is None else one.level,
    "vendor": lambda one: one.vendor.lower(),
    "address": place,
    "criticality": lambda one: one.criticality,
    "risk": lambda one: RISKS.get(one.id, -1),
    "first": lambda one: one.first_ns,
    "last": lambda one: one.last_ns,
}


@given(
    order=st.sampled_from(ORDERS),
    turned=st.booleans(),
    limit=st.sampled_from((7, 25, 100)),
    scope=st.sampled_from(("", "inside", "outside")),
    enterprises=st.sampled_from((None, frozenset({"chem"}))),
)
def test_pages_hold_each_asset_once_and_in_order(
    desk: Desk, order: Order, turned: bool, limit: int, scope: str, enterprises: frozenset[str] | None
) -> None:
    """By any order and its reverse, equal ones by id."""
    asked = AssetFilter(scope=scope, enterprises=enterprises)
    wanted = sorted(
        (one for one in ASSETS if scope in ("", one.scope) and (enterprises is None or one.enterprise in enterprises)),
        key=lambda one: one.id,
    )
    wanted.sort(key=KEYS[order], reverse=(order in FALLING) is not turned)
    found: list[AssetLine] = []
    cursor = ""
    with desk.ledger.reading() as connection:
        while True:
            page = list_assets(connection, asked, order=order, turned=turned, limit=limit, cursor=cursor)
            found += page.lines
            cursor = page.next
            if not cursor:
                break
        assert count_assets(connection, asked) == len(found)
    assert [line.id for line in found] == [one.id for one in wanted]
    assert [line.risk for line in found] == [RISKS.get(one.id) for one in wanted]
    assert [line.addresses for line in found] == [one.addresses for one in wanted]


def test_filters_and_facets(desk: Desk) -> None:
    """Each part of a filter narrows, facets count what is found."""
    inside = [one for one in ASSETS if one.scope == "inside"]
    for asked, wanted in (
        (AssetFilter(types=frozenset({"plc", "hmi"})), [one for one in inside if one.type != "rtu"]),
        (AssetFilter(levels=frozenset({1.0, None})), [one for one in inside if one.level in (1.0, None)]),
        (AssetFilter(vendors=frozenset({""})), [one for one in inside if not one.vendor]),
        (AssetFilter(zones=frozenset({"zone-1"})), [one for one in inside if one.zone == "zone-1"]),
        (AssetFilter(criticalities=frozenset({4})), [one for one in inside if one.criticality == 4]),
        (
            AssetFilter("süd 10.0.2"),
            [one for one in inside if "Süd" in one.name and "10.0.2" in " ".join(one.addresses)],
        ),
        (AssetFilter("100%_"), []),
        (AssetFilter(enterprises=frozenset()), []),
    ):
        with desk.ledger.reading() as connection:
            assert {one.id for one in list_assets(connection, asked, limit=100).lines} == {one.id for one in wanted}
            facets = figure_assets(connection, asked)
        assert set(facets) == set(FACETS)
        for name, counts in facets.items():
            assert dict(counts) == Counter(getattr(one, name) for one in wanted)


def test_what_cannot_be_asked_is_told(desk: Desk) -> None:
    """Orders, limits, and cursors of another order."""
    with desk.ledger.reading() as connection:
        follows = list_assets(connection, AssetFilter(), limit=1).next
        asked: tuple[dict[str, Any], ...] = ({"order": "owner"}, {"limit": 0}, {"order": "risk", "cursor": follows})
        for one in asked:
            with pytest.raises(UsageError):
                list_assets(connection, AssetFilter(), **one)
