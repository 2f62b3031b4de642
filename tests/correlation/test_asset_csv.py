"""Assets as CSV."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.asset_csv import HEADERS, MOST_CHARACTERS, Language, read_csv, write_csv
from correlation.assets import Decisions
from tests.support.claims import PLC, arp, claim, find, served, source
from wanglou.errors import FaultsError

PATH = Path("assets.csv")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_written_is_read(language: Language) -> None:
    """In both languages, with what a spreadsheet would take for a formula kept as a text."""
    said = {"name": "=1+1", "owner": "李工, 甲班", "note": 'a "b"', "level": 3.5}
    (asset,) = find(source([*arp("10.0.1.11", PLC), *served("10.0.1.11"), claim("vendor", "ABB", "10.0.1.11")]),
                    Decisions({"ip:10.0.1.11": said}))  # fmt: skip
    text = "\ufeff" + "".join(write_csv([asset], language))
    assert "'=1+1" in text
    (row,) = read_csv(PATH, text)
    assert (row.id, row.keys, row.line) == (asset.id, (f"mac:{PLC}", "ip:10.0.1.11"), 2)
    assert {name: row.values[name] for name in said} == said
    assert row.values["vendor"] == "ABB"


def test_every_fault_has_its_line() -> None:
    """All of them at once."""
    text = (
        "addresses,level,criticality,type,名称\n"
        "10.0.1.1,9,4,plc,a\n10.0.1.300,1,4,plc,b\n10.0.1.2,1,6,plc,c\n10.0.1.3,1,4,robot,d\n,1,1,plc,e\n10.0.1.4,1\n"
        f"10.0.1.5,1,1,plc,{'x' * (MOST_CHARACTERS + 1)}\n"
    )
    with pytest.raises(FaultsError) as caught:
        read_csv(PATH, text)
    assert [fault.line for fault in caught.value.faults] == [2, 3, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("colour,id", "no column of assets"),
        ("id,资产编号", "there twice"),
        ("name,level", "names assets"),
        ("", "names assets"),
    ],
)
def test_faults_of_the_header(header: str, what: str) -> None:
    """Columns that nobody knows, that are there twice, or that name no asset."""
    with pytest.raises(FaultsError, match=what):
        read_csv(PATH, f"{header}\nasset-1,1\n")


def test_headers_are_unlike() -> None:
    """No header means two columns."""
    titles = [title.lower() for pair in HEADERS.values() for title in pair]
    assert len({*titles}) == len(titles)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Whatever a file holds, it is read or its faults are told."""
    for content in (text, f"id,name,level\n{text}"):
        try:
            read_csv(PATH, content)
        except FaultsError:
            continue
