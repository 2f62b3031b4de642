"""What people say of assets, as it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.asset_csv import read_csv
from tests.support.claims import PLC, arp, find, served, source
from wanglou.commands.asset_edits import choose_edits, decode, match_rows, parse_change
from wanglou.errors import FaultsError, UsageError

FILE = Path("assets.csv")
ASSETS = find(source([*arp("10.0.1.11", PLC), *served("10.0.1.11")]))


def test_changes() -> None:
    """A field and its value; an empty one takes back what was said."""
    assert parse_change("name=tank = 3") == ("name", "tank = 3")
    assert parse_change("criticality=5") == ("criticality", 5)
    assert parse_change("owner=") == ("owner", None)


@pytest.mark.parametrize("text", ["name", "id=1", "criticality=9", "level=high", "note=" + "x" * 9_999])
def test_what_is_no_change(text: str) -> None:
    """Fields that nobody may set, and values they cannot have, are refused."""
    with pytest.raises(UsageError):
        parse_change(text)


def test_files_of_chinese_spreadsheets() -> None:
    """UTF-8 with or without a mark, and GB 18030."""
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        assert decode(FILE, "名称,厂商".encode(encoding)) == "名称,厂商"
    with pytest.raises(FaultsError):
        decode(FILE, b"\xff\xff\xff")


def test_rows_find_their_assets() -> None:
    """By id or address; one that is not known is declared, two rows of one asset are a fault."""
    rows = read_csv(FILE, f"id,addresses,name\n{ASSETS[0].id},,tank\n,10.9.9.9,spare\n")
    assert match_rows(FILE, rows, ASSETS, "") == [("", ASSETS[0].key, {"name": "tank"}), ("", "ip:10.9.9.9", {
        "name": "spare"})]  # fmt: skip
    with pytest.raises(FaultsError, match="the same asset as in line 2"):
        match_rows(FILE, read_csv(FILE, "addresses,name\n10.0.1.11,a\n10.0.1.11,b\n"), ASSETS, "")
    assert choose_edits(rows[0], ASSETS[0]) == {"name": "tank"}
