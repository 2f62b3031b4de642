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
from typing import Any, Literal, Self

import pyarrow as pa

from correlation import documents, retention
from correlation.aggregate import Summary
from correlation.captures import list_captures
from correlation.compaction import Compacted, compact, is_due
from correlation.damage import advise, find_damage
from correlation.documents import DOCUMENTS
from correlation.finding import Finding, Grade
from correlation.ingest import ALERTS, LakeIngest, write_alerts
from correlation.lake_query import LakeQuery
from correlation.lock import hold_capture
from correlation.manifest import (
    LAKE,
    HourCount,
    Segment,
    Wanted,
    count_hours,
    list_segments,
)
from correlation.opening import LEDGER
from correlation.partitions import Cut
from correlation.query_tree import Node
from correlation.questions import Questions, Search
from correlation.reader import Reader
from correlation.segments import failing
from correlation.store import (
    Bucket,
    Capture,
    CaptureRecord,
    DiskUsage,
    Document,
    Expired,
    Filters,
    Groups,
    Single,
    TopHits,
)
from parsers.schema import DATASETS, Dataset
from wanglou.audit import Actor, local_actor
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

MOST_DAMAGED = 20
"""Damaged files that a check names; the others are counted."""


def default_datasets() -> Mapping[str, Dataset]:
    """Give the datasets of the parsers, and the alerts."""
    from detection.alert import ALERT  # noqa: PLC0415 - readers with datasets of their own need no detection stage

    return {**DATASETS, ALERTS: ALERT}


class Lake(Questions):
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
        self._query = LakeQuery(folder, self._reader, self._ledger)
        self._opened: Ledger | None = None

    policies: Mapping[str, Literal["all", "rollup", "noteworthy"]] = {}
    """A lake keeps everything; see ``elastic.Elastic.policies``."""

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

    def _find(self, search: Search) -> Iterator[pa.RecordBatch]:
        return self._query.find(search)

    def _count(self, dataset: Dataset, node: Node) -> int:
        return self._query.count(dataset, node)

    def _summarise(self, dataset: Dataset, node: Node, aggregation: Summary | TopHits | Groups) -> Sequence[Bucket]:
        return self._query.summarise(dataset, node, aggregation)

    def _tabulate(self, dataset: Dataset, node: Node, groups: Groups) -> pa.Table:
        return self._query.tabulate(dataset, node, groups)

    def _summarise_each(
        self, dataset: Dataset, node: Node, parts: Mapping[str, Single]
    ) -> Mapping[str, Sequence[Bucket]]:
        plain = {name: one for name, one in parts.items() if not isinstance(one, Filters | TopHits)}
        rest = {name: one for name, one in parts.items() if name not in plain}
        return {**self._query.summarise_each(dataset, node, plain), **super()._summarise_each(dataset, node, rest)}

    def hours(self, dataset: str) -> Sequence[HourCount]:
        """Count a dataset's records by hour, from the manifest alone."""
        with self._ledger().reading() as connection:
            return count_hours(connection, self._dataset(dataset).name)

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

    def check(self, *, deep: bool = False, tell: Callable[[int], None] = lambda _bytes: None) -> Iterator[Finding]:
        """Look at the lake: version, what it takes, its files, room on its disk.

        Of each file its size is compared; with ``deep`` all its bytes, of which ``tell`` is called with the number
        read since it was last.
        """
        usage = self.disk_usage()
        yield Finding("version", "fine", f"lake {LAKE.version}")
        yield Finding("records", "fine", f"{usage.records_bytes >> 20:,} MiB, ledger {usage.ledger_bytes >> 20:,} MiB")
        yield from self._look_at_files(deep, tell)
        told = f"{usage.free_bytes >> 20:,} MiB free, {self._reserve_bytes >> 20:,} MiB kept in reserve"
        is_short = usage.free_bytes < 4 * self._reserve_bytes
        grade: Grade = "wrong" if usage.free_bytes < self._reserve_bytes else "warning" if is_short else "fine"
        yield Finding("disk", grade, told, "free space, or run `wanglou store expire`" if is_short else "")

    def _segments(self) -> list[Segment]:
        with self._ledger().reading() as connection:
            return list_segments(connection, Wanted())

    def _look_at_files(self, deep: bool, tell: Callable[[int], None]) -> Iterator[Finding]:
        segments = self._segments()
        damaged = list(find_damage(self.folder, segments, deep=deep, tell=tell))
        if damaged:  # compaction may have moved records, or retention removed them, since they were listed
            listed = {segment.file for segment in self._segments()}
            damaged = [one for one in damaged if one.file in listed]
        count = len({segment.file for segment in segments})
        if not damaged:
            yield Finding(
                "files", "fine", f"{count} files " + ("as they were written" if deep else "of the right size")
            )
        for one in damaged[:MOST_DAMAGED]:
            yield Finding("files", "wrong", str(one), advise(one))
        if len(damaged) > MOST_DAMAGED:
            yield Finding("files", "wrong", f"{len(damaged) - MOST_DAMAGED} files more of {count} are damaged")

    def migrate(self) -> Iterator[tuple[str, str]]:
        """Make what an earlier version lacked; files of earlier versions are read as they are."""
        self.init()
        return iter(())

    def disk_usage(self) -> DiskUsage:
        """Measure the lake."""
        return retention.measure(self.folder, self._ledger())
