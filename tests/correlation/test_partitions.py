"""How records become segments: cuts that depend on the records alone, within bounds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlation.manifest import Segment
from correlation.partitions import Cut, DatasetWriter, Name
from tests.support.lakes import HOUR_NS, MODBUS, SMALL, START_NS, list_files, make_identity, make_records, make_table
from wanglou.errors import StoreError

Tables = Sequence[Sequence[dict[str, Any]]]
NAME = Name("", "k", {})


def cut_up(folder: Path, tables: Tables, *, cut: Cut = SMALL, known: Sequence[Segment] = ()) -> list[Segment]:
    """Write tables and give the segments that were sealed."""
    sealed: list[Segment] = []
    writer = DatasetWriter(
        folder,
        MODBUS.arrow,
        "modbus",
        Name(make_identity("a"), "key", {segment.path: segment for segment in known}),
        cut=cut,
        seal=sealed.append,
    )
    for records in tables:
        writer.append(make_table(MODBUS, records))
    writer.finish()
    assert [segment.path for segment in sealed] == [p for p in writer.made if p not in {s.path for s in known}]
    return sealed


def by(size: int, records: list[dict[str, Any]]) -> Tables:
    """Split records into tables of a size."""
    return [records[first : first + size] for first in range(0, len(records), size)]


def without_bytes(segments: Sequence[Segment]) -> list[Segment]:
    """Leave out digests and sizes: how dictionaries are numbered depends on the tables."""
    return [dataclasses.replace(segment, digest="", size_bytes=0) for segment in segments]


def packets(folder: Path, segments: Sequence[Segment]) -> list[int]:
    """Packets of all segments, in their order."""
    return [p for s in segments for p in pq.read_table(folder / s.path)["wanglou.packet"].to_pylist()]


@pytest.mark.parametrize("size", [1, 7, 10, 33, 100])
def test_cuts_do_not_depend_on_the_tables(tmp_path: Path, size: int) -> None:
    """The same hundred records in tables of any size give the same segments; in the same tables, the same bytes."""
    whole = cut_up(tmp_path / "whole", by(100, make_records(range(100))))
    assert [segment.rows for segment in whole] == [30, 30, 30, 10]
    parts = cut_up(tmp_path / "parts", by(size, make_records(range(100))))
    assert without_bytes(parts) == without_bytes(whole)
    assert cut_up(tmp_path / "again", by(size, make_records(range(100)))) == parts


def test_row_groups_have_their_size(tmp_path: Path) -> None:
    """A segment of thirty rows has three row groups of ten."""
    (first, *_) = cut_up(tmp_path, by(7, make_records(range(60))))
    meta = pq.read_metadata(tmp_path / first.path)
    assert [meta.row_group(group).num_rows for group in range(meta.num_row_groups)] == [10, 10, 10]


def test_hours_are_apart(tmp_path: Path) -> None:
    """A table over three hours becomes three segments, each of its hour, rows in their order."""
    records = make_records(range(9), step_ns=HOUR_NS // 3)
    segments = cut_up(tmp_path, [records])
    assert [(segment.hour, segment.rows) for segment in segments] == [(0, 3), (1, 3), (2, 3)]
    assert packets(tmp_path, segments) == [2 * number for number in range(9)]
    assert [(s.min_ns, s.max_ns) for s in segments][1] == (START_NS + HOUR_NS, START_NS + HOUR_NS * 5 // 3)


def test_the_facts_are_those_of_the_files(tmp_path: Path) -> None:
    """Rows, times, size and columns in the manifest are what is in the file."""
    for segment in cut_up(tmp_path, by(7, make_records(range(50)))):
        table = pq.read_table(tmp_path / segment.path)
        times = table["@timestamp"].cast(pa.int64()).to_pylist()
        facts = (table.num_rows, min(times), max(times), tuple(table.column_names))
        assert (segment.rows, segment.min_ns, segment.max_ns, segment.columns) == facts
        assert (tmp_path / segment.path).stat().st_size == segment.size_bytes


def test_a_column_that_fills_late_begins_a_segment(tmp_path: Path) -> None:
    """A file lacks columns that are empty so far; the first value of one starts another file, once."""
    records = make_records(range(60))
    records[25]["modbus.umas.session"] = records[45]["modbus.umas.session"] = 7
    segments = cut_up(tmp_path, [records])
    assert [(s.rows, "modbus.umas.session" in s.columns) for s in segments] == [(20, False), (30, True), (10, True)]


def test_open_hours_are_bounded(tmp_path: Path) -> None:
    """With a fourth hour the oldest is sealed; an hour that comes back gets the next number."""
    records = [record for hour in (0, 1, 2, 3, 0) for record in make_records([hour], step_ns=HOUR_NS)]
    segments = cut_up(tmp_path, by(1, records))
    assert [(s.hour, s.seq) for s in segments] == [(0, 0), (1, 0), (0, 1), (2, 0), (3, 0)]


def test_scattered_times_do_not_make_a_file_each(tmp_path: Path) -> None:
    """A table over more hours than are split goes whole to its newest record's hour, with its true times."""
    segments = cut_up(tmp_path, [make_records(range(8), step_ns=HOUR_NS)])
    assert [(s.hour, s.rows, s.min_ns, s.max_ns) for s in segments] == [(7, 8, START_NS, START_NS + 7 * HOUR_NS)]


