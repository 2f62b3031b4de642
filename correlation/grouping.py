"""Summaries of a lake that take several questions: named filters, and the newest records of each value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from correlation.query_tree import Between, Equal, Node
from correlation.record import read_records
from correlation.store import Bucket, Terms, TopHits, Value
from parsers.schema import Field
from wanglou.errors import UsageError

MOST_HITS = 100
"""Records of each value that may be asked for; the same limit as Elasticsearch's own."""


def check_hits(wanted: TopHits) -> Terms:
    """Give the values to rank; raises UsageError for a number of records that cannot be."""
    if not 0 < wanted.hits <= MOST_HITS:
        raise UsageError(f"the records of a value come in numbers from 1 to {MOST_HITS}")
    return Terms(wanted.field, wanted.size)


def add_hits(buckets: Sequence[Bucket], field: Field, find: Callable[[Node], Iterator[pa.RecordBatch]]) -> list[Bucket]:
    """Give each value's bucket the records that ``find`` finds for it."""
    return [Bucket(bucket.key, bucket.value, _records(find(_holds(field, bucket.key)))) for bucket in buckets]


def _records(batches: Iterator[pa.RecordBatch]) -> tuple[dict[str, Value], ...]:
    return tuple(record for batch in batches for record in read_records(batch))


def _holds(field: Field, key: Value) -> Node:
    """Ask for the records that have a value."""
    if isinstance(key, list) or key is None:  # no bucket has such a key
        raise TypeError(f"{key!r} is no value of {field.name}")
    if field.kind == "time" and isinstance(key, int):
        return Between(field, key, key + 1, high_included=False)
    return Equal(field, key)
