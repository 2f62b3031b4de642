"""Both stores, empty or filled with the same bundled captures, for tests that ask them the same."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa

from correlation.elastic import Elastic
from correlation.elastic_client import Address
from correlation.lake import Lake, default_datasets
from correlation.record import read_records
from correlation.store import CaptureRecord, Store
from detection.detector import Detector
from detection.preparation import prepare_rules
from detection.rule import SHIPPED
from parsers.dissection import Dissector
from sensors.pcap import open_capture
from tests.support.lakes import DAY_NS, NO_ALERTS, SMALL, START_NS, Record, make_identity, make_table
from tests.support.requirements import ROOT

CAPTURES = ("machining_write.pcap", "opcua_setpoint_write.pcap.gz", "mqtt_command_write.pcap.gz", "dns_tunnel.pcap.gz",
            "handle_key_guessing.pcap.gz")  # fmt: skip
"""Small ones, of every protocol, with attacks."""
KINDS = ("lake", "elastic")


@dataclass(frozen=True, slots=True)
class Taken:
    """One capture as the stages before the store made it."""

    record: CaptureRecord
    tables: Sequence[tuple[str, pa.Table]]
    alerts: pa.Table


@cache
def take_captures() -> tuple[Taken, ...]:
    """Read the bundled captures through parsers and the shipped rules."""
    rules = prepare_rules((SHIPPED,), None)
    taken = []
    for name in CAPTURES:
        capture = open_capture(ROOT / "pcaps" / name)
        dissector = Dissector(capture.identity, name)
        detector = Detector(rules, None, capture.identity, name)
        tables: list[tuple[str, pa.Table]] = []
        for batch in (*map(dissector.feed, capture.batches()), dissector.finish()):
            detector.feed(batch)
            tables += batch.items()
        record = CaptureRecord(capture.identity, name, size_bytes=capture.size_bytes, parser_digest="1")
        taken.append(Taken(record, tables, detector.finish()))
    return tuple(taken)


def write(store: Store, taken: Taken) -> None:
    """Put a capture into a store."""
    with store.ingest(taken.record) as ingest:
        for dataset, table in taken.tables:
            ingest.append(dataset, table)
        ingest.commit(taken.alerts, {"packets": 1}, "rules-1")


def fill(store: Elastic, records: list[Record], identity: str = make_identity("a"), dataset: str = "modbus") -> None:
    """Write records and commit them."""
    with store.ingest(CaptureRecord(identity, "a.pcap")) as ingest:
        ingest.append(dataset, make_table(store.datasets[dataset], records))
        ingest.commit(NO_ALERTS, {}, "")


def list_indices(store: Elastic) -> list[str]:
    """What indices there are, without the prefix."""
    return sorted(name.partition("-")[2] for name in store._client.indices.get(index=f"{store.address.prefix}-*"))


@contextmanager
def open_store(kind: str, folder: Path, urls: Sequence[str]) -> Iterator[Store]:
    """Open an empty store; one on Elasticsearch has names of its own, and leaves nothing behind."""
    if kind == "lake":
        with Lake(folder / "lake", cut=SMALL, reserve_bytes=0, clock=lambda: START_NS + DAY_NS) as lake:
            yield lake
        return
    address = Address(tuple(urls), prefix=f"t{secrets.token_hex(6)}")
    with Elastic(address, dead_letters=folder / "dead.ndjson", clock=lambda: START_NS + DAY_NS) as store:
        try:
            yield store
        finally:
            store.remove_all()


def list_records(store: Store, dataset: str, query: str = "", **options: object) -> list[Record]:
    """Search and give all records."""
    found = store.search(dataset, query, **options)  # type: ignore[arg-type] # passed on as they are
    return [record for batch in found for record in read_records(batch)]


@cache
def read_all(dataset: str) -> list[Record]:
    """Give the records of a dataset of the bundled captures as they went in, in no order."""
    declared = default_datasets()[dataset]
    records: list[Record] = []
    for taken in take_captures():
        tables = [table for name, table in [*taken.tables, ("alert", taken.alerts)] if name == dataset]
        for row in (row for table in tables for row in _read_rows(table)):
            row["wanglou.capture"] = taken.record.identity
            if "event.id" not in row:
                row["event.id"] = "-".join([taken.record.key, dataset, f"{row['wanglou.packet']}-{row['wanglou.pdu']}"])
            names = [field.name for field in declared.fields if field.name in row]
            records.append({name: row[name] for name in names})
    return records


def _read_rows(table: pa.Table) -> Iterator[Record]:
    """Give rows without empty fields, times in nanoseconds."""
    for name in table.schema.names:
        if pa.types.is_timestamp(table.schema.field(name).type):
            place = table.schema.get_field_index(name)
            table = table.set_column(place, name, table[name].cast(pa.int64()))
    for row in table.to_pylist():
        yield {name: value for name, value in row.items() if value is not None}
