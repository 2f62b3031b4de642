"""Newest records of each value; the contract asks whole stores for them."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from correlation.grouping import add_hits, check_hits
from correlation.query_tree import Between, Equal, Node
from correlation.store import Bucket, Terms, TopHits
from tests.support.lakes import MODBUS, make_records, make_table
from wanglou.errors import UsageError


def test_each_value_is_asked_for() -> None:
    """A value by equality, a time by its nanosecond; what is found goes into the bucket."""
    asked: list[Node] = []

    def find(node: Node) -> Iterator[pa.RecordBatch]:
        asked.append(node)
        yield from make_table(MODBUS, make_records(range(2))).select(["wanglou.packet"]).to_batches()

    unit, time = MODBUS.field("modbus.unit_id"), MODBUS.field("@timestamp")
    assert unit is not None
    assert time is not None
    (bucket,) = add_hits([Bucket(3, 9.0)], unit, find)
    assert bucket == Bucket(3, 9.0, ({"wanglou.packet": 0}, {"wanglou.packet": 2}))
    add_hits([Bucket(5, 1.0)], time, find)
    assert asked == [Equal(unit, 3), Between(time, 5, 6, high_included=False)]


def test_numbers_of_records() -> None:
    """From one to a hundred of each value."""
    assert check_hits(TopHits("a", 5, 100)) == Terms("a", 5)
    for hits in (0, 101, -1):
        with pytest.raises(UsageError):
            check_hits(TopHits("a", 5, hits))


def test_a_bucket_without_a_value_is_a_fault() -> None:
    """Summaries leave empty values out."""
    field = MODBUS.fields[3]
    with pytest.raises(TypeError):
        add_hits([Bucket(None, 1.0)], field, lambda _: iter(()))
