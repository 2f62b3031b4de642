"""Facts about ``detection.records``."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from detection.columns import fields_of
from detection.records import START_NS, build_table, check_record
from parsers.schema import DATASETS

FIELDS = fields_of("modbus")


def test_a_record_fills_the_schema() -> None:
    """What is not named is null, except the evidence pointer, which counts up."""
    table = build_table([{"modbus.unit_id": 1}, {"modbus.request.values": [1, 2], "@seconds": 1}], "modbus")

    assert table.schema == DATASETS["modbus"].arrow
    assert table.column("modbus.unit_id").to_pylist() == [1, None]
    assert table.column("modbus.request.values").to_pylist() == [None, [1, 2]]
    assert table.column("wanglou.packet").to_pylist() == [0, 1]
    assert table.column("@timestamp").cast(pa.int64()).to_pylist() == [START_NS, START_NS + 1_000_000_000]


def test_derived_fields_become_further_columns() -> None:
    """A record may set what the site file would tell."""
    table = build_table([{"wanglou.site.safety": True}, {"wanglou.site.source.zone": "a"}], "modbus")

    assert table.column("wanglou.site.safety").to_pylist() == [True, None]
    assert table.column("wanglou.site.source.zone").to_pylist() == [None, "a"]
    assert "wanglou.site.master_allowed" not in table.column_names


@pytest.mark.parametrize(
    ("series", "expected"),
    [(5, [5, 6, 7, 8]), ([5, 10], [5, 15, 25, 35]), ([1, 2, 9], [1, 2, 9, 1]), ([7], [7, 7, 7, 7])],
)
def test_series(series: Any, expected: list[int]) -> None:
    """A number counts up, two numbers are start and step, any other list is cycled through."""
    record = {"@repeat": 4, "@every": 0.5, "@seconds": 10, "@series": {"modbus.request.address": series}}
    table = build_table([record], "modbus")

    assert table.column("modbus.request.address").to_pylist() == expected
    times = table.column("@timestamp").cast(pa.int64()).to_pylist()
    assert [(time - START_NS) / 1e9 for time in times] == [10, 10.5, 11, 11.5]


def test_records_are_put_in_order_of_time() -> None:
    """Repetitions of several records interleave; equal times keep the order of writing."""
    first = {"modbus.unit_id": 1, "@repeat": 2, "@every": 2}
    table = build_table([first, {"modbus.unit_id": 2, "@seconds": 1}, {"modbus.unit_id": 3, "@seconds": 2}], "modbus")

    assert table.column("modbus.unit_id").to_pylist() == [1, 2, 1, 3]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"@repeat": 1.5}, "'@repeat' must be a number"),
        ({"@repeat": 1_000_000}, "'@repeat' writes more than"),
        ({"@seconds": "now"}, "'@seconds' must be a number"),
        ({"@series": [1]}, "'@series' maps fields"),
        ({"@series": {"nonsense": 1}}, "unknown field 'nonsense'"),
        ({"@series": {"source.ip": 1}}, "cannot be counted up"),
        ({"@series": {"source.ip": ["a", 1]}}, "a value of the series does not fit"),
        ({"@series": {"modbus.unit_id": []}}, "must be a number, [start, step] or a list"),
        ({"wanglou.site.safety": 1}, "1 does not fit wanglou.site.safety"),
        ({"modbus.request.values": 5}, "5 does not fit modbus.request.values"),
        ({"source.ip": 5}, "5 does not fit source.ip"),
    ],
)
def test_faults(record: dict[str, Any], message: str) -> None:
    """What is wrong with a record is told before it is used."""
    told = [text for text, _ in check_record(record, FIELDS)]

    assert len(told) == 1
    assert message in told[0]


def test_good_records() -> None:
    """Nulls, lists and numbers of the right size are right."""
    good = {
        "source.ip": None,
        "modbus.request.values": [1],
        "wanglou.site.source.level": 3.5,
        "@series": {"modbus.unit_id": 1},
    }

    assert list(check_record(good, FIELDS)) == []
