"""A pack holds the rows of its segments, whatever their files held, and tells which belongs to which."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from correlation.manifest import Segment, Wanted, list_segments
from correlation.packing import File, write_pack
from correlation.segments import SEGMENT
from tests.support.lakes import MODBUS, fill, find, make_identity, make_lake, make_records


def list_all(lake_folder: Path) -> list[Segment]:
    """All segments of a lake."""
    with make_lake(lake_folder) as lake, lake._ledger().reading() as connection:
        return list_segments(connection, Wanted())


def pack_all(folder: Path) -> list[Segment]:
    """Put all files of a lake into one pack, whose segments it gives."""
    with make_lake(folder) as lake:
        files = [File(segment.path, (segment,)) for segment in list_all(folder)]
        assert write_pack(folder, lake._ledger(), MODBUS, files)
    return list_all(folder)


def test_columns_that_some_files_lack(tmp_path: Path) -> None:
    """They are empty in the rows that had none, and columns that all lack stay away."""
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(5)))
        more = make_records(range(5, 9), make_identity("b"))
        fill(lake, [{**record, "modbus.exception.code": 2} for record in more], make_identity("b"))
        before = find(lake)
    packed = pack_all(tmp_path)
    assert len({segment.columns for segment in packed}) == 1
    assert "modbus.exception.code" in packed[0].columns
    assert SEGMENT not in packed[0].columns
    with make_lake(tmp_path) as lake:
        assert find(lake) == before
        assert lake.count("modbus", "NOT modbus.exception.code:*") == 5


def test_rows_lie_in_order_of_time(tmp_path: Path) -> None:
    """Captures of the same time are mixed, so that row groups tell of short times; each row names its segment."""
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(0, 20, 2)))
        fill(lake, make_records(range(1, 20, 2), make_identity("b")), make_identity("b"))
    packed = pack_all(tmp_path)
    table = pq.read_table(tmp_path / packed[0].pack)
    assert table["@timestamp"].to_pylist() == sorted(table["@timestamp"].to_pylist())
    assert table[SEGMENT].to_pylist() == [packed[row % 2].path for row in range(20)]


def test_facts_of_segments(tmp_path: Path) -> None:
    """Names, rows and times stay; each has its share of the pack's bytes, and all know the pack's rows and digest."""
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(25)))
        fill(lake, make_records(range(9), make_identity("b")), make_identity("b"))
    before = list_all(tmp_path)
    after = pack_all(tmp_path)
    assert [(s.path, s.capture, s.rows, s.min_ns, s.max_ns) for s in before] == [
        (s.path, s.capture, s.rows, s.min_ns, s.max_ns) for s in after
    ]
    assert {(segment.pack_rows, segment.digest) for segment in after} == {(34, after[0].digest)}
    assert sum(segment.size_bytes for segment in after) == (tmp_path / after[0].pack).stat().st_size


def test_files_that_changed_meanwhile(tmp_path: Path) -> None:
    """What was planned with segments that are gone is not listed, and leaves no file."""
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(25)))
        fill(lake, make_records(range(9), make_identity("b")), make_identity("b"))
        files = [File(segment.path, (segment,)) for segment in list_all(tmp_path)]
        kept = (tmp_path / files[1].path).read_bytes()
        lake.delete_capture(make_identity("b"))
        assert not write_pack(tmp_path, lake._ledger(), MODBUS, files)
        (tmp_path / files[1].path).write_bytes(kept)
        assert not write_pack(tmp_path, lake._ledger(), MODBUS, files)
        assert not list(tmp_path.rglob("pack-*"))
        assert len(find(lake)) == 25
