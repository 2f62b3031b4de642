"""The inventory by address follows the ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from correlation.asset_ledger import read_revision, replace_assets
from correlation.hosts import MOST_SCOPES, OUTSIDE, HostBook, Hosts
from tests.support.desk import ACTOR, make_asset, open_desk


def test_what_is_kept_changes_with_the_assets(tmp_path: Path) -> None:
    """It is the same until an asset is; each scope has its own; a reader's snapshot counts."""
    book, first = HostBook(), make_asset(1)
    with open_desk(tmp_path) as desk:
        with desk.ledger.reading() as connection:
            assert book.read(connection).find("chem", "10.0.0.1") is None
        with desk.ledger.change(ACTOR) as change:
            replace_assets(change.connection, [first])
        with desk.ledger.reading() as connection:
            hosts = book.read(connection)
            assert hosts.place("chem", "10.0.0.1") == ("chem", "line", 1.0)
            assert book.read(connection) is hosts
            assert book.read(connection, frozenset({"mach"})).find("chem", "10.0.0.1") is None
            revision = read_revision(connection)
        with desk.ledger.change(ACTOR) as change:
            replace_assets(change.connection, [first])
        with desk.ledger.reading() as connection:
            assert read_revision(connection) == revision
            assert book.read(connection) is hosts
        with desk.ledger.change(ACTOR) as change:
            replace_assets(change.connection, [replace(first, zone="cell")])
        with desk.ledger.reading() as connection:
            assert book.read(connection).place("chem", "10.0.0.1") == ("chem", "cell", 1.0)
        with desk.ledger.change(ACTOR) as change:
            replace_assets(change.connection, [])
        with desk.ledger.reading() as connection:
            assert book.read(connection).place("chem", "10.0.0.1") == ("chem", OUTSIDE, None)
            assert book.read(connection).zones == ()


def test_only_some_scopes_are_kept(tmp_path: Path) -> None:
    """The one asked for longest ago goes."""
    book = HostBook()
    with open_desk(tmp_path) as desk, desk.ledger.reading() as connection:
        whole = book.read(connection)
        for number in range(MOST_SCOPES):
            book.read(connection, frozenset({f"enterprise-{number}"}))
        assert book.read(connection) is not whole


def test_zones_count_assets_inside(tmp_path: Path) -> None:
    """By enterprise, zone and level, the highest level first, those without one last."""
    assets = [
        make_asset(1),
        replace(make_asset(2), type="hmi"),
        replace(make_asset(3), level=None),
        replace(make_asset(4), level=3.0),
        replace(make_asset(5), scope="outside"),
    ]
    with open_desk(tmp_path) as desk:
        with desk.ledger.change(ACTOR) as change:
            replace_assets(change.connection, assets)
        with desk.ledger.reading() as connection:
            zones = Hosts(connection).zones
            counted = connection.scalar(sa.text("SELECT count(*) FROM assets"))
    assert counted == len(assets)
    assert [(zone.level, zone.assets, zone.types) for zone in zones] == [
        (3.0, 1, {"plc": 1}),
        (1.0, 2, {"plc": 1, "hmi": 1}),
        (None, 1, {"plc": 1}),
    ]
