"""Records that prove a rule, as written in its file, made into tables of the dataset's schema.

A record maps fields to values; what it does not name is null, except the evidence pointer, which is counted up. It may
set derived ``wanglou.site.*`` fields directly. Records of a correlation rule may also carry

``"@seconds"``
    time offset of the record (default 0);
``"@repeat"``, ``"@every"``
    write the record so many times (default 1), so many seconds apart (default 1);
``"@series"``
    field -> how its value changes with each repetition: a number ``n`` counts up from n; ``[start, step]`` (two
    numbers) counts in steps; any other list is cycled through.

Records are put in order of time before they are fed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from detection.columns import SITE_FIELDS, is_list, is_number, is_text
from parsers.schema import DATASETS, Field
from wanglou.document import suggest

START_NS = 1_767_225_600_000_000_000
"""Time of offset 0 in proving records: 2026-01-01T00:00:00Z, in nanoseconds."""
MAX_RECORDS = 100_000
"""Most records that one scenario may write by repetition."""
_CONTROL = ("@seconds", "@repeat", "@every", "@series")


def check_record(record: Any, fields: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    """Give (message, key) for everything wrong with a proving record."""
    if not isinstance(record, dict):
        yield f"a record is a mapping of fields, not {record!r:.60}", ""
        return
    for key, value in record.items():
        if key == "@series":
            yield from _check_series(value, fields)
        elif key in _CONTROL:
            if not _is_number(value) or not 0 <= value <= 1e7 or (key == "@repeat" and int(value) != value):
                yield f"{key!r} must be a number from 0 to 10000000, not {value!r}", key
            elif key == "@repeat" and value > MAX_RECORDS:
                yield f"'@repeat' writes more than {MAX_RECORDS} records", key
        elif key not in fields:
            yield f"unknown field {key!r}{suggest(key, fields)}", key
        elif not _fits(value, fields[key]):
            yield f"{value!r:.60} does not fit {key}, which is of kind {fields[key].kind}", key


def build_table(records: Sequence[Mapping[str, Any]], dataset: str) -> pa.Table:
    """Write a scenario's records into a table of the dataset's schema.

    Derived fields that a record sets become further columns, null where another record does not set them; a
    ``Detector`` reads them instead of deriving them.
    """
    rows = sorted(_spread(records), key=lambda row: row[0])[:MAX_RECORDS]
    given = {name for _, row in rows for name in row}
    columns: dict[str, list[Any]] = {name: [row.get(name) for _, row in rows] for name in given}
    columns["@timestamp"] = [START_NS + time_ns for time_ns, _ in rows]
    for name, fill in (("wanglou.packet", range(len(rows))), ("wanglou.pdu", [0] * len(rows))):
        columns.setdefault(name, list(fill))
    columns.setdefault("wanglou.packet_end", columns["wanglou.packet"])
    derived = [field for field in SITE_FIELDS if field.name in given]
    schema = pa.schema([*DATASETS[dataset].arrow, *(pa.field(field.name, field.arrow) for field in derived)])
    arrays = [pa.array(columns.get(field.name, [None] * len(rows)), type=_plain(field.type)) for field in schema]
    typed = [array.cast(field.type) for array, field in zip(arrays, schema, strict=True)]
    return pa.table(typed, schema=schema)


def _spread(records: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Write out repetitions as (nanoseconds from the start, record)."""
    for record in records:
        plain = {key: value for key, value in record.items() if key not in _CONTROL}
        start, every = float(record.get("@seconds", 0)), float(record.get("@every", 1))
        for index in range(min(int(record.get("@repeat", 1)), MAX_RECORDS)):
            series = {name: _step(how, index) for name, how in record.get("@series", {}).items()}
            yield round((start + index * every) * 1e9), plain | series


def _step(how: Any, index: int) -> Any:
    if not isinstance(how, list):
        return how + index
    if _is_count(how):
        return how[0] + index * how[1]
    return how[index % len(how)]


def _check_series(series: Any, fields: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    if not isinstance(series, dict):
        yield "'@series' maps fields to a start, [start, step] or a list of values", "@series"
        return
    for name, how in series.items():
        if name not in fields:
            yield f"unknown field {name!r}{suggest(name, fields)}", "@series"
        elif not (_is_number(how) or (isinstance(how, list) and how)):
            yield f"series of {name} must be a number, [start, step] or a list of values, not {how!r:.60}", "@series"
        elif not isinstance(how, list) or _is_count(how):
            if not is_number(fields[name]) or is_list(fields[name]):
                yield f"{name} is of kind {fields[name].kind} and cannot be counted up", "@series"
        elif not all(_fits(value, fields[name]) for value in how):
            yield f"a value of the series does not fit {name}, which is of kind {fields[name].kind}", "@series"


def _is_count(how: list[Any]) -> bool:
    return len(how) == 2 and all(_is_number(value) for value in how)


def _fits(value: Any, field: Field) -> bool:
    if value is None:
        return True
    if is_list(field):
        return isinstance(value, list) and all(_fits_one(element, field) for element in value)
    return _fits_one(value, field)


def _fits_one(value: Any, field: Field) -> bool:
    if is_text(field):
        return isinstance(value, str)
    if field.kind == "boolean":
        return isinstance(value, bool)
    if field.kind == "double":
        return _is_number(value)
    top = {"u8": 2**8, "u16": 2**16, "u32": 2**32}.get(field.kind, 2**63)
    return type(value) is int and (0 if top < 2**63 else -top) <= value < top


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
