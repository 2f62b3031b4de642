"""Tables of made-up records, and lakes with small segments to put them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from correlation.lake import Lake
from correlation.partitions import Cut
from correlation.record import read_records
from correlation.store import CaptureRecord
from detection.alert import ALERT
from parsers.schema import DATASETS, Dataset

HOUR_NS = 3_600 * 10**9
DAY_NS = 24 * HOUR_NS
START_NS = 1_790_000_000 * 10**9 // DAY_NS * DAY_NS
"""A midnight (2026-09-21)."""
MODBUS = DATASETS["modbus"]
FLOW = DATASETS["flow"]
NO_ALERTS = ALERT.arrow.empty_table()
SMALL = Cut(group_rows=10, segment_rows=30, held_rows=100, held_bytes=1 << 20, open_hours=3, split_hours=4)
"""Cuts that make a handful of records fill several segments."""

Record = dict[str, Any]


def make_table(dataset: Dataset, records: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Make a table of the dataset's schema; fields that a record lacks are null."""
    return pa.Table.from_pylist([dict(record) for record in records], schema=dataset.arrow)


def make_identity(digit: str, enterprise: str = "") -> str:
    """Make a capture's identity of one hexadecimal digit."""
    return digit * 64 + (f"@{enterprise}" if enterprise else "")


def make_record(number: int, capture: str = make_identity("a"), time_ns: int | None = None) -> Record:
    """Make the ``number``-th Modbus record of a capture, a second after the one before unless it has a time."""
    return {
        "@timestamp": START_NS + number * 10**9 if time_ns is None else time_ns,
        "event.dataset": "modbus",
        "event.action": ("read_holding_registers", "write_single_register")[number % 2],
        "source.ip": f"10.0.{number % 3}.{number % 7}",
        "wanglou.capture": capture,
        "wanglou.packet": 2 * number,
        "wanglou.pdu": 0,
        "modbus.unit_id": number % 5,
        "modbus.response.values": [number % 11, number % 13],
    }


def make_records(numbers: Iterable[int], capture: str = make_identity("a"), step_ns: int = 10**9) -> list[Record]:
    """Make Modbus records that follow one another by ``step_ns``."""
    return [make_record(number, capture, START_NS + number * step_ns) for number in numbers]


def make_alert(name: str, time_ns: int = START_NS, capture: str = make_identity("a")) -> Record:
    """Make an alert."""
    return {
        "@timestamp": time_ns,
        "event.id": f"alert-{name}",
        "event.dataset": "alert",
        "rule.name": name,
        "wanglou.capture": capture,
        "wanglou.packet": 0,
    }


def make_lake(folder: Path, cut: Cut = SMALL) -> Lake:
    """Open a lake with small segments and no reserve of disk space."""
    return Lake(folder, cut=cut, reserve_bytes=0, clock=lambda: START_NS + DAY_NS)


@contextmanager
def open_pair(folder: Path) -> Iterator[Lake]:
    """Open a lake of two captures with equal times, one of them with a column of its own, and some alerts."""
    first, second = make_identity("a"), make_identity("b", "north")
    with make_lake(folder) as lake:
        fill(lake, make_records(range(150), first, HOUR_NS // 40), first)
        records = [make_record(n, second, START_NS + n // 3 * (HOUR_NS // 40)) for n in range(150)]
        for record in records[::10]:
            record["modbus.umas.session"] = 7
        alerts = [make_alert(f"{n:02d}", START_NS + n // 2, second) for n in range(10)]
        fill(lake, records, second, alerts=alerts)
        yield lake


def fill(
    lake: Lake,
    records: Sequence[Record],
    capture: str = make_identity("a"),
    *,
    alerts: Sequence[Record] = (),
    batch: int = 7,
    parser: str = "1",
) -> None:
    """Ingest Modbus records in tables of ``batch`` rows and commit them."""
    with lake.ingest(CaptureRecord(capture, f"{capture[0]}.pcap", parser_digest=parser)) as ingest:
        for first in range(0, len(records), batch):
            ingest.append("modbus", make_table(MODBUS, records[first : first + batch]))
        ingest.commit(make_table(ALERT, alerts), {"packets": 2 * len(records)}, "rules-1")


def find(lake: Lake, query: str = "", dataset: str = "modbus", **options: Any) -> list[Record]:
    """Search and give all records."""
    return [record for batch in lake.search(dataset, query, **options) for record in read_records(batch)]


def list_files(folder: Path) -> list[str]:
    """List the files of a lake but for the ledger's and the locks, by path below it."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not path.startswith(("ledger.db", "locks/")))
