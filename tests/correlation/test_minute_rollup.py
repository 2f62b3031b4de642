"""Records counted by the minute: as plain Python counts them, whatever order and pieces they come in."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from correlation.minute_rollup import BYTES, KEYS, MINUTE_NS, ROLLUP, MinuteRollup
from correlation.volume import NOTEWORTHY
from parsers.schema import DATASETS
from tests.support.lakes import MODBUS, START_NS, Record, make_record, make_table
from tests.support.stores import take_captures

KEY = "a" * 16


def count(folder: Path, dataset: str, tables: Sequence[pa.Table]) -> list[Record]:
    """Count tables; gives the rows by id, times in nanoseconds."""
    rollup = MinuteRollup(folder)
    try:
        for table in tables:
            rollup.add(dataset, table)
        made = list(rollup.read(KEY))
    finally:
        rollup.close()
    assert all(table.schema.equals(ROLLUP.arrow) for table in made)
    rows = [row for table in made for row in _in_numbers(table).to_pylist()]
    return sorted(rows, key=lambda row: str(row["event.id"]))


def _in_numbers(table: pa.Table) -> pa.Table:
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(place, field.name, table[field.name].cast(pa.int64()))
    return table


@pytest.mark.parametrize("dataset", BYTES)
def test_the_counts_are_those_of_plain_python(tmp_path: Path, dataset: str) -> None:
    """Groups, counts, sums, least and most, of every dataset of the bundled captures that may be counted."""
    tables = [table for taken in take_captures() for name, table in taken.tables if name == dataset]
    found = count(tmp_path, dataset, tables)
    groups: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for row in (row for table in tables for row in _in_numbers(table).to_pylist()):
        groups[row["@timestamp"] // MINUTE_NS * MINUTE_NS, *(row[name] for name in KEYS)].append(row)
    assert len(found) == len(groups)
    for row in found:
        its = groups[row["@timestamp"], *(row[name] for name in KEYS)]
        durations = [one["event.duration"] for one in its if one["event.duration"] is not None]
        sizes = [size for one in its if (size := _size(dataset, one)) is not None]
        assert row["wanglou.rollup.count"] == len(its)
        assert row["wanglou.rollup.dataset"] == dataset
        told = [row[f"wanglou.rollup.duration.{one}"] for one in ("count", "sum", "min", "max")]
        assert told == [len(durations), *([f(durations) if durations else None for f in (sum, min, max)])]
        told = [row[f"wanglou.rollup.bytes.{one}"] for one in ("sum", "min", "max")]
        assert told == [f(sizes) if sizes else None for f in (sum, min, max)]
        times = [one["@timestamp"] for one in its]
        assert (row["event.start"], row["event.end"]) == (min(times), max(times))
        assert row["wanglou.packet"] == min(one["wanglou.packet"] for one in its)


def _size(dataset: str, record: Record) -> int | None:
    sizes = [record[name] for name in BYTES[dataset] if record[name] is not None]
    return sum(sizes) if sizes else None


def test_every_dataset_that_may_be_counted_has_its_fields() -> None:
    """Of those that have a word for what is noteworthy, keys and sizes are declared."""
    assert set(BYTES) == set(NOTEWORTHY)
    for dataset, sizes in BYTES.items():
        assert all(DATASETS[dataset].field(name) is not None for name in (*KEYS, *sizes))


def test_a_late_batch_adds_to_its_minute(tmp_path: Path) -> None:
    """Whatever pieces the records come in, and in whatever order, the counts and ids are the same."""
    records = [make_record(number, time_ns=START_NS + number * 10**9 // 7) for number in range(300)]
    whole = count(_folder(tmp_path, "whole"), "modbus", [make_table(MODBUS, records)])
    random.Random(5).shuffle(records)  # noqa: S311 - an order, no secret
    pieces = [make_table(MODBUS, records[first : first + 11]) for first in range(0, 300, 11)]
    assert count(_folder(tmp_path, "pieces"), "modbus", pieces) == whole
    assert len({row["event.id"] for row in whole}) == len(whole) < 300


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def test_impossible_times_are_not_counted(tmp_path: Path) -> None:
    """Before 1990 and from 2100 on, to the ends of what a time can be."""
    times = [-(2**63), -1, 0, 2**63 - 1, START_NS]
    records = [make_record(number, time_ns=time) for number, time in enumerate(times)]
    assert [row["wanglou.rollup.count"] for row in count(tmp_path, "modbus", [make_table(MODBUS, records)])] == [1]


def test_sums_that_no_number_holds_stay_at_the_largest(tmp_path: Path) -> None:
    """Durations that cannot be: nothing wraps to a small or negative sum."""
    records = [{**make_record(0, time_ns=START_NS), "event.duration": 2**63 - 1, "wanglou.pdu": n} for n in range(3)]
    pieces = [make_table(MODBUS, [record]) for record in records]
    (row,) = count(tmp_path, "modbus", pieces)
    assert row["wanglou.rollup.duration.sum"] == 2**63 - 1
    assert row["wanglou.rollup.duration.count"] == 3


def test_nothing_counts_to_nothing(tmp_path: Path) -> None:
    """Empty tables make no record."""
    assert count(tmp_path, "modbus", [make_table(MODBUS, [])]) == []
