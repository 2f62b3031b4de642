"""Searching: order, limits, pages, bounds in time and memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlation import rollup, search
from correlation.lake import Lake
from correlation.manifest import Wanted
from correlation.query import parse_query
from correlation.survey import Surveyor
from tests.support.lakes import (
    HOUR_NS,
    MODBUS,
    START_NS,
    Record,
    fill,
    find,
    make_lake,
    make_records,
    open_pair,
)
from wanglou.errors import UsageError


def key(record: Record) -> tuple[object, ...]:
    """What results are ordered by."""
    return tuple(record[name] for name in ("@timestamp", "wanglou.capture", "wanglou.packet", "wanglou.pdu"))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake of two captures with equal times, one of them with a column of its own, and some alerts."""
    with open_pair(tmp_path_factory.mktemp("lake")) as lake:
        yield lake


@pytest.fixture(scope="module")
def everything(lake: Lake) -> list[Record]:
    """All Modbus records, newest first."""
    return find(lake)


def test_everything_newest_first(everything: list[Record]) -> None:
    """Time first, then the parts of event.id, all downwards; each record once."""
    assert len(everything) == 300
    assert everything == sorted(everything, key=key, reverse=True)
    assert len({record["event.id"] for record in everything}) == 300


def test_oldest_first_is_the_exact_reverse(lake: Lake, everything: list[Record]) -> None:
    """The order is total, so it can be turned."""
    assert find(lake, newest_first=False) == everything[::-1]


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("query", ["", "modbus.unit_id:3", "modbus.umas.session:7"])
@pytest.mark.parametrize("limit", [1, 7, 299, 1000])
def test_limits(lake: Lake, query: str, limit: int, newest_first: bool) -> None:
    """A limited search is the beginning of the unlimited one."""
    everything = find(lake, query, newest_first=newest_first)
    assert find(lake, query, newest_first=newest_first, limit=limit) == everything[:limit]


@settings(max_examples=25)
@given(start=st.integers(-10, 260), length=st.integers(0, 260), limit=st.integers(0, 20))
def test_times(lake: Lake, everything: list[Record], start: int, length: int, limit: int) -> None:
    """From the start on, until before the end."""
    low, high = (START_NS + step * (HOUR_NS // 80) for step in (start, start + length))
    expected = [record for record in everything if low <= record["@timestamp"] < high]
    assert find(lake, start_ns=low, end_ns=high, limit=limit) == (expected[:limit] if limit else expected)
    assert lake.count("modbus", start_ns=low, end_ns=high) == len(expected)


def test_times_in_the_query(lake: Lake, everything: list[Record]) -> None:
    """A range of @timestamp narrows the same way."""
    query = "@timestamp:[2026-09-21T01 TO 2026-09-21T01]"
    expected = [r for r in everything if START_NS + HOUR_NS <= r["@timestamp"] < START_NS + 2 * HOUR_NS]
    assert find(lake, query) == expected
    assert lake.count("modbus", query) == len(expected) > 0
    assert find(lake, query, end_ns=START_NS) == []


@pytest.mark.parametrize(("rows", "few", "files"), [(10, 1000, 64), (100, 1000, 64), (10, 1000, 1), (10, 0, 64)])
def test_small_windows_change_nothing(
    lake: Lake, everything: list[Record], rows: int, few: int, files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However finely time is cut, and whether few records are gathered before they are read, the answer is the same."""
    monkeypatch.setattr(search, "WINDOW_ROWS", rows)
    monkeypatch.setattr(search, "FIRST_ROWS", rows)
    monkeypatch.setattr(search, "FEW_RECORDS", few)
    monkeypatch.setattr(search, "MOST_FILES", files)
    assert find(lake) == everything
    assert find(lake, newest_first=False) == everything[::-1]
    fitting = [record for record in everything if record["modbus.unit_id"] == 3]
    assert 30 < len(fitting) < 300
    for limit in (1, 7, len(fitting), 299):
        assert find(lake, "modbus.unit_id:3", limit=limit) == fitting[:limit]
        assert find(lake, "modbus.unit_id:3", limit=limit, newest_first=False) == fitting[::-1][:limit]
    assert find(lake, "modbus.unit_id:222", limit=5) == []


def test_wrong_questions_are_told_at_once(lake: Lake) -> None:
    """Before anything is read: limits below zero, positions of nowhere, unknown datasets."""
    with pytest.raises(UsageError, match="the limit is a number"):
        lake.search("modbus", limit=-1)
    with pytest.raises(UsageError, match="no position in modbus"):
        lake.search("modbus", after="x")
    with pytest.raises(UsageError, match=r"no dataset 'profinet' \(there are flow, modbus, .*alert\)"):
        lake.search("profinet")


@pytest.mark.parametrize(
    ("budget", "found", "is_limited", "following"),
    [
        (search.WINDOW_ROWS, 0, False, 2 * search.WINDOW_ROWS),
        (search.WINDOW_ROWS, search.WINDOW_ROWS, False, search.WINDOW_ROWS),
        (8 * search.WINDOW_ROWS, 2 * search.WINDOW_ROWS, False, search.WINDOW_ROWS),
        (search.FIRST_ROWS, 10, True, 4 * search.FIRST_ROWS),
        (search.MOST_ROWS, 0, True, search.MOST_ROWS),
    ],
)
def test_windows_grow_while_little_is_found(budget: int, found: int, is_limited: bool, following: int) -> None:
    """Rare records are looked for in ever larger windows; many found make them small again."""
    assert search._next_budget(budget, found, is_limited=is_limited) == following


@pytest.mark.parametrize(
    ("query", "limit", "expected"),
    [
        ("", 50, search.FIRST_ROWS),
        ("modbus.unit_id:222", 50, search.FIRST_ROWS),
        ("modbus.unit_id:3", 100_000, int(search.LIKELY * 100_000 * 5)),
        ("modbus.unit_id:3", 10**9, search.MOST_FIRST_ROWS),
    ],
)
def test_the_first_window_is_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, limit: int, expected: int
) -> None:
    """As many rows as the wanted records are likely in, within bounds."""
    monkeypatch.setattr(rollup, "FEWEST_ROWS", 1)
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(30)))
        node = parse_query(query, MODBUS, now_ns=START_NS)
        with lake._ledger().reading() as connection:
            files = Surveyor().survey(connection, Wanted("modbus"), node)
    assert search._guess_rows(node, files, limit) == expected


def test_an_empty_lake_finds_nothing(tmp_path: Path) -> None:
    """A lake of captures without records answers with nothing."""
    with make_lake(tmp_path) as lake:
        fill(lake, [])
        assert (find(lake), lake.count("modbus"), lake.count("modbus", "modbus.unit_id:1")) == ([], 0, 0)
