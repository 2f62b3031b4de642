"""From tables to Elasticsearch's documents and back: one JSON object a row, dotted names, empty fields left out.

Columns are turned to text one at a time, words once per distinct value. What JSON or a mapping has no sign for comes
back as it went in: NaN and infinities are kept as words, times as whole nanoseconds beside the date.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from correlation.elastic_mapping import NS
from correlation.record import result_schema
from correlation.segments import CAPTURE, TIME
from parsers.schema import LISTS, Dataset, Field

LONGEST_ID = 512
"""Bytes an ``_id`` may have."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record, ready to be sent."""

    identity: str
    """``_id``: the record's ``event.id``."""
    time_ns: int
    body: str
    """JSON."""


def make_id(event_id: str) -> str:
    """Make the ``_id`` of an ``event.id``; a longer one than servers take becomes its digest."""
    raw = event_id.encode()
    return event_id if len(raw) <= LONGEST_ID else hashlib.sha256(raw).hexdigest()


def encode_table(dataset: Dataset, table: pa.Table, capture: str) -> Iterator[Row]:
    """Give the table's rows as documents of the capture ``capture``, in order."""
    times = table[TIME].cast(pa.int64()).to_pylist()
    if not times:
        return
    identities = _identities(dataset, table, capture)
    columns = [[f"{_key(CAPTURE)}{_json(capture)}"] * len(times)]
    for field in dataset.fields:
        if field.name == "event.id":
            columns.append([f"{_key('event.id')}{_json(one)}" for one in identities])
        elif field.name != CAPTURE and table[field.name].null_count < len(times):
            columns += _encode(field, _complete(field, table[field.name].combine_chunks(), capture))
    for identity, time_ns, row in zip(identities, times, zip(*columns, strict=True), strict=True):
        yield Row(make_id(identity), time_ns, "{" + ",".join(filter(None, row)) + "}")


def _identities(dataset: Dataset, table: pa.Table, capture: str) -> list[str]:
    field = dataset.field("event.id")
    if field is not None and not field.derived:
        return list(table["event.id"].to_pylist())
    packets, pdus = (table[name].to_pylist() for name in ("wanglou.packet", "wanglou.pdu"))
    start = f"{capture[:16]}{capture[64:]}-{dataset.name}"
    return [f"{start}-{packet}-{pdu}" for packet, pdu in zip(packets, pdus, strict=True)]


def _complete(field: Field, column: Any, capture: str) -> Any:
    """Put the capture's key before ids that were made before it was known."""
    if not field.is_pointer:
        return column
    texts = column.cast(pa.string())
    whole = pc.binary_join_element_wise(f"{capture[:16]}{capture[64:]}", texts, "")
    return pc.if_else(pc.starts_with(texts, "-"), whole, texts)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _key(name: str) -> str:
    return f"{_json(name)}:"


def _encode(field: Field, column: Any) -> list[list[str]]:
    """Give ``"name":value`` for each row, empty where it has none; a time gives two such columns."""
    key = _key(field.name)
    if field.kind == "time":
        # The view drops the word UTC, which Arrow would look up in a time zone database that a small machine lacks.
        texts = pc.strftime(column.view(pa.timestamp("ns")), format="%Y-%m-%dT%H:%M:%SZ").to_pylist()
        numbers = column.cast(pa.int64()).cast(pa.string()).to_pylist()
        dates = [f'{key}"{text}"' if text is not None else "" for text in texts]
        return [dates, _join(_key(field.name + NS), numbers)]
    if field.kind in ("keyword", "ip", "text"):
        return [_encode_words(key, column)]
    if field.kind in ("double", "doubles") or field.kind in LISTS:
        return [[key + _json(_finite(value)) if value is not None else "" for value in column.to_pylist()]]
    return [_join(key, column.cast(pa.string()).to_pylist())]


def _join(key: str, texts: Sequence[str | None]) -> list[str]:
    return [key + text if text is not None else "" for text in texts]


def _encode_words(key: str, column: Any) -> list[str]:
    """Encode each distinct word once."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = ["", *(key + _json(word) for word in coded.dictionary.to_pylist())]
    return [texts[place + 1] for place in coded.indices.fill_null(-1).to_pylist()]


def _finite(value: Any) -> Any:
    """Write what JSON has no number for as a word."""
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)


def decode_batch(dataset: Dataset, sources: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
    """Make a batch of search results, of ``record.result_schema``, of documents as they were sent."""
    present = {name for source in sources for name in source}
    schema = result_schema(dataset)
    arrays = [
        _decode(field, column.type, sources) if field.name in present else pa.nulls(len(sources), column.type)
        for field, column in zip(dataset.fields, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _decode(field: Field, kind: pa.DataType, sources: Sequence[Mapping[str, Any]]) -> pa.Array:
    name = field.name + NS if field.kind == "time" else field.name
    values = [source.get(name) for source in sources]
    if field.kind in ("double", "doubles"):
        values = [_number(value) for value in values]
    return pa.array(values, kind)


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(item) for item in value]
    return value if value is None else float(value)
