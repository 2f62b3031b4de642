"""What every store of records does, whatever it is made of.

The embedded store (``lake.py``) and a cluster (later) both implement ``Store`` and pass one suite of contract tests.
Records are the rows of the datasets that parsers and detection declare; a store never changes one. Captures are the
unit of writing: all records of a capture come in through one ``Ingest`` and leave through one ``delete_capture``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Protocol

import pyarrow as pa

from correlation.query_tree import Node
from parsers.schema import Dataset

Value = str | int | float | bool | None | list[int] | list[str]
"""One field of a record as Python reads it; times are integer nanoseconds since 1970, UTC."""

State = Literal["ingesting", "complete"]


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """One capture as it is announced before its first record."""

    identity: str
    """``wanglou.capture`` of its records: SHA-256 of the bytes, with ``@enterprise`` when one was given."""
    name: str
    """What people call it: the file's name or the interface's."""
    enterprise: str = ""
    """Enterprise it was declared to belong to; empty when the site file decides."""
    size_bytes: int = 0
    """Size of the file; 0 for a live capture."""
    parser_digest: str = ""
    """Digest of the program and settings that parse it: with another digest, what an earlier run left is read anew."""

    shift_ns: int = 0
    """By how much its packets' times were moved, in nanoseconds; what it says was at t was captured at t - shift_ns."""

    @property
    def key(self) -> str:
        """How ``event.id`` begins: 16 hexadecimal digits and ``@enterprise``."""
        return self.identity[:16] + self.identity[64:]


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture as the store keeps it."""

    record: CaptureRecord
    state: State
    """``ingesting`` until its ingest was committed: it is being read now, or reading it was interrupted."""
    counters: Mapping[str, int] = field(default_factory=dict)
    """What the stages counted while reading: losses, limits hit, malformed messages."""
    detection_digest: str = ""
    """Digest of the rules and site facts that made its alerts."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Records kept, by dataset."""
    size_bytes: int = 0
    """Bytes its records take in the store."""
    min_ns: int | None = None
    """Time of its first record; None when it has none."""
    max_ns: int | None = None
    """Time of its last record; None when it has none."""

    @property
    def is_complete(self) -> bool:
        """True when all of its records are kept."""
        return self.state == "complete"


@dataclass(frozen=True, slots=True)
class Terms:
    """The commonest values of a field, each with its records, commonest first, equal counts by value."""

    field: str
    size: int = 10


@dataclass(frozen=True, slots=True)
class DateHistogram:
    """Records in each interval of time that has any, oldest first; keys are the intervals' beginnings."""

    interval_ns: int
    field: str = "@timestamp"


@dataclass(frozen=True, slots=True)
class Cardinality:
    """How many different values a field has, as one bucket keyed by the field."""

    field: str


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Percentiles of a number field, one bucket each; 0 to 100, interpolated between neighbours."""

    field: str
    percents: tuple[float, ...] = (50.0, 95.0, 99.0)


@dataclass(frozen=True, slots=True)
class TopHits:
    """The commonest values of a field as by ``Terms``, each with its newest records."""

    field: str
    size: int = 10
    hits: int = 1
    """Records of each value."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Records that fit each of several named queries, in their order; a record may fit several, or none."""

    queries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Groups:
    """Records by the values of several fields together, the commonest combinations first, equal counts by values.

    A record that lacks a field counts with None there. Fields of lists cannot be grouped by.
    """

    fields: tuple[str, ...]
    size: int = 10_000
    interval_ns: int = 0
    """Fields of times are grouped by intervals of this length, told by their beginnings."""
    sums: tuple[str, ...] = ()
    """Number fields whose values are added up."""


Single = Terms | DateHistogram | Cardinality | Percentiles | TopHits | Filters | Groups


@dataclass(frozen=True, slots=True)
class Several:
    """Several summaries of the same records, asked together: one bucket each, in their order, keyed by name.

    What each gives is in its bucket's ``parts``.
    """

    parts: Mapping[str, Single]


Aggregation = Single | Several


@dataclass(frozen=True, slots=True)
class Bucket:
    """One line of an aggregation's answer."""

    key: Value
    value: float
    """Records in the bucket; for cardinality the count of values, for percentiles the field's value."""
    records: tuple[Mapping[str, Value], ...] = ()
    """Newest records of the bucket, where they were asked for."""
    keys: tuple[Value, ...] = ()
    """Of ``Groups``: the value of each field, where ``key`` is None."""
    sums: tuple[float, ...] = ()
    """Of ``Groups``: the sum of each field that was to be added up."""
    parts: tuple[Bucket, ...] = ()
    """Of ``Several``: the buckets of one summary."""


