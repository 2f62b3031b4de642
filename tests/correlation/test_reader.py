"""DuckDB over segments: columns that files lack, errors, and what it may not do."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import duckdb
import pyarrow as pa
import pytest

from correlation.lake import Lake
from correlation.manifest import Wanted, list_segments
from correlation.reader import _TYPES, Reader, in_time, kept_fields, select_list
from parsers.field import Field, Kind
from tests.support.lakes import FLOW, MODBUS, START_NS, fill, find, list_files, make_lake, make_records
from wanglou.errors import StoreError


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with segments of two sets of columns."""
    records = make_records(range(60))
    records[45]["modbus.umas.session"] = 7
    lake = make_lake(tmp_path)
    fill(lake, records)
    return lake


def test_one_branch_for_each_set_of_columns(lake: Lake) -> None:
    """Files that lack a column give NULL of its type there."""
    with lake._ledger().reading() as connection:
        segments = list_segments(connection, Wanted("modbus"))
    branches = lake._reader.branches(segments, kept_fields(MODBUS))
    files = [branch.parameters[0] for branch in branches]
    assert [len(paths) for paths in files if isinstance(paths, list)] == [2, 1]
    assert ['CAST(NULL AS UTINYINT) AS "modbus.umas.session"' in branch.sql for branch in branches] == [True, False]
    with lake._reader.cursor() as cursor:
        types = {tuple(cursor.sql(b.sql, params=list(b.parameters)).columns) for b in branches}
    assert types == {tuple(field.name for field in kept_fields(MODBUS))}


def test_records_with_and_without_a_column(lake: Lake) -> None:
    """A search over both kinds of files finds the value, and NOT finds the others."""
    assert [record["wanglou.packet"] for record in find(lake, "modbus.umas.session:7")] == [90]
    assert len(find(lake, "NOT modbus.umas.session:7")) == 59


def test_types_are_those_of_arrow() -> None:
    """DuckDB's type of each kind holds what Arrow's type of it holds."""
    with Reader(Path()).cursor() as cursor:
        for kind, name in _TYPES.items():
            read = cursor.sql(f"SELECT CAST(NULL AS {name})").to_arrow_table().schema.types[0]
            arrow = Field("x", cast("Kind", kind), "").arrow
            assert pa.nulls(1, read).cast(arrow.value_type if pa.types.is_dictionary(arrow) else arrow).null_count == 1


def test_names_are_quoted() -> None:
    """A column's name is never SQL."""
    assert select_list([Field('a"b', "u8", "")], []) == 'CAST(NULL AS UTINYINT) AS "a""b"'
    assert select_list([Field('a"b', "u8", "")], ['a"b']) == '"a""b"'


def test_a_damaged_segment_is_told(lake: Lake) -> None:
    """A file that is no Parquet is a StoreError with the lake and what to do, and the reader goes on working."""
    path = next(path for path in list_files(lake.folder) if path.startswith("modbus"))
    content = (lake.folder / path).read_bytes()
    (lake.folder / path).write_bytes(b"x" * 100)
    with pytest.raises(StoreError, match=r"has other bytes than were written .*and replay the file"):
        find(lake)
    (lake.folder / path).write_bytes(content)
    assert len(find(lake)) == 60


def test_a_missing_segment_is_told(lake: Lake) -> None:
    """A file that is listed and not there is a StoreError, not a shorter answer."""
    (lake.folder / next(path for path in list_files(lake.folder) if path.startswith("modbus"))).unlink()
    with pytest.raises(StoreError, match="is missing"):
        find(lake)


def test_nothing_outside_the_lake_is_read(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> None:
    """DuckDB may open the lake's files and no others, loads no extension, and stays so."""
    other = tmp_path_factory.mktemp("other") / "x.csv"
    other.write_text("a\n1\n")
    for sql in (f"FROM read_csv('{other}')", "SET enable_external_access = true", f"COPY (SELECT 1) TO '{other}'"):
        with pytest.raises(StoreError), lake._reader.cursor() as cursor:
            cursor.execute(sql)
    assert other.read_text() == "a\n1\n"


def test_too_little_memory_is_told(lake: Lake) -> None:
    """DuckDB's limit is a StoreError that says what to do."""
    with pytest.raises(StoreError, match=r"needs more than .* of memory"), lake._reader.cursor():
        raise duckdb.OutOfMemoryException


def test_half_read_results_do_not_block(lake: Lake) -> None:
    """Searches that nobody reads to their end leave others alone, and closing the lake closes them."""
    half = lake.search("modbus")
    next(half)
    assert len(find(lake)) == 60
    assert lake.count("modbus", "modbus.unit_id:1") == 12
    lake.close()
    assert len(find(lake)) == 60


def test_time_conditions() -> None:
    """From a time on, until before a time, or all."""
    assert in_time(None, None).parameters == ()
    assert in_time(START_NS, START_NS + 1).parameters == (START_NS, START_NS + 1)
    assert [field.name for field in kept_fields(FLOW)] == FLOW.arrow.names
