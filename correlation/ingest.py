"""Writing one capture: the ``Ingest`` of the embedded store.

Segments are listed when they are sealed, so records can be searched while a capture is still being read, and a killed
run loses at most the segments it had open. Alerts are listed in the transaction that makes the capture complete.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
from sqlalchemy.exc import IntegrityError

from correlation import retention
from correlation.captures import complete_capture, cut_of, save_capture
from correlation.manifest import (
    Segment,
    Wanted,
    add_segment,
    discard_segments,
    list_segments,
)
from correlation.partitions import Cut, DatasetWriter
from correlation.segments import Place, name_key
from correlation.store import CaptureRecord
from correlation.writer import Writer
from parsers.schema import Dataset
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

ALERTS = "alert"
"""Name of the dataset that is replaced as a whole when rules change."""


class LakeIngest:
    """Writes a capture's records; the lake holds the capture's lock around it."""

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        datasets: Mapping[str, Dataset],
        capture: CaptureRecord,
        *,
        cut: Cut,
        reserve_bytes: int,
    ) -> None:
        """Take ``capture`` on: clean up after an interrupted run and keep what it sealed."""
        self._folder, self._ledger, self._capture, self._cut = folder, ledger, capture, cut
        self._schemas = {name: dataset.arrow for name, dataset in datasets.items()}
        self._key = name_key(capture.identity)
        self._committed = False
        retention.check_space(folder, reserve_bytes)
        self._known = self._begin()
        self._writer = Writer(folder, self._open_dataset, lambda: retention.check_space(folder, reserve_bytes))

    def _begin(self) -> dict[str, Segment]:
        """Note the capture, drop segments that were parsed or cut otherwise, delete orphans; gives what is kept."""
        identity = self._capture.identity
        with self._ledger.transaction() as connection:
            if cut_of(connection, identity) not in (None, (self._capture.parser_digest, str(self._cut))):
                discard_segments(connection, list_segments(connection, Wanted(captures=[identity])))
            try:
                save_capture(connection, self._capture, str(self._cut))
            except IntegrityError as error:
                raise StoreError(
                    f"another capture begins with {self._capture.key}",
                    where=self._capture.name,
                    do="give it an --enterprise, or delete the other",
                ) from error
            kept = list_segments(connection, Wanted(captures=[identity]))
        retention.sweep(self._folder, self._ledger)
        retention.clean(self._folder, self._ledger, identity)
        return {segment.path: segment for segment in kept}

    def _open_dataset(self, dataset: str) -> DatasetWriter:
        known = {path: segment for path, segment in self._known.items() if segment.dataset == dataset}
        return DatasetWriter(
            self._folder,
            self._schemas[dataset],
            Place(dataset, 0, self._key, 0),
            capture=self._capture.identity,
            cut=self._cut,
            known=known,
            seal=self._list,
        )

    def _list(self, segment: Segment) -> None:
        with self._ledger.transaction() as connection:
            add_segment(connection, segment)

    def append(self, dataset: str, table: pa.Table) -> None:
        """Add records of one dataset, in the order the packets came; raises what an earlier table met on the disk."""
        if dataset not in self._schemas or dataset == ALERTS:
            raise StoreError(f"{dataset!r} is no dataset that records are appended to", where=str(self._folder))
        self._writer.append(dataset, table)

    def commit(self, alerts: pa.Table, counters: Mapping[str, int], detection_digest: str) -> None:
        """Seal and list everything, put ``alerts`` in place and mark the capture complete."""
        written = self._writer.finish()
        made = {path for writer in written.values() for path in writer.made}
        stale = [s for s in self._known.values() if s.path not in made and s.dataset != ALERTS]
        changes = {"counters": json.dumps(dict(counters)), "detection_digest": detection_digest}
        write_alerts(self._folder, self._ledger, self._schemas[ALERTS], self._capture.identity, alerts, changes, stale)
        self._committed = True

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Drop what is not sealed, unless it was committed."""
        if not self._committed:
            self._writer.abandon()


def write_alerts(
    folder: Path,
    ledger: Ledger,
    schema: pa.Schema,
    identity: str,
    alerts: pa.Table,
    changes: dict[str, str],
    stale: list[Segment],
) -> None:
    """Write ``alerts`` and, in one transaction, list them, unlist the capture's old ones and complete it."""
    retention.sweep(folder, ledger)
    with ledger.reading() as connection:
        old = list_segments(connection, Wanted(dataset=ALERTS, captures=[identity]))
    new: list[Segment] = []
    writer = DatasetWriter(
        folder,
        schema,
        Place(ALERTS, 0, name_key(identity), 0),
        capture=identity,
        cut=Cut(),
        known={},
        seal=new.append,
        first_seq=lambda hour: 1 + max((s.seq for s in old if _hour_number(s) == hour), default=-1),
    )
    try:
        writer.append(alerts)
        writer.finish()
    except BaseException:
        writer.give_up()
        raise
    with ledger.transaction() as connection:
        discard_segments(connection, [*old, *stale])
        for segment in new:
            add_segment(connection, segment)
        complete_capture(connection, identity, changes)
    retention.sweep(folder, ledger)


def _hour_number(segment: Segment) -> int:
    """Hours since 1970 of the segment's folder and name."""
    return Place.number(segment.day, segment.hour)