@dataclass(frozen=True, slots=True)
class Document:
    """Something that changes, kept by its name: an asset, an incident, an alert with its triage."""

    kind: str
    """What it is: small letters and ``_``."""
    id: str
    body: Mapping[str, Any]
    """What JSON can say."""
    version: str
    """Changes with each writing; given back to ``put_document`` it keeps two writers from undoing each other."""


@dataclass(frozen=True, slots=True)
class Expired:
    """What one day's expiry took away."""

    day: str
    """UTC day, ``YYYY-MM-DD``."""
    rows: Mapping[str, int]
    """Records, by dataset."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """What the store takes, and what is left beside it."""

    records_bytes: int
    ledger_bytes: int
    free_bytes: int

    @property
    def total_bytes(self) -> int:
        """Bytes the store takes altogether."""
        return self.records_bytes + self.ledger_bytes


class Ingest(Protocol):
    """The writing of one capture's records, in the order its packets came."""

    def append(self, dataset: str, table: pa.Table) -> None:
        """Add records; the schema is the dataset's. Errors of earlier calls may surface here."""

    def commit(self, alerts: pa.Table, counters: Mapping[str, int], detection_digest: str) -> Mapping[str, int]:
        """Finish: everything appended is kept, the capture's alerts are exactly ``alerts``, the capture is complete.

        Gives what the store counted besides ``counters``: records that went elsewhere, by name.
        """


class Store(Protocol):
    """A store of records; every method may raise StoreError.

    Queries are in the language of ``query.py``, or trees that it checked against the dataset before.
    """

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """The datasets it keeps, by name."""

    def ingest(self, capture: CaptureRecord, identity: Future[str] | None = None) -> AbstractContextManager[Ingest]:
        """Write a capture; left without ``commit`` it stays ``ingesting`` and may be written again from its start.

        With ``identity`` the capture's own, which is empty then, is still being computed.
        """

    def replace_alerts(self, identity: str, alerts: pa.Table, detection_digest: str) -> None:
        """Put ``alerts`` in the place of that capture's alerts, and of no other's."""

    def search(
        self,
        dataset: str,
        query: str | Node = "",
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        limit: int = 0,
        newest_first: bool = True,
        after: str = "",
        fields: Collection[str] = (),
    ) -> Iterator[pa.RecordBatch]:
        """Find records; see ``lake.Lake.search``, whose words hold for every store."""

    def count(
        self, dataset: str, query: str | Node = "", *, start_ns: int | None = None, end_ns: int | None = None
    ) -> int:
        """Count the records that ``search`` would find."""

    def aggregate(
        self,
        dataset: str,
        aggregation: Aggregation,
        query: str | Node = "",
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> Sequence[Bucket]:
        """Summarise the records that ``search`` would find."""

    def tabulate(
        self,
        dataset: str,
        groups: Groups,
        query: str | Node = "",
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> pa.Table:
        """Give groups as a table, in no order; see ``questions.Questions.tabulate``."""

    def get(self, event_id: str) -> dict[str, Value] | None:
        """Find one record by its ``event.id``, or None."""

    def state(self, identity: str) -> Capture | None:
        """Tell what is kept of a capture, or None."""

    def captures(self) -> Sequence[Capture]:
        """List the captures by name."""

    def delete_capture(self, identity: str) -> Capture:
        """Remove a capture and all that came from it; gives what was there."""

    def expire(self, max_bytes: int) -> Sequence[Expired]:
        """Remove whole days, the oldest first, until the store takes at most ``max_bytes``; gives what went."""

    def expire_older(self, before: date, *, dry_run: bool = False) -> Sequence[Expired]:
        """Remove the whole UTC days before ``before``, or only tell what would go; gives the days, oldest first.

        Records with times that no clock should show (``quarantine``) stay.
        """

    def disk_usage(self) -> DiskUsage:
        """Measure the store."""

    def put_document(self, kind: str, name: str, body: Mapping[str, Any], expected: str | None = None) -> Document:
        """Write a document: unconditionally, or only over version ``expected``, which is ``""`` where none is there.

        Raises ConflictError where another version is there.
        """

    def get_document(self, kind: str, name: str) -> Document | None:
        """Find a document as it was written last, or None."""

    def list_documents(self, kind: str) -> Iterator[Document]:
        """Give all documents of a kind by id."""

    def delete_document(self, kind: str, name: str, expected: str | None = None) -> bool:
        """Remove a document, as ``put_document`` would write it; gives whether there was one."""

    def stop(self) -> None:
        """Let queries under way end with StoreError, where that can be, for a program that is about to end."""

    def close(self) -> None:
        """Let go of files and connections."""
