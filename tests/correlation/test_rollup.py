"""Counts of values, made row group by row group, are those of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation import rollup
from correlation.manifest import Wanted
from correlation.rollup import MINUTE_NS, RollupCounter, parse_counts, read_rollups, write_counts
from tests.support.lakes import START_NS, fill, make_identity, make_lake, make_records

TEXTS = pa.dictionary(pa.int32(), pa.string())
TIMES = pa.timestamp("ns", tz="UTC")


@pytest.fixture(autouse=True)
def _count_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files of a few records have rollups."""
    monkeypatch.setattr(rollup, "FEWEST_ROWS", 1)


Row = tuple[str | None, int | None, bool | None, int]
"""A text, a number, a flag and a time."""


def make_groups(rows: Sequence[Row], size: int) -> list[pa.Table]:
    """Make row groups of ``size`` rows."""
    schema = pa.schema([("text", TEXTS), ("number", pa.uint16()), ("flag", pa.bool_()), ("@timestamp", TIMES)])
    names = schema.names
    records = [dict(zip(names, row, strict=True)) for row in rows]
    return [pa.Table.from_pylist(records[at : at + size], schema=schema) for at in range(0, len(records), size)]


def count(groups: list[pa.Table]) -> dict[str, rollup.Counts]:
    """Count the groups of one file."""
    counter = RollupCounter()
    for group in groups:
        counter.add(group)
    return {name: parse_counts(text) for name, text in counter.finish(groups[0].column_names).items()}


VALUES = st.tuples(
    st.none() | st.text(max_size=3),
    st.none() | st.integers(0, 65_535),
    st.none() | st.booleans(),
    st.integers(-(10**12), 10**13),
)


@given(st.lists(VALUES, min_size=1, max_size=30), st.integers(1, 9))
def test_counts_are_those_of_the_rows(rows: list[Row], size: int) -> None:
    """However rows are cut into groups, every value is counted as often as it is there, and rows without one never."""
    found = count(make_groups(rows, size))
    for place, name in enumerate(("text", "number", "flag")):
        assert found[name] == Counter(row[place] for row in rows if row[place] is not None)
    if max(row[3] for row in rows) - min(row[3] for row in rows) < MINUTE_NS * 4_000:
        assert found["@timestamp"] == Counter(row[3] // MINUTE_NS for row in rows)


def test_a_dictionary_may_hold_values_that_no_row_has_and_one_twice() -> None:
    """Only what rows have is counted, equal values together."""
    column = pa.DictionaryArray.from_arrays(pa.array([1, 2, None, 1], pa.int32()), pa.array(["a", "b", "b"]))
    assert count([pa.table({"text": column})]) == {"text": {"b": 3}}


def test_columns_of_many_values_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """One value too many in any group, or over all, and the column is not counted for the whole file."""
    monkeypatch.setattr(rollup, "MOST_VALUES", 4)
    rows = [(str(number), number, True, 0) for number in range(5)]
    assert set(count(make_groups(rows, 5))) == set(count(make_groups(rows, 2))) == {"flag", "@timestamp"}
    again = [*make_groups(rows, 5), *make_groups(rows[:1], 1)]
    assert set(count(again)) == {"flag", "@timestamp"}


def test_counts_that_are_long_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger holds a bounded text for each column."""
    monkeypatch.setattr(rollup, "MOST_CHARACTERS", 20)
    assert set(count(make_groups([("x" * 30, 1, True, 0)], 1))) == {"number", "flag", "@timestamp"}


def test_times_far_apart_are_not_counted() -> None:
    """A row group whose times span more minutes than are kept has no counts of them."""
    rows: list[Row] = [(None, None, None, 0), (None, None, None, MINUTE_NS * 5_000)]
    assert "@timestamp" not in count(make_groups(rows, 2))


def test_small_files_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a small file takes less."""
    monkeypatch.setattr(rollup, "FEWEST_ROWS", 2)
    assert count(make_groups([("a", 1, True, 0)], 1)) == {}


@given(st.dictionaries(st.text(), st.integers(1)) | st.dictionaries(st.integers(0, 65_535), st.integers(1)))
def test_what_is_kept_is_read_again(counts: dict[rollup.Value, int]) -> None:
    """Whatever characters a value has, in ASCII alone, and equal counts are equal texts."""
    text = write_counts(counts)
    assert text.isascii()
    assert parse_counts(text) == counts
    assert write_counts(dict(reversed(counts.items()))) == text


def test_a_lake_keeps_those_of_its_files(tmp_path: Path) -> None:
    """Each segment's are listed with it, found by column and time, and go with it."""
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(60)))
        with lake._ledger().reading() as connection:
            everything = read_rollups(connection, Wanted("modbus"), ["modbus.unit_id", "event.action"])
            late = read_rollups(connection, Wanted("modbus", start_ns=START_NS + 30 * 10**9), ["modbus.unit_id"])
            assert read_rollups(connection, Wanted("modbus"), []) == {}
            assert read_rollups(connection, Wanted("flow"), ["event.action"]) == {}
        assert len(everything) == 2
        assert all(counts["modbus.unit_id"] == dict.fromkeys(range(5), 6) for counts in everything.values())
        assert set(late) == {max(everything)}
        lake.delete_capture(make_identity("a"))
        with lake._ledger().reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM rollups").scalar() == 0


def test_small_whole_numbers_are_counted() -> None:
    """Severities are; ordinals, durations and numbers below zero are read instead."""
    columns = {"severity": [75, 75, None, 0], "length": [1, 2, 3, rollup.MOST_VALUES], "below": [-1, 1, 1, 1]}
    table = pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()})
    assert count([table, table]) == {"severity": {0: 2, 75: 4}}
