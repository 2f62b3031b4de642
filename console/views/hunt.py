"""Hunting: records of any dataset by a query, with their fields, as pages and the API show them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow as pa

from console.bars import Bars, make_bars
from console.figures import write_time
from console.permission import Permission
from console.question import Question, read_question
from console.record import Record
from console.refusal import Refused, not_found
from console.table import Column
from console.views.alerts import get_alert
from console.views.field_value import FieldValue, tell_field
from console.visit import Visit
from correlation.query import parse_query
from correlation.record import position_of, read_records
from correlation.store import DateHistogram
from parsers.schema import Dataset
from wanglou.errors import UsageError

DEFAULT = "flow"
SHOWN = ("flow", "modbus", "opcua", "mqtt", "dns", "handle", "http", "tls", "identifier", "asset", "alert")
"""Datasets in the order of the choice; what the store has besides comes behind them."""
ALSO: Mapping[str, Permission] = {"alert": "alerts.read", "asset": "assets.read", "identifier": "identifiers.read"}
"""What reading a dataset needs besides the permission to hunt."""
_ENDS = ("source.ip", "destination.ip")
USUAL: Mapping[str, Sequence[str]] = {
    "flow": (*_ENDS, "destination.port", "network.protocol", "network.bytes", "event.duration", "flow.state"),
    "modbus": (
        *_ENDS, "modbus.unit_id", "modbus.function.name", "modbus.request.address", "modbus.request.quantity",
        "event.outcome",
    ),
    "opcua": (*_ENDS, "opcua.service.name", "opcua.nodes", "opcua.values", "event.outcome"),
    "mqtt": (*_ENDS, "event.action", "mqtt.client_id", "mqtt.topic", "event.outcome"),
    "dns": (*_ENDS, "dns.question.name", "dns.question.type", "dns.response_code"),
    "handle": (*_ENDS, "handle.op.name", "handle.identifier", "handle.response.name"),
    "http": (*_ENDS, "http.request.method", "url.domain", "url.path", "http.response.status_code"),
    "tls": (*_ENDS, "tls.client.server_name", "tls.version", "tls.cipher", "tls.server.subject"),
    "identifier": (*_ENDS, "event.action", "identifier.normalized", "identifier.scheme", "event.outcome"),
    "asset": ("host.ip", "asset.field", "asset.value", "asset.source"),
    "alert": ("event.severity", "rule.name", *_ENDS, "organization.id"),
}  # fmt: skip
"""Columns shown unless the reader chose others, behind the time."""
WIDE: Mapping[str, str] = {
    "opcua": "opcua.nodes", "mqtt": "mqtt.topic", "dns": "dns.question.name", "handle": "handle.identifier",
    "http": "url.path", "tls": "tls.server.subject", "identifier": "identifier.normalized", "asset": "asset.value",
    "alert": "rule.name",
}  # fmt: skip
NUMBERS = ("long", "double", "u8", "u16", "u32", "duration")
UNNUMBERED = ("source.port", "destination.port", "modbus.unit_id")
"""Numbers that are names: they are not set to the right."""


@dataclass(frozen=True, slots=True)
class Hunt:
    """What was asked for."""

    dataset: Dataset
    question: Question
    limit: int
    cursor: str = ""
    newest_first: bool = True


@dataclass(frozen=True, slots=True)
class HuntRow:
    """One record of a list."""

    record: Record
    fields: Mapping[str, FieldValue]
    """What the columns shown hold."""

    @property
    def id(self) -> str:
        """Its ``event.id``."""
        return str(self.record["event.id"])


@dataclass(frozen=True, slots=True)
class HuntList:
    """One page of records."""

    records: Sequence[Record]
    next: str


@dataclass(frozen=True, slots=True)
class RecordStory:
    """One record with all its fields."""

    dataset: Dataset
    record: Record
    groups: Sequence[tuple[str, Sequence[FieldValue]]]
    """Fields by the first part of their names."""

    @property
    def id(self) -> str:
        """Its ``event.id``."""
        return str(self.record["event.id"])

    @property
    def json(self) -> str:
        """The record as JSON."""
        return json.dumps(tell_times(self.dataset, self.record), ensure_ascii=False, indent=2)


def tell_times(dataset: Dataset, record: Mapping[str, Any]) -> dict[str, Any]:
    """Give a record with its times as RFC 3339."""
    times = {field.name for field in dataset.fields if field.kind == "time"}
    return {name: write_time(value) if name in times else value for name, value in record.items()}


def list_datasets(visit: Visit) -> list[str]:
    """Name the datasets that the guest may hunt in."""
    known = visit.store.datasets
    names = [name for name in SHOWN if name in known]
    return [name for name in names if name not in ALSO or visit.may(ALSO[name])]


def choose_dataset(visit: Visit) -> Dataset:
    """Read ``?dataset=``; raises UsageError for one that is not there, Refused (403) for one not permitted."""
    name = visit.asked("dataset") or DEFAULT
    if name not in SHOWN or name not in visit.store.datasets:
        raise UsageError(f"there is no dataset {name[:40]!r}", do=f"give one of {', '.join(SHOWN)}")
    if name in ALSO and not visit.may(ALSO[name]):
        raise Refused(403, permission=ALSO[name])
    return visit.store.datasets[name]


def read_hunt(visit: Visit, limit: int, *, newest_first: bool = True) -> Hunt:
    """Read what the address asks for: ``dataset``, ``q``, ``cursor``."""
    dataset = choose_dataset(visit)
    return Hunt(dataset, read_question(visit, dataset.name), limit, visit.asked("cursor"), newest_first)


def ask_hunt(visit: Visit, limit: int, *, newest_first: bool = True) -> Hunt:
    """Read what a program asks for; raises QueryError for a wrong query."""
    hunt = read_hunt(visit, limit, newest_first=newest_first)
    if hunt.question.fault:
        parse_query(hunt.question.text, hunt.dataset, now_ns=visit.now_ns)
    return hunt


def list_columns(dataset: Dataset) -> list[Column]:
    """Give all fields of a dataset as columns of a table: the time first, then the usual ones, then the others."""
    usual = [name for name in USUAL.get(dataset.name, _ENDS) if dataset.field(name)]
    others = [field.name for field in dataset.fields if field.name not in (*usual, "@timestamp")]
    columns = [Column("@timestamp", "", sort=True, is_fixed=True)]
    for place, name in enumerate((*usual, *others)):
        field = dataset.field(name)
        is_number = field is not None and field.kind in NUMBERS and name not in UNNUMBERED
        columns.append(
            Column(
                name, "", is_usual=name in usual, is_number=is_number, is_wide=WIDE.get(dataset.name) == name,
                is_fixed=False, is_rare=place >= 4 and name in usual,
            )
        )  # fmt: skip
    return columns


def find_batches(visit: Visit, hunt: Hunt, limit: int) -> Iterator[pa.RecordBatch]:
    """Give the records found in batches, in their order; a limit of 0 gives all."""
    return visit.store.search(
        hunt.dataset.name,
        hunt.question.text,
        start_ns=visit.period.start_ns,
        end_ns=visit.period.end_ns,
        limit=limit,
        newest_first=hunt.newest_first,
        after=hunt.cursor,
    )


def find_records(visit: Visit, hunt: Hunt) -> HuntList:
    """Give one page of records of the period."""
    batches = find_batches(visit, hunt, hunt.limit + 1)
    found = [Record(one) for batch in batches for one in read_records(batch)]
    kept = found[: hunt.limit]
    return HuntList(kept, position_of(hunt.dataset, kept[-1]) if len(found) > hunt.limit else "")


def show_rows(visit: Visit, dataset: Dataset, records: Sequence[Record], columns: Sequence[Column]) -> list[HuntRow]:
    """Make rows with what the columns hold."""
    fields = [field for column in columns if (field := dataset.field(column.name))]
    return [
        HuntRow(record, {field.name: tell_field(visit, field, record[field.name]) for field in fields})
        for record in records
    ]


def draw_bars(visit: Visit, hunt: Hunt) -> Bars:
    """Count the records of the period over time."""
    period, interval_ns = visit.period, visit.period.interval_ns()
    buckets = visit.store.aggregate(
        hunt.dataset.name,
        DateHistogram(interval_ns),
        hunt.question.text,
        start_ns=period.start_ns,
        end_ns=period.end_ns,
    )
    word = visit.say(f"hunt.dataset_{hunt.dataset.name}")
    return make_bars(period, interval_ns, [(word, "1", buckets)], visit.zone.key)


def find_record(visit: Visit, identity: str) -> Record:
    """Find one record or alert; raises Refused (404) where there is none, or it is not the guest's to see."""
    if identity.startswith("alert-"):
        if not visit.may("alerts.read"):
            raise Refused(403, permission="alerts.read")
        return get_alert(visit, identity).record
    found = visit.store.get(identity)
    if found is None:
        raise not_found()
    dataset = str(found.get("event.dataset"))
    if dataset in ALSO and not visit.may(ALSO[dataset]):
        raise Refused(403, permission=ALSO[dataset])
    return Record(found)


def tell_record(visit: Visit, identity: str) -> RecordStory:
    """Find one record and tell all its fields."""
    record = find_record(visit, identity)
    dataset = visit.store.datasets[str(record["event.dataset"])]
    told = [tell_field(visit, field, record[field.name]) for field in dataset.fields if field.name in record]
    groups = groupby(sorted(told, key=lambda one: _group(one.name)), key=lambda one: _group(one.name))
    made = [(name, list(fields)) for name, fields in groups]
    first = [dataset.name, "event", "source", "destination", "network"]
    made.sort(key=lambda one: first.index(one[0]) if one[0] in first else len(first))
    return RecordStory(dataset, record, made)


def _group(name: str) -> str:
    return "event" if name == "@timestamp" else name.partition(".")[0]
