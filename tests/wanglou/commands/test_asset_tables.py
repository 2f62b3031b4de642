"""Assets and links as they are shown."""

from __future__ import annotations

from dataclasses import replace

from correlation.service_map import Link
from tests.support.claims import PLC, arp, find, served, source
from tests.support.command_line import Screen
from wanglou.commands.asset_tables import link_cells, list_rows, name_asset, print_asset, sort_key, write_link

(ASSET,) = find(source([*arp("10.0.1.11", PLC), *served("10.0.1.11")]))
LINK = Link("chem", ASSET.id, "10.0.0.9", "10.0.1.11", "10.0.0.9", 502, "tcp", "modbus", 2, 1, 20, 900, 1, 10**9)


def test_rows() -> None:
    """As many cells as the terminal has room for, named by address where nothing else is known."""
    screen = Screen()
    (row,) = list_rows(screen.terminal, [ASSET])
    assert len(row) == (5 if screen.terminal.is_narrow else 7)
    assert name_asset(ASSET) == "10.0.1.11"
    assert str(row[0]).startswith("10.0.1.11\n")


def test_order() -> None:
    """Addresses sort by their numbers, those of IPv6 after."""
    others = [replace(ASSET, addresses=(one,)) for one in ("fe80::1", "10.0.1.9", "10.0.1.100", "9.1.1.1")]
    found = [one.addresses[0] for one in sorted([ASSET, *others], key=sort_key)]
    assert found == ["9.1.1.1", "10.0.1.9", "10.0.1.11", "10.0.1.100", "fe80::1"]


def test_one_asset() -> None:
    """All that is known of it, why, and its history."""
    screen = Screen()
    print_asset(screen.terminal, ASSET)
    assert ASSET.id in screen.out
    assert "10.0.1.11" in screen.out


def test_links() -> None:
    """Both ends by name, the service, and what went over it."""
    cells = link_cells(LINK, {ASSET.id: "tank"})
    assert [str(cell).splitlines()[0] for cell in cells[:5]] == ["tank", "10.0.0.9", "modbus", "2", "20"]
    told = write_link(replace(LINK, port=-1))
    assert (told["destination.port"], told["flow.answered"]) == (None, 1)
