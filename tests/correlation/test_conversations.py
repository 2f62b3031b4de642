"""Flows of bundled captures, added up by ends, zones and assets, agree with adding them up one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import pytest

from correlation.asset_ledger import replace_assets
from correlation.conversations import draw_matrix, draw_topology
from correlation.hosts import OUTSIDE, Hosts
from correlation.pairs import Traffic, list_pairs, read_pairs
from tests.support.desk import ACTOR, Desk, make_asset, open_desk
from tests.support.stores import read_all, take_captures, write

TABLES = ("organization.id", "source.ip", "destination.ip", "network.protocol")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a lake of bundled captures, and assets at the busiest of their addresses."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        for taken in take_captures():
            write(desk.lake, taken)
        ips = sorted({record["destination.ip"] for record in read_all("flow")})[:6]
        assets = [
            replace(make_asset(place, ""), addresses=(ip,), zone=f"zone-{place % 2}", level=float(place % 3))
            for place, ip in enumerate(ips)
        ]
        with desk.ledger.change(ACTOR) as change:
            replace_assets(change.connection, assets)
        yield desk


def add_up() -> dict[tuple[str, ...], Traffic]:
    """Add up the flows of the captures."""
    found: dict[tuple[str, ...], Traffic] = defaultdict(lambda: Traffic(0, 0, 0))
    for record in read_all("flow"):
        key = tuple(str(record.get(name, "")) for name in TABLES)
        found[key] += Traffic(1, record["network.packets"], record["network.bytes"])
    return found


def test_pairs_topology_and_matrix(desk: Desk) -> None:
    """Nothing is lost between pairs, conduits and cells."""
    wanted = add_up()
    listed, pairs = list_pairs(desk.lake), read_pairs(desk.lake)
    assert {(one.enterprise, one.source, one.destination, one.protocol): one.traffic for one in listed} == wanted
    with desk.ledger.reading() as connection:
        hosts, none = Hosts(connection), Hosts(connection, frozenset())
    drawn, matrix = draw_topology(hosts, pairs), draw_matrix(hosts, pairs, size=1_000)
    small = draw_matrix(hosts, pairs, size=2)
    inner = draw_matrix(hosts, pairs, choose=lambda zoned: zoned[1] == "zone-1")
    empty = draw_topology(none, read_pairs(desk.lake, end_ns=0))
    assert not empty.zones
    assert not empty.conduits
    assert not draw_matrix(none, read_pairs(desk.lake, end_ns=0)).sources
    total = sum(one.bytes for one in wanted.values())
    assert sum(one.traffic.bytes for one in drawn.conduits) == total == sum(c.bytes for c in matrix.cells.values())
    assert {zone.zone: zone.assets for zone in drawn.zones if zone.level == 0.0} == {"zone-0": 1, "zone-1": 1}
    assert [zone.level for zone in drawn.zones] == sorted((zone.level or 0.0 for zone in drawn.zones), reverse=True)
    assert any(one.source[1] == OUTSIDE for one in drawn.conduits)
    assert matrix.left_out == 0
    assert len(small.sources) == 2
    assert small.left_out == len(matrix.cells) - len(small.cells)
    assert 0 < len(inner.cells) < len(matrix.cells)


def test_narrowed_by_text_period_and_enterprise(desk: Desk) -> None:
    """Texts are of the query language of flows."""
    some = list_pairs(desk.lake, "network.protocol:modbus")
    assert {one.protocol for one in some} == {"modbus"}
    assert list_pairs(desk.lake, end_ns=0) == []
    assert list_pairs(desk.lake, enterprises=frozenset({"none"})) == []
