"""Records as NDJSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.record import result_schema
from parsers.schema import MODBUS
from wanglou.commands.lines import write_json, write_lines

SCHEMA = pa.schema(
    [
        ("@timestamp", pa.timestamp("ns", tz="UTC")),
        ("word", pa.string()),
        ("number", pa.int64()),
        ("port", pa.uint16()),
        ("flag", pa.bool_()),
        ("share", pa.float64()),
        ("values", pa.list_(pa.uint16())),
        ("words", pa.list_(pa.string())),
        ("empty", pa.string()),
    ]
)
ROWS = st.fixed_dictionaries(
    {
        "@timestamp": st.none() | st.integers(-(2**62), 2**62),
        "word": st.none() | st.text(),
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "port": st.none() | st.integers(0, 2**16 - 1),
        "flag": st.none() | st.booleans(),
        "share": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "values": st.none() | st.lists(st.integers(0, 2**16 - 1)),
        "words": st.none() | st.lists(st.text()),
        "empty": st.none(),
    }
)


def make_batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    """Make a batch of rows."""
    return pa.RecordBatch.from_arrays([pa.array([row[f.name] for row in rows], f.type) for f in SCHEMA], schema=SCHEMA)


def read_time(text: str) -> int:
    """Read RFC 3339 with nine digits back to nanoseconds."""
    moment, fraction = text.removesuffix("Z").split(".")
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * 10**9 + int(fraction)


@given(st.lists(ROWS, min_size=1, max_size=5))
def test_lines_say_what_the_rows_hold(rows: list[dict[str, Any]]) -> None:
    """Reading the lines gives the rows again, without the fields that have no value, in the order of the schema."""
    lines = list(write_lines(make_batch(rows)))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        found = json.loads(line)
        if "@timestamp" in found:
            found["@timestamp"] = read_time(found["@timestamp"])
        assert found == {name: value for name, value in row.items() if value is not None}
        assert list(found) == [name for name in SCHEMA.names if name in found]


@given(st.text())
def test_lines_hold_no_control_characters(text: str) -> None:
    """A line is one line, and a terminal that shows it obeys nothing in it; other programs read it as it was."""
    written = write_json(text)
    assert not any(ord(mark) < 0x20 or 0x7F <= ord(mark) < 0xA0 for mark in written)
    assert json.loads(written) == text


def test_nothing_gives_nothing() -> None:
    """An empty batch has no line, and a row without any value is an empty object."""
    assert list(write_lines(make_batch([]))) == []
    nothing = dict.fromkeys(SCHEMA.names)
    assert list(write_lines(make_batch([{**nothing, "port": 1}, nothing]))) == ['{"port":1}', "{}"]


@pytest.mark.parametrize("field", list(result_schema(MODBUS)), ids=lambda field: str(field.name))
def test_every_kind_of_column_can_be_written(field: pa.Field) -> None:
    """No column of a dataset is of a type that the writer does not know."""
    batch = pa.RecordBatch.from_arrays([pa.nulls(1, field.type)], schema=pa.schema([field]))
    assert list(write_lines(batch)) == ["{}"]
    zero = pa.RecordBatch.from_arrays([pa.array([_sample(field.type)], field.type)], schema=pa.schema([field]))
    assert [list(json.loads(line)) for line in write_lines(zero)] == [[field.name]]


def _sample(kind: pa.DataType) -> Any:
    """Make a value of a type."""
    if pa.types.is_list(kind):
        return [_sample(kind.value_type)]
    return "" if pa.types.is_string(kind) else False if pa.types.is_boolean(kind) else 0
