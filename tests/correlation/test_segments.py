"""Segment files: names, encodings, sealing, giving up."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.segments import (
    Place,
    SegmentFile,
    explain,
    failing,
    name_key,
    optional_columns,
    present_columns,
    time_range,
)
from tests.support.lakes import FLOW, HOUR_NS, MODBUS, START_NS, make_identity, make_records, make_table
from wanglou.errors import StoreError

PLACE = Place("modbus", START_NS // HOUR_NS + 7, "aaaaaaaaaaaaaaaa", 12)


def write(folder: Path, table: pa.Table) -> tuple[Path, tuple[str, int]]:
    """Write and seal a table as two row groups."""
    file = SegmentFile(folder, PLACE.path, MODBUS.arrow, present_columns(table), optional_columns(table))
    file.write(table.slice(0, 5))
    file.write(table.slice(5))
    sealed = file.seal()
    file.publish(PLACE.path)
    return folder / PLACE.path, sealed


def test_a_place_has_one_path() -> None:
    """Dataset, day, hour, capture and number are in the path, in UTC."""
    assert PLACE.path == "modbus/dt=2026-09-21/07-aaaaaaaaaaaaaaaa-0012.parquet"
    assert Place.number(PLACE.day, PLACE.hour) == PLACE.hour_number


@given(st.integers(-(2**63) // HOUR_NS + 1, 2**63 // HOUR_NS - 1))
def test_any_hour_has_a_place(number: int) -> None:
    """Every hour that 64 bits of nanoseconds reach has a day and an hour, and comes back from them."""
    place = Place("modbus", number, "a", 0)
    assert Place.number(place.day, place.hour) == number


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_identity_makes_a_safe_and_own_name(first: str, second: str) -> None:
    """Whatever the enterprise or sensor is called, the name has only digits, letters and hyphens, and is its own."""
    names = [name_key(identity) for identity in (first, second, make_identity("a") + first)]
    assert all(name.replace("-", "").isalnum() and name.isascii() and len(name) <= 25 for name in names)
    assert (names[0] == names[1]) == (first == second)


def test_a_plain_capture_is_named_by_its_digest() -> None:
    """People find the capture's first digits in the file's name."""
    assert name_key(make_identity("b")) == "b" * 16
    assert name_key(make_identity("b", "north")).startswith("b" * 16 + "-")


def test_a_sealed_segment_is_whole(tmp_path: Path) -> None:
    """It has its final name, the digest and size told, the rows written, and no temporary file beside it."""
    table = make_table(MODBUS, make_records(range(12)))
    path, (digest, size) = write(tmp_path, table)
    content = path.read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (digest, size)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    read = pq.ParquetFile(path)
    assert (read.metadata.num_rows, read.metadata.num_row_groups) == (12, 2)
    assert read.read().to_pylist()[3]["modbus.response.values"] == [3, 3]


def test_empty_columns_are_left_out(tmp_path: Path) -> None:
    """A column without a value takes no room, nor does the capture, which the manifest tells; time and place stay."""
    path, _ = write(tmp_path, make_table(MODBUS, make_records(range(12))))
    names = pq.read_schema(path).names
    assert "modbus.umas.session" not in names
    assert {"@timestamp", "wanglou.packet", "wanglou.pdu"} <= set(names)
    assert "wanglou.capture" not in names


def test_duckdb_reads_nanoseconds(tmp_path: Path) -> None:
    """All times come back to the nanosecond, also those beside @timestamp."""
    flow = {"@timestamp": START_NS + 1, "event.end": START_NS + 2, "wanglou.capture": "a"}
    table = make_table(FLOW, [flow])
    file = SegmentFile(tmp_path, "flow/x.parquet", FLOW.arrow, present_columns(table), optional_columns(table))
    file.write(table)
    file.seal()
    file.publish("flow/x.parquet")
    found = duckdb.execute(
        'SELECT epoch_ns("@timestamp"), epoch_ns("event.end") FROM read_parquet(?)', [str(tmp_path / "flow/x.parquet")]
    ).fetchall()
    assert found == [(START_NS + 1, START_NS + 2)]


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    """Nothing of the moment is in the file."""
    table = make_table(MODBUS, make_records(range(12)))
    assert write(tmp_path / "a", table)[1] == write(tmp_path / "b", table)[1]


def test_differing_dictionaries_are_unified(tmp_path: Path) -> None:
    """Tables whose keywords are numbered differently become one column of plain dictionary pages."""
    parts = [make_table(MODBUS, make_records(range(first, first + 3))) for first in (0, 1, 5)]
    path, _ = write(tmp_path, pa.concat_tables(parts))
    assert pq.read_table(path)["source.ip"].to_pylist() == [
        record["source.ip"] for first in (0, 1, 5) for record in make_records(range(first, first + 3))
    ]


def test_given_up_leaves_nothing(tmp_path: Path) -> None:
    """A segment that is not sealed is deleted, twice if need be."""
    table = make_table(MODBUS, make_records(range(3)))
    file = SegmentFile(tmp_path, PLACE.path, MODBUS.arrow, present_columns(table), optional_columns(table))
    file.write(table)
    file.give_up()
    file.give_up()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_time_range() -> None:
    """The first and last times, in nanoseconds, wherever they stand."""
    assert time_range(make_table(MODBUS, make_records([5, 2, 9]))) == (START_NS + 2 * 10**9, START_NS + 9 * 10**9)


def test_a_path_that_is_a_file_is_told(tmp_path: Path) -> None:
    """A folder that cannot be made is a StoreError with the place and what to do."""
    (tmp_path / "modbus").write_text("in the way")
    with pytest.raises(StoreError, match=r"modbus/dt=.*cannot write: .*\(use another --lake"):
        SegmentFile(tmp_path, PLACE.path, MODBUS.arrow, {"@timestamp"}, set())


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "free some disk space"),
        (errno.EACCES, "permission"),
        (errno.EROFS, "can be written"),
        (errno.EFBIG, "ulimit -f"),
        (errno.EXDEV, "check the disk"),
        (None, "check the disk"),
    ],
)
def test_errors_of_the_system_come_with_advice(code: int | None, advice: str) -> None:
    """Full, forbidden and read-only disks each say what to do."""
    error = OSError(code, "x") if code else OSError("something")
    assert advice in explain(error, Path("lake")).do
    with pytest.raises(StoreError, match=r"^lake: cannot write"), failing(Path("lake")):
        raise error
