"""Records counted by the minute: what stays of a dataset whose records are too many to be kept one by one.

One record for each minute and each enterprise, source, destination, protocol, action and outcome that were seen in it,
of one capture. They are added up over the whole capture before they are written, so a late batch adds to its minute,
and their ids are made of what they count, so that a capture written twice counts once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from correlation.quarantine import END_NS, FIRST_NS
from parsers.schema import Dataset, Field

ROLLUPS = "rollup"
"""Name of the dataset."""
MINUTE_NS = 60 * 10**9
KEYS = ("organization.id", "source.ip", "destination.ip", "destination.port", "network.transport",
        "network.protocol", "event.action", "event.outcome", "observer.name")  # fmt: skip
"""What records are counted by, beside the minute."""
BYTES = {
    "flow": ("network.bytes",),
    "modbus": ("modbus.request.length", "modbus.response.length"),
    "opcua": ("opcua.request.length", "opcua.response.length"),
    "mqtt": ("mqtt.length", "mqtt.response.length"),
    "dns": ("dns.request.length", "dns.response.length"),
    "handle": ("handle.request.bytes", "handle.response.bytes"),
    "http": ("http.request.bytes", "http.response.bytes"),
}
"""Fields that tell how large a record's messages were, by dataset."""
_OF_KEY = "Of the records counted here."
ROLLUP = Dataset(
    ROLLUPS,
    "Records of other datasets counted by the minute, where a store does not keep them one by one.",
    (
        Field("@timestamp", "time", "Beginning of the minute."),
        Field("event.id", "keyword", "Capture key, dataset, minute and a digest of the keys: equal when re-read."),
        Field("event.dataset", "keyword", "rollup."),
        Field("event.start", "time", "Time of the earliest record."),
        Field("event.end", "time", "Time of the latest record's beginning."),
        Field("organization.id", "keyword", _OF_KEY),
        Field("source.ip", "ip", _OF_KEY),
        Field("destination.ip", "ip", _OF_KEY),
        Field("destination.port", "u16", _OF_KEY),
        Field("network.transport", "keyword", _OF_KEY),
        Field("network.protocol", "keyword", _OF_KEY),
        Field("event.action", "keyword", _OF_KEY),
        Field("event.outcome", "keyword", _OF_KEY),
        Field("observer.name", "keyword", _OF_KEY),
        Field("wanglou.rollup.dataset", "keyword", "Dataset of the records."),
        Field("wanglou.rollup.count", "long", "How many records."),
        Field("wanglou.rollup.duration.count", "long", "How many of them have a duration."),
        Field("wanglou.rollup.duration.sum", "long", "Durations added up; the largest number where it is more.", "ns"),
        Field("wanglou.rollup.duration.min", "duration", "Shortest duration.", "ns"),
        Field("wanglou.rollup.duration.max", "duration", "Longest duration.", "ns"),
        Field("wanglou.rollup.bytes.sum", "long", "Bytes of their messages added up.", "bytes"),
        Field("wanglou.rollup.bytes.min", "long", "Bytes of the smallest record.", "bytes"),
        Field("wanglou.rollup.bytes.max", "long", "Bytes of the largest record.", "bytes"),
        Field("wanglou.rollup.packets.sum", "long", "Packets of flows added up."),
        Field("wanglou.capture", "keyword", "SHA-256 of the capture's bytes, with `@` and its enterprise if named."),
        Field("wanglou.packet", "long", "Ordinal of the first packet of the earliest record."),
    ),
)  # fmt: skip
"""The dataset of what was counted; its ``event.id`` is stored."""
_SUMS = ("sum_duration", "sum_bytes", "sum_packets")
_MEASURES = {
    "least_ns": "min", "most_ns": "max", "records": "sum", "durations": "sum", "sum_duration": "sum",
    "min_duration": "min", "max_duration": "max", "sum_bytes": "sum", "min_bytes": "min", "max_bytes": "max",
    "sum_packets": "sum", "packet": "min",
}  # fmt: skip
"""What is kept of each group, and how two parts of it become one."""
_LARGEST = 2**63 - 1
_ROWS = 10_000
_MEMORY = "256MB"


