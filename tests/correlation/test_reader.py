"""DuckDB over segments: columns that files lack, errors, and what it may not do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
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


ENDLESS = "SELECT count(*) FROM range(100000000000) AS t(a) WHERE a % 7 = 3"


LONG = "SELECT a FROM range(1000000) AS t(a)"


def run_endless(reader: Reader, errors: list[Exception], begun: threading.Event) -> None:
    """Put a query that takes hours."""
    try:
        with reader.cursor() as cursor:
            begun.set()
            cursor.execute(ENDLESS).fetchall()
    except StoreError as error:
        errors.append(error)


@pytest.mark.parametrize("is_told", [True, False])
def test_a_query_under_way_ends_with_its_reader(tmp_path: Path, is_told: bool) -> None:
    """Whether it was told to stop before, or is closed at once; who waits for an answer is told why there is none."""
    reader, errors = Reader(tmp_path), list[Exception]()
    events = [threading.Event() for _ in range(3)]
    threads = [threading.Thread(target=run_endless, args=(reader, errors, event)) for event in events]
    for thread, event in zip(threads, events, strict=True):
        thread.start()
        assert event.wait(60)
    if is_told:
        reader.stop()
        with pytest.raises(StoreError, match="being closed"), reader.cursor():
            pass
    reader.close()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert [type(error) for error in errors] == [StoreError] * 3
    with reader.cursor() as cursor:  # opened anew
        assert cursor.execute("SELECT 1").fetchone() == (1,)
    reader.close()


def read_rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[int]:
    """Read an answer row by row."""
    cursor.execute(LONG)
    while rows := cursor.fetchmany(10):
        yield len(rows)


def read_batches(cursor: duckdb.DuckDBPyConnection) -> Iterator[int]:
    """Read an answer batch by batch, as searches do."""
    yield from (batch.num_rows for batch in cursor.sql(LONG).to_arrow_reader(10_000))


@pytest.mark.parametrize("read", [read_rows, read_batches])
def test_an_answer_that_is_half_read_is_cut(
    tmp_path: Path, read: Callable[[duckdb.DuckDBPyConnection], Iterator[int]]
) -> None:
    """It does not keep the reader open, is no damage of a file, and is not taken for whole."""
    reader = Reader(tmp_path)

    def read_on() -> None:
        with reader.cursor() as cursor:
            for _ in read(cursor):
                reader.close()

    with pytest.raises(StoreError, match="being closed"):
        read_on()
