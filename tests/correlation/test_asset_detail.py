"""An asset's page: the asset, its services and conversations, from the flows of bundled captures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from correlation.asset_detail import find_asset, find_asset_of, list_dealings, read_risks
from correlation.asset_ledger import replace_assets
from tests.support.desk import ACTOR, make_asset, open_desk
from tests.support.stores import read_all, take_captures, write


def test_assets_are_found_by_id_and_address(tmp_path: Path) -> None:
    """As far as they may be seen; an address is a whole word."""
    asset = replace(make_asset(12), addresses=("10.0.0.12", "fe80::1"))
    with open_desk(tmp_path) as desk:
        with desk.ledger.change(ACTOR) as change:
            replace_assets(change.connection, [asset, make_asset(1), make_asset(2)])
        with desk.ledger.reading() as connection:
            assert find_asset(connection, asset.id) == asset
            assert find_asset(connection, asset.id, frozenset({"mach"})) is None
            assert find_asset_of(connection, "chem", "fe80::1") == asset
            assert find_asset_of(connection, "chem", "10.0.0.1") == make_asset(1)
            for address in ("10.0.0", "10.0.0.%", "", "10.0.0.12 fe80::1 "):
                assert find_asset_of(connection, "chem", address) is None
            assert read_risks(connection, asset) == []


def test_services_come_from_flows(tmp_path: Path) -> None:
    """Services and conversations of both sides."""
    with open_desk(tmp_path) as desk:
        for taken in take_captures():
            write(desk.lake, taken)
        record = next(one for one in read_all("flow") if one.get("network.protocol") == "modbus")
        served, user = (
            replace(make_asset(1, record.get("organization.id", "")), addresses=(record[name],))
            for name in ("destination.ip", "source.ip")
        )
        dealings, other = list_dealings(desk.lake, served), list_dealings(desk.lake, user)
    assert ("tcp", record["destination.port"], "modbus") in {
        (one.transport, one.port, one.protocol) for one in dealings.serves
    }
    assert record["source.ip"] in {pair.source for pair in dealings.incoming}
    assert record["destination.ip"] in {pair.destination for pair in other.outgoing}
    assert all(one.peers and one.traffic.flows for one in (*dealings.serves, *other.uses))