class MinuteRollup:
    """Adds up one capture's records of some datasets, on the disk where they are many."""

    def __init__(self, folder: Path) -> None:
        """Keep what is being added up in ``folder``."""
        import duckdb  # noqa: PLC0415 - takes long to load, and few captures are counted so

        config: dict[str, Any] = {"threads": "1", "memory_limit": _MEMORY, "temp_directory": str(folder)}
        self._database = duckdb.connect(str(folder / "minutes.duckdb"), config=config)
        self._made: set[str] = set()

    def add(self, dataset: str, table: pa.Table) -> None:
        """Count records; those of impossible times are left out, as no minute of theirs is worth a record."""
        plain = _flatten(dataset, table)
        if not plain.num_rows:
            return
        cursor = self._database.cursor()
        try:
            cursor.register("records", plain)
            if dataset not in self._made:
                cursor.execute(f"CREATE TABLE {dataset} AS {_group('records')}")
                self._made.add(dataset)
            else:
                cursor.execute(f"INSERT INTO {dataset} {_group('records')}")
        finally:
            cursor.close()

    def read(self, key: str) -> Iterator[pa.Table]:
        """Give the records of all datasets, of the capture whose ids begin with ``key``."""
        for dataset in sorted(self._made):
            cursor = self._database.cursor()
            try:
                for batch in cursor.sql(_group(dataset)).to_arrow_reader(_ROWS):
                    yield _shape(dataset, key, batch.to_pylist())
            finally:
                cursor.close()

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()


def _flatten(dataset: str, table: pa.Table) -> pa.Table:
    """Give what is counted as plain columns, a row for each record of a possible time."""
    times = table["@timestamp"].cast(pa.int64())
    minutes = pc.multiply(pc.divide(times, MINUTE_NS), MINUTE_NS)
    sizes = [_number(table, name) for name in BYTES[dataset]]
    size = pc.coalesce(sizes[0], sizes[-1])
    if len(sizes) > 1:
        size = pc.if_else(pc.and_(pc.is_valid(sizes[0]), pc.is_valid(sizes[1])), pc.add(*sizes), size)
    duration = _number(table, "event.duration")
    columns: dict[str, Any] = {
        "minute": minutes,
        **{name: _plain(table, name) for name in KEYS},
        "least_ns": times, "most_ns": times,
        "records": pa.nulls(len(table), pa.int64()).fill_null(1),
        "durations": pc.is_valid(duration).cast(pa.int64()),
        **dict.fromkeys(("sum_duration", "min_duration", "max_duration"), duration),
        **dict.fromkeys(("sum_bytes", "min_bytes", "max_bytes"), size),
        "sum_packets": _number(table, "network.packets"),
        "packet": table["wanglou.packet"],
    }  # fmt: skip
    possible = pc.and_(pc.greater_equal(times, FIRST_NS), pc.less(times, END_NS))
    return pa.table(columns).filter(possible)


def _number(table: pa.Table, name: str) -> Any:
    if name not in table.schema.names:
        return pa.nulls(len(table), pa.int64())
    return table[name].cast(pa.int64())


def _plain(table: pa.Table, name: str) -> Any:
    column = table[name]
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _group(source: str) -> str:
    """Write the query that adds up: of records, or of what was added up before."""
    keys = ", ".join(f'"{name}"' for name in ("minute", *KEYS))
    told = (f"{_write(how, name)} AS {name}" for name, how in _MEASURES.items())
    return f"SELECT {keys}, {', '.join(told)} FROM {source} GROUP BY ALL"  # noqa: S608 - names of ours


def _write(how: str, name: str) -> str:
    """Write one measure; a sum stays at the largest number where it would be more."""
    if how == "sum" and name in _SUMS:
        bounded = f"greatest(least(sum({name}::HUGEINT), {_LARGEST}), -{_LARGEST})::BIGINT"
        return f"CASE WHEN count({name}) > 0 THEN {bounded} END"  # greatest and least pass nulls over
    return f"sum({name})::BIGINT" if how == "sum" else f"{how}({name})"


def _shape(dataset: str, key: str, groups: Sequence[dict[str, Any]]) -> pa.Table:
    """Make records of ``ROLLUP``, without the capture, which the store knows."""
    records = [
        {
            "@timestamp": group["minute"],
            "event.id": make_rollup_id(key, dataset, group),
            "event.dataset": ROLLUPS,
            "event.start": group["least_ns"],
            "event.end": group["most_ns"],
            **{name: group[name] for name in KEYS},
            "wanglou.rollup.dataset": dataset,
            "wanglou.rollup.count": group["records"],
            "wanglou.rollup.duration.count": group["durations"],
            **{f"wanglou.rollup.duration.{one}": group[f"{one}_duration"] for one in ("sum", "min", "max")},
            **{f"wanglou.rollup.bytes.{one}": group[f"{one}_bytes"] for one in ("sum", "min", "max")},
            "wanglou.rollup.packets.sum": group["sum_packets"],
            "wanglou.packet": group["packet"],
        }
        for group in groups
    ]
    return pa.Table.from_pylist(records, schema=ROLLUP.arrow)


def make_rollup_id(key: str, dataset: str, group: dict[str, Any]) -> str:
    """Make the id of one record: of the capture, and of what it counts."""
    told = json.dumps([group[name] for name in KEYS], ensure_ascii=True)
    digest = hashlib.sha256(told.encode()).hexdigest()[:20]
    return f"{key}-{ROLLUPS}-{dataset}-{group['minute'] // 10**9}-k{digest}"
