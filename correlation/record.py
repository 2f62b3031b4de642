"""Records as Python reads them, the types of search results, and where a search goes on."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

import pyarrow as pa

from correlation.query_sql import EVENT_PARTS
from correlation.store import Value
from parsers.schema import Dataset, Field
from wanglou.errors import UsageError


def result_schema(dataset: Dataset, names: Collection[str] = ()) -> pa.Schema:
    """Give the schema of search results: every field in order, derived ones too, keywords as plain strings.

    With ``names`` only what ``choose_fields`` gives for them.
    """
    return pa.schema([(field.name, _plain(field.arrow)) for field in choose_fields(dataset, names)])


def key_type(dataset: Dataset, name: str) -> pa.DataType:
    """Give the type of a field that is grouped by: times are nanoseconds, keywords plain strings."""
    field = next(field for field in dataset.fields if field.name == name)
    return pa.int64() if field.kind == "time" else _plain(field.arrow)


def choose_fields(dataset: Dataset, names: Collection[str]) -> tuple[Field, ...]:
    """Give the fields of these names and those that results are ordered by, in the dataset's order; of none, all.

    Raises UsageError for a name that is no field's.
    """
    if not names:
        return dataset.fields
    if unknown := set(names) - {field.name for field in dataset.fields}:
        raise UsageError(f"{dataset.name} has no field {min(unknown)!r}")
    wanted = {*names, *order_columns(dataset)}
    return tuple(field for field in dataset.fields if field.name in wanted)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def read_records(batch: pa.RecordBatch) -> Iterator[dict[str, Value]]:
    """Give each row as a dict of the fields that have a value, in order; times are integer nanoseconds of UTC."""
    columns = [
        (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
        for column in batch.columns
    ]
    for row in zip(*columns, strict=True):
        yield {name: value for name, value in zip(batch.schema.names, row, strict=True) if value is not None}


def order_columns(dataset: Dataset) -> tuple[str, ...]:
    """Tell what results are ordered by: time, then the parts of ``event.id``, or the id itself where it is kept."""
    kept = dataset.field("event.id")
    return ("@timestamp", "event.id") if kept is not None and not kept.derived else ("@timestamp", *EVENT_PARTS)


def position_of(dataset: Dataset, record: Mapping[str, Value]) -> str:
    """Tell where a record stands in the order, as ``after`` of the next search."""
    return json.dumps([record[name] for name in order_columns(dataset)], separators=(",", ":"))


def parse_position(dataset: Dataset, after: str) -> list[str | int]:
    """Read what ``position_of`` wrote; raises UsageError for anything else."""
    wanted = [int if name in ("@timestamp", *EVENT_PARTS[1:]) else str for name in order_columns(dataset)]
    try:
        found = json.loads(after)
    except (ValueError, RecursionError):
        found = None
    if (
        not isinstance(found, list)
        or [type(part) for part in found] != wanted
        or any(isinstance(part, int) and not -(2**63) <= part < 2**63 for part in found)
    ):
        raise UsageError(f"no position in {dataset.name}: {after[:80]!r}", do="give the one that the last search gave")
    return found