@pytest.mark.parametrize("bound", [{"held_rows": 6}, {"held_bytes": 2_000}])
def test_rows_in_memory_are_bounded(tmp_path: Path, bound: dict[str, int]) -> None:
    """Beyond the bound the fullest hour is written as a short row group of the same segment."""
    cut = dataclasses.replace(SMALL, **bound)
    (segment,) = cut_up(tmp_path, by(4, make_records(range(12))), cut=cut)
    assert segment.rows == 12
    meta = pq.read_metadata(tmp_path / segment.path)
    assert max(meta.row_group(group).num_rows for group in range(meta.num_row_groups)) < 10


def test_known_segments_are_not_written_again(tmp_path: Path) -> None:
    """Names that an earlier run sealed are skipped, what follows is the same as without it."""
    records = make_records(range(100))
    records[25]["modbus.umas.session"] = 7
    whole = cut_up(tmp_path / "whole", by(7, records))
    rest = cut_up(tmp_path / "rest", by(7, records), known=whole[:2])
    assert rest == whole[2:]
    assert list_files(tmp_path / "rest") == [segment.path for segment in whole[2:]]


@pytest.mark.parametrize("change", [{"rows": 29}, {"min_ns": START_NS + 1}, {"max_ns": START_NS}])
def test_known_segments_that_differ_are_an_error(tmp_path: Path, change: dict[str, Any]) -> None:
    """A name with other rows or times is told, with what to do."""
    records = make_records(range(60))
    known = dataclasses.replace(cut_up(tmp_path, [records])[0], **change)
    with pytest.raises(StoreError, match=r"differ from those an interrupted run left .*capture delete"):
        cut_up(tmp_path, [records], known=[known])


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"@timestamp": [1]}),
        make_table(MODBUS, [{"wanglou.packet": 1}]),
        make_table(MODBUS, make_records([1])).rename_columns([name.upper() for name in MODBUS.arrow.names]),
    ],
    ids=["too few columns", "no time", "other names"],
)
def test_a_table_of_another_shape_is_refused(tmp_path: Path, table: pa.Table) -> None:
    """Only the dataset's own columns, with a time in every row, are taken."""
    writer = DatasetWriter(tmp_path, MODBUS.arrow, "modbus", NAME, cut=SMALL, seal=lambda _: None)
    with pytest.raises(StoreError, match="does not have the dataset's columns, or lacks a time"):
        writer.append(table)


def test_giving_up_leaves_what_was_sealed(tmp_path: Path) -> None:
    """Sealed segments stay, the open one goes."""
    sealed: list[Segment] = []
    writer = DatasetWriter(tmp_path, MODBUS.arrow, "modbus", NAME, cut=SMALL, seal=sealed.append, first_seq=lambda _: 5)
    writer.append(make_table(MODBUS, make_records(range(45))))
    writer.give_up()
    assert [segment.seq for segment in sealed] == [5]
    assert list_files(tmp_path) == [sealed[0].path]


def test_what_is_sealed_waits_for_its_name(tmp_path: Path) -> None:
    """Before the capture is known nothing has its place; then all have, and what was sealed before is not doubled."""
    tables = [make_table(MODBUS, records) for records in by(7, make_records(range(100)))]
    whole = cut_up(tmp_path / "whole", by(7, make_records(range(100))))
    sealed: list[Segment] = []
    writer = DatasetWriter(tmp_path / "late", MODBUS.arrow, "modbus", "new-0", cut=SMALL, seal=sealed.append)
    for table in tables[:10]:
        writer.append(table)
    assert (sealed, writer.made) == ([], [])
    writer.rename(Name(make_identity("a"), "key", {whole[0].path: whole[0]}))
    for table in tables[10:]:
        writer.append(table)
    writer.finish()
    assert sealed == whole[1:]
    assert writer.made == [segment.path for segment in whole]
    assert list_files(tmp_path / "late") == [segment.path for segment in whole[1:]]


def test_giving_up_leaves_nothing_without_a_name(tmp_path: Path) -> None:
    """Segments that were sealed but never named go too."""
    writer = DatasetWriter(tmp_path, MODBUS.arrow, "modbus", "new-0", cut=SMALL, seal=lambda _: None)
    writer.append(make_table(MODBUS, make_records(range(45))))
    writer.give_up()
    assert list_files(tmp_path) == []


def test_cuts_tell_themselves_apart() -> None:
    """Two cuts have one text only if they cut alike."""
    assert str(Cut()) == str(Cut())
    changed = [dataclasses.replace(Cut(), **{f.name: 7}) for f in dataclasses.fields(Cut)]
    assert len({str(cut) for cut in [Cut(), *changed]}) == len(changed) + 1


@settings(max_examples=30)
@given(
    times=st.lists(st.integers(0, 6 * HOUR_NS), min_size=1, max_size=60),
    filled=st.sets(st.integers(0, 59)),
    size=st.integers(1, 60),
)
def test_nothing_is_lost_whatever_the_times(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], filled: set[int], size: int
) -> None:
    """Any order of times, columns and tables gives every record once, inside the times that the manifest states."""
    folder = tmp_path_factory.mktemp("lake")
    records = make_records(range(len(times)))
    for number, time_ns in enumerate(times):
        records[number]["@timestamp"] = START_NS + time_ns
        if number in filled:
            records[number]["modbus.umas.session"] = 1
    segments = cut_up(folder, by(size, records))
    assert sorted(packets(folder, segments)) == [2 * number for number in range(len(times))]
    assert len({segment.path for segment in segments}) == len(segments)
    assert cut_up(folder / "again", by(size, records)) == segments
