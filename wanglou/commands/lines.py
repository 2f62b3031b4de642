"""Records as NDJSON: one JSON object a line, dotted field names, fields without a value left out.

Columns are turned to text one at a time, words once per distinct value, so that a million records take seconds.
Times are RFC 3339 in UTC with nanoseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_CONTROLS = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}
"""DEL and the C1 controls, which JSON lets stand but a terminal may obey (ECMA-48, 5.3)."""


def write_json(value: object) -> str:
    """Write a value as JSON in UTF-8 that holds no control character."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_CONTROLS)


def write_lines(batch: pa.RecordBatch) -> Iterator[str]:
    """Give each row as a line, without its end."""
    columns = [_write_column(name, column) for name, column in zip(batch.schema.names, batch.columns, strict=True)]
    kept = [column for column in columns if column is not None] or [[""] * len(batch)]
    for row in zip(*kept, strict=True):
        yield "{" + ",".join(filter(None, row)) + "}"


def _write_column(name: str, column: pa.Array) -> list[str] | None:
    """Give ``"name":value`` for each row, empty where it has none; None for a column without any value."""
    if column.null_count == len(column):
        return None
    key = f"{write_json(name)}:"
    if pa.types.is_timestamp(column.type):
        # The view drops the word UTC, which Arrow would look up in a time zone database that a small machine lacks.
        texts = pc.strftime(column.view(pa.timestamp("ns")), format="%Y-%m-%dT%H:%M:%SZ")
        return [f'{key}"{text}"' if text is not None else "" for text in texts.to_pylist()]
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        texts = column.cast(pa.string()).to_pylist()
        return [key + text if text is not None else "" for text in texts]
    if pa.types.is_string(column.type):
        return _write_words(key, column)
    return [key + write_json(value) if value is not None else "" for value in column.to_pylist()]


def _write_words(key: str, column: Any) -> list[str]:
    """Encode each distinct word once."""
    coded = column.dictionary_encode()
    texts = ["", *(key + write_json(word) for word in coded.dictionary.to_pylist())]
    return [texts[place + 1] for place in coded.indices.fill_null(-1).to_pylist()]
