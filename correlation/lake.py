"""The embedded store: Parquet segments in a folder, a manifest in SQLite beside them, queries by DuckDB in-process.

Layout::

    LAKE/ledger.db                                              manifest, captures
    LAKE/<dataset>/dt=YYYY-MM-DD/<HH>-<capture key>-<seq>.parquet   records of one UTC hour of one capture
    LAKE/<dataset>/dt=YYYY-MM-DD/pack-<random>.parquet          small segments that were put together
    LAKE/locks/<capture key>                                    held while that capture is written or deleted
    LAKE/locks/compaction                                       held while segments are put together
    LAKE/locks/new-<random>                                     held while files of that name have no capture key yet

Any number of processes read; captures are written by one process each, several captures side by side. Readers see the
segments that the manifest lists, each complete.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pyarrow as pa

from correlation import documents, retention
from correlation.aggregate import aggregate
from correlation.captures import find_captures, list_captures
from correlation.compaction import Compacted, compact, is_due
from correlation.documents import DOCUMENTS
from correlation.finding import Finding
from correlation.grouping import add_hits, check_hits
from correlation.ingest import ALERTS, LakeIngest, write_alerts
from correlation.lock import hold_capture
from correlation.manifest import (
    LAKE,
    HourCount,
    Segment,
    Wanted,
    count_hours,
    list_segments,
)
from correlation.partitions import Cut
from correlation.pruning import FileFacts, survey
from correlation.query_sql import Condition, EventId, compile_sql, parse_event_id, time_bounds
from correlation.query_tree import And, Between, Equal, Everything, Node
from correlation.reader import ATTEMPTS, Reader, has_lost_files
from correlation.record import read_records
from correlation.search import EARLIEST_NS, LATEST_NS, Asked, count_records, find_records
from correlation.segments import failing
from correlation.store import (
    Aggregation,
    Bucket,
    Capture,
    CaptureRecord,
    DiskUsage,
    Document,
    Expired,
    Filters,
    TopHits,
    Value,
)
from parsers.schema import DATASETS, Dataset
from wanglou.audit import Actor, local_actor
from wanglou.errors import StoreError, UsageError
from wanglou.ledger import Ledger

LEDGER = "ledger.db"
Answer = TypeVar("Answer")


def default_datasets() -> Mapping[str, Dataset]:
    """Give the datasets of the parsers, and the alerts."""
    from detection.alert import ALERT  # noqa: PLC0415 - readers with datasets of their own need no detection stage

    return {**DATASETS, ALERTS: ALERT}


class Lake:
    """A lake in one folder. Opening is lazy: nothing is touched before the first call."""

    def __init__(
        self,
        folder: Path,
        datasets: Mapping[str, Dataset] | None = None,
        *,
        cut: Cut | None = None,
        reserve_bytes: int = retention.RESERVE_BYTES,
        clock: Callable[[], int] = time.time_ns,
        actor: Actor | None = None,
        ledger: str = "",
    ) -> None:
        """Use ``folder``; ``clock`` gives what ``now`` means in queries, ``reserve_bytes`` stay free on the disk.

        What changes is audited as done by ``actor``, by default the account that runs this process. The ledger is a
        file in the folder, or at the URL ``ledger``, which no other lake shares.
        """
        self.folder = folder
        self._actor = actor or local_actor()
        self._place = ledger or folder / LEDGER
        self._datasets = datasets
        self._cut, self._reserve_bytes, self._clock = cut or Cut(), reserve_bytes, clock
        self._reader = Reader(folder)
        self._opened: Ledger | None = None

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """The datasets it keeps, by name."""
        if self._datasets is None:
            self._datasets = default_datasets()
        return self._datasets

    def _ledger(self, *, create: bool = False) -> Ledger:
        if self._opened is None:
            if create:
                with failing(self.folder):
                    self.folder.mkdir(parents=True, exist_ok=True)
            elif not self._exists():
                raise StoreError("there is no lake", where=str(self.folder), do="run `wanglou replay FILE` first")
            self._opened = Ledger(self._place, [LAKE, DOCUMENTS], create=create)
        return self._opened

    def _exists(self) -> bool:
        there = self._place if isinstance(self._place, Path) else self.folder
        return self._opened is not None or there.exists()

    def close(self) -> None:
        """Let go of the ledger and of DuckDB's memory."""
        self._reader.close()
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @contextmanager
    def ingest(self, capture: CaptureRecord, identity: Future[str] | None = None) -> Iterator[LakeIngest]:
        """Write a capture's records from its first packet on.

        With ``identity`` the capture's own is not known yet: records are written all the same, and can be found as
        soon as it is.
        Where a day has come to hold many small files, ``compact`` follows.
        Records of an interrupted run that are the same stay as they are; those parsed or cut otherwise go. Left without
        ``commit``, the capture stays ``ingesting`` with the segments that were sealed. Raises StoreError when the
        folder cannot be written, the disk is nearly full, or somebody else writes this capture.
        """
        ledger = self._ledger(create=True)
        with LakeIngest(
            self.folder,
            ledger,
            self._actor,
            self.datasets,
            capture,
            identity,
            cut=self._cut,
            reserve_bytes=self._reserve_bytes,
        ) as ingest:
            yield ingest
        self._compact_if_due(ledger)

    def _compact_if_due(self, ledger: Ledger) -> None:
        """Put small files together once a day has many; what keeps that from being done does not spoil the capture."""
        with ledger.reading() as connection:
            due = is_due(connection)
        if due:
            with suppress(StoreError):
                self.compact()

    def replace_alerts(self, identity: str, alerts: pa.Table, detection_digest: str) -> None:
        """Put ``alerts`` in the place of that complete capture's alerts, and of no other's, in one transaction."""
        ledger = self._ledger()
        with hold_capture(self.folder, identity, identity):
            found = self.state(identity)
            if found is None or not found.is_complete:
                raise StoreError(f"the capture {identity} is not complete", do="replay it first")
            retention.check_space(self.folder, self._reserve_bytes)
            retention.clean(self.folder, ledger, identity)
            changes = {"detection_digest": detection_digest}
            write_alerts(self.folder, ledger, self._actor, self.datasets[ALERTS].arrow, identity, alerts, changes, [])

    def search(
        self,
        dataset: str,
        query: str = "",
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        limit: int = 0,
        newest_first: bool = True,
        after: str = "",
    ) -> Iterator[pa.RecordBatch]:
        """Find the records of a dataset that fit ``query`` from ``start_ns`` until before ``end_ns``.

        Batches have the schema ``record.result_schema(dataset)``, ordered by time and, within a nanosecond, by
        ``event.id``'s parts; ``limit`` 0 gives all, with bounded memory. ``after`` goes on behind a record, by its
        ``record.position_of``. Raises QueryError or UsageError at once; StoreError may come while reading.
        """
        schema = self._dataset(dataset)
        node = self._parse(schema, query, start_ns, end_ns)
        condition, bounds = _compile(node, schema)
        asked = Asked(schema, condition, *bounds, limit, newest_first, after)
        asked.check()
        return self._find(asked, Wanted(dataset, None, *bounds), node)

    def _find(self, asked: Asked, wanted: Wanted, node: Node) -> Iterator[pa.RecordBatch]:
        def list_again() -> list[Segment]:
            return [segment for facts in self._survey(wanted, node) for segment in facts.segments]

        return find_records(asked, self._reader, self.folder, list_again)

    def count(self, dataset: str, query: str = "", *, start_ns: int | None = None, end_ns: int | None = None) -> int:
        """Count the records that ``search`` would find."""
        schema = self._dataset(dataset)
        return self._count(schema, self._parse(schema, query, start_ns, end_ns))

    def _count(self, schema: Dataset, node: Node) -> int:
        condition, bounds = _compile(node, schema)
        return self._read_files(
            lambda: self._survey(Wanted(schema.name, None, *bounds), node),
            lambda files: count_records(self._reader, schema, files, node, condition),
        )

    def aggregate(
        self,
        dataset: str,
        aggregation: Aggregation,
        query: str = "",
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> Sequence[Bucket]:
        """Summarise the records that ``search`` would find; counts and percentiles are exact."""
        schema = self._dataset(dataset)
        node = self._parse(schema, query, start_ns, end_ns)
        if isinstance(aggregation, Filters):
            parts = {name: And((node, self._parse(schema, text))) for name, text in aggregation.queries.items()}
            return [Bucket(name, float(self._count(schema, part))) for name, part in parts.items()]
        ranked = check_hits(aggregation) if isinstance(aggregation, TopHits) else aggregation
        condition, bounds = _compile(node, schema)
        buckets = self._read_files(
            lambda: self._survey(Wanted(dataset, None, *bounds), node, ranked.field),
            lambda files: aggregate(self._reader, schema, files, node, condition, ranked),
        )
        field = schema.field(aggregation.field)
        if not isinstance(aggregation, TopHits) or field is None:
            return buckets

        def find(part: Node) -> Iterator[pa.RecordBatch]:
            both = And((node, part))
            condition, bounds = _compile(both, schema)
            asked = Asked(schema, condition, *bounds, aggregation.hits, newest_first=True, after="")
            return self._find(asked, Wanted(dataset, None, *bounds), both)

        return add_hits(buckets, field, find)

    def _survey(self, wanted: Wanted, node: Node, *names: str) -> list[FileFacts]:
        with self._ledger().reading() as connection:
            return survey(connection, wanted, node, names)

    def _read_files(self, list_now: Callable[[], list[FileFacts]], read: Callable[[list[FileFacts]], Answer]) -> Answer:
        """Read files; again where compaction moved records, or retention removed them, since they were listed."""
        for left in reversed(range(ATTEMPTS)):
            files = list_now()
            try:
                return read(files)
            except StoreError:
                if not left or not has_lost_files(self.folder, [s for facts in files for s in facts.segments]):
                    raise
        raise AssertionError("the last attempt returns or raises")

    def get(self, event_id: str) -> dict[str, Value] | None:
        """Find one record by its ``event.id``; None when there is none."""
        found = parse_event_id(event_id)
        for name, dataset in self.datasets.items():
            field = dataset.field("event.id")
            if field is None or (field.derived and (found is None or found.dataset != name)):
                continue
            captures = self._captures_of(found) if field.derived and found is not None else None
            node = Equal(field, event_id)
            condition = compile_sql(node, dataset)
            times = (EARLIEST_NS, LATEST_NS)
            asked = Asked(dataset, condition, *times, limit=1, newest_first=True, after="")
            for batch in self._find(asked, Wanted(name, captures), node):
                return next(read_records(batch))
        return None

    def _captures_of(self, found: EventId) -> list[str]:
        with self._ledger().reading() as connection:
            return find_captures(connection, found.capture + found.enterprise)

    def hours(self, dataset: str) -> Sequence[HourCount]:
        """Count a dataset's records by hour, from the manifest alone."""
        with self._ledger().reading() as connection:
            return count_hours(connection, self._dataset(dataset).name)

    def _dataset(self, name: str) -> Dataset:
        if name not in self.datasets:
            raise UsageError(f"no dataset {name!r}", do=f"there are {', '.join(self.datasets)}")
        return self.datasets[name]

    def _parse(self, dataset: Dataset, query: str, start_ns: int | None = None, end_ns: int | None = None) -> Node:
        """Check a query and bind it to a stretch of time."""
        from correlation.query import parse_query  # noqa: PLC0415 - whoever only writes does without the grammar

        node = parse_query(query, dataset, now_ns=self._clock())
        if start_ns is None and end_ns is None:
            return node
        time = next(field for field in dataset.fields if field.name == "@timestamp")
        span = Between(time, start_ns, end_ns, low_included=True, high_included=False)
        return span if isinstance(node, Everything) else And((node, span))

    def _segments(self, wanted: Wanted) -> list[Segment]:
        with self._ledger().reading() as connection:
            return list_segments(connection, wanted)

    def state(self, identity: str) -> Capture | None:
        """Tell what is kept of a capture; None when the lake has not met it, or does not exist yet."""
        if not self._exists():
            return None
        with self._ledger().reading() as connection:
            return next(iter(list_captures(connection, identity)), None)

    def captures(self) -> Sequence[Capture]:
        """List the captures by name."""
        with self._ledger().reading() as connection:
            return list_captures(connection)

    def delete_capture(self, identity: str) -> Capture:
        """Remove a capture and all that came from it; gives what was there."""
        ledger = self._ledger()
        with hold_capture(self.folder, identity, identity):
            retention.clean(self.folder, ledger, identity)
            return retention.delete(self.folder, ledger, self._actor, identity)

    def expire(self, max_bytes: int) -> Sequence[Expired]:
        """Remove whole days, the oldest first, until the lake takes at most ``max_bytes``; gives what went.

        A lake that does not exist yet takes nothing.
        """
        return retention.expire(self.folder, self._ledger(), self._actor, max_bytes) if self._exists() else []

    def compact(self, tell: Callable[[Compacted], None] = lambda _done: None) -> Compacted:
        """Put small files together, unless another process does; nobody who reads or writes notices.

        ``tell`` is called after each new file with what is done by then. A lake that does not exist yet has none.
        """
        if not self._exists():
            return Compacted()
        return compact(self.folder, self._ledger(), self.datasets, reserve_bytes=self._reserve_bytes, tell=tell)

    def expire_older(self, before: date, *, dry_run: bool = False) -> Sequence[Expired]:
        """Remove the whole UTC days before ``before``, or only tell what would go; gives the days, oldest first."""
        if not self._exists():
            return []
        return retention.expire_older(self.folder, self._ledger(), self._actor, before, dry_run=dry_run)

    def put_document(self, kind: str, name: str, body: Mapping[str, Any], expected: str | None = None) -> Document:
        """Write a document: unconditionally, or only over version ``expected``, which is ``""`` where none is there.

        Raises ConflictError where another version is there.
        """
        with self._ledger(create=True).change(self._actor) as change:
            return documents.put(change, kind, name, body, expected)

    def get_document(self, kind: str, name: str) -> Document | None:
        """Find a document as it was written last, or None."""
        if not self._exists():
            return None
        with self._ledger().reading() as connection:
            return documents.get(connection, kind, name)

    def list_documents(self, kind: str) -> Iterator[Document]:
        """Give all documents of a kind by id."""
        if not self._exists():
            return iter(())
        with self._ledger().reading() as connection:
            return iter(documents.find_all(connection, kind))

    def delete_document(self, kind: str, name: str, expected: str | None = None) -> bool:
        """Remove a document, as ``put_document`` would write it; gives whether there was one."""
        if not self._exists():
            return False
        with self._ledger().change(self._actor) as change:
            return documents.remove(change, kind, name, expected)

    def init(self) -> None:
        """Make the lake where there is none, and the tables that an earlier version lacked."""
        self._ledger(create=True)

    def check(self) -> Iterator[Finding]:
        """Look at the lake: version, what it takes, room on its disk."""
        usage = self.disk_usage()
        yield Finding("version", "fine", f"lake {LAKE.version}")
        yield Finding("records", "fine", f"{usage.records_bytes >> 20} MiB, ledger {usage.ledger_bytes >> 20} MiB")
        told = f"{usage.free_bytes >> 20} MiB free, {self._reserve_bytes >> 20} MiB kept in reserve"
        is_short = usage.free_bytes < 4 * self._reserve_bytes
        do = "free space, or run `wanglou store expire`" if is_short else ""
        yield Finding("disk", "warning" if is_short else "fine", told, do)

    def migrate(self) -> Iterator[tuple[str, str]]:
        """Make what an earlier version lacked; files of earlier versions are read as they are."""
        self.init()
        return iter(())

    def disk_usage(self) -> DiskUsage:
        """Measure the lake."""
        return retention.measure(self.folder, self._ledger())


def _compile(node: Node, dataset: Dataset) -> tuple[Condition, tuple[int, int]]:
    """Compile a checked query; gives also the times its records can have."""
    low, high = time_bounds(node)
    return compile_sql(node, dataset), (EARLIEST_NS if low is None else low, LATEST_NS if high is None else high)
