"""The API of the network."""

from __future__ import annotations

from tests.support.consoles import EVER, Console


def test_zones_hold_all_assets_inside(stock: Console) -> None:
    """As many as the inventory lists; conduits of both ends' names."""
    program = stock.program("analyst")
    told = program.get(f"/api/v1/topology?{EVER}").json()
    listed = program.get("/api/v1/assets?limit=500").json()["items"]
    assert sum(zone["assets"] for zone in told["zones"]) == len(listed)
    assert told["conduits"]
    assert all(sum(zone["types"].values()) == zone["assets"] for zone in told["zones"])


def test_cells_are_between_the_hosts_listed(stock: Console) -> None:
    """Each cell has a source and a destination of the lists, and traffic."""
    told = stock.program("analyst").get(f"/api/v1/conversations?{EVER}&size=40").json()
    assert told["items"]
    for cell in told["items"]:
        assert cell["source"] in told["sources"]
        assert cell["destination"] in told["destinations"]
        assert cell["traffic"]["flows"] > 0
