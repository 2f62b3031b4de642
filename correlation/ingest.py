"""Writing one capture: the ``Ingest`` of the embedded store.

Segments are listed when they are sealed, so records can be searched while a capture is still being read, and a killed
run loses at most the segments it had open. Alerts are listed in the transaction that makes the capture complete.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
from sqlalchemy.exc import IntegrityError

from correlation import retention
from correlation.captures import audit_capture, complete_capture, cut_of, find_capture, save_capture
from correlation.lock import hold_capture
from correlation.manifest import (
    Segment,
    Wanted,
    add_segment,
    discard_segments,
    list_segments,
)
from correlation.partitions import Cut, DatasetWriter, Name
from correlation.quarantine import Admission
from correlation.segments import Place, name_key
from correlation.store import CaptureRecord
from correlation.writer import Writer
from parsers.schema import Dataset
from wanglou.audit import Actor
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

ALERTS = "alert"
"""Name of the dataset that is replaced as a whole when rules change."""


class LakeIngest:
    """Writes a capture's records, holding the capture's lock."""

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        actor: Actor,
        datasets: Mapping[str, Dataset],
        capture: CaptureRecord,
        identity: Future[str] | None,
        *,
        cut: Cut,
        reserve_bytes: int,
    ) -> None:
        """Take ``capture`` on, at once or, with a Future for its identity, as soon as that is known."""
        self._folder, self._ledger, self._actor, self._capture, self._cut = folder, ledger, actor, capture, cut
        self._identity, self._reserve_bytes = identity, reserve_bytes
        self._admission = Admission()
        self._schemas = {name: dataset.arrow for name, dataset in datasets.items()}
        self._listing = threading.Lock()
        self._held = ExitStack()
        self._temporary = self._held.enter_context(retention.hold_unnamed(folder))
        self._name: Name | None = None
        self._committed = False
        try:
            retention.check_space(folder, reserve_bytes)
            retention.clean_unnamed(folder)
            self._identify(wait=False)
        except BaseException:
            self._held.close()
            raise
        self._writer = Writer(folder, self._open_dataset, self._check)

    def _check(self, writers: Mapping[str, DatasetWriter], is_last: bool) -> None:
        """Before each table: see that there is room, and whether the segments can have their names."""
        retention.check_space(self._folder, self._reserve_bytes)
        if self._name is None:
            name = self._identify(wait=is_last)
            for dataset, writer in writers.items():
                if name is not None:
                    writer.rename(self._of(dataset, name))

    def _identify(self, *, wait: bool) -> Name | None:
        """Take the capture's lock and begin, once its identity is known."""
        if self._identity is not None and not (wait or self._identity.done()):
            return None
        if self._identity is not None:
            self._capture = replace(self._capture, identity=self._identity.result())
        identity = self._capture.identity
        self._held.enter_context(hold_capture(self._folder, identity, self._capture.name))
        self._name = Name(identity, name_key(identity), self._begin(identity))
        return self._name

    def _of(self, dataset: str, name: Name) -> Name:
        return replace(name, known={path: known for path, known in name.known.items() if known.dataset == dataset})

    def _begin(self, identity: str) -> dict[str, Segment]:
        """Note the capture, drop segments that were parsed or cut otherwise, delete orphans; gives what is kept."""
        with self._ledger.change(self._actor) as change:
            connection = change.connection
            before = find_capture(connection, identity)
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
            audit_capture(change, "capture.started", identity, before)
        retention.sweep(self._folder, self._ledger)
        retention.clean(self._folder, self._ledger, identity)
        return {segment.path: segment for segment in kept}

    def _open_dataset(self, dataset: str) -> DatasetWriter:
        name = self._of(dataset, self._name) if self._name else self._temporary
        return DatasetWriter(
            self._folder,
            self._schemas[dataset],
            dataset,
            name,
            cut=self._cut,
            seal=self._list,
            admission=self._admission,
        )

    def _list(self, segment: Segment) -> None:
        with self._listing, self._ledger.transaction() as connection:
            add_segment(connection, segment)

    def append(self, dataset: str, table: pa.Table) -> None:
        """Add records of one dataset, in the order the packets came; raises what an earlier table met on the disk."""
        if dataset not in self._schemas or dataset == ALERTS:
            raise StoreError(f"{dataset!r} is no dataset that records are appended to", where=str(self._folder))
        self._writer.append(dataset, table)

    def commit(self, alerts: pa.Table, counters: Mapping[str, int], detection_digest: str) -> Mapping[str, int]:
        """Seal and list everything, put ``alerts`` in place and mark the capture complete; gives what went apart."""
        written = self._writer.finish()
        made = {path for writer in written.values() for path in writer.made}
        known = self._name.known if self._name else {}
        stale = [s for s in known.values() if s.path not in made and s.dataset != ALERTS]
        told = {**counters, **self._admission.counters}
        changes = {"counters": json.dumps(told), "detection_digest": detection_digest}
        schema, identity = self._schemas[ALERTS], self._capture.identity
        write_alerts(self._folder, self._ledger, self._actor, schema, identity, alerts, changes, stale)
        self._committed = True
        return self._admission.counters

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Drop what is not sealed, unless it was committed."""
        with self._held:
            if not self._committed:
                self._writer.abandon()


def write_alerts(
    folder: Path,
    ledger: Ledger,
    actor: Actor,
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
        ALERTS,
        Name(identity, name_key(identity), {}),
        cut=Cut(),
        seal=new.append,
        first_seq=lambda hour: 1 + max((s.seq for s in old if _hour_number(s) == hour), default=-1),
    )
    try:
        writer.append(alerts)
        writer.finish()
    except BaseException:
        writer.give_up()
        raise
    with ledger.change(actor) as change:
        connection = change.connection
        before = find_capture(connection, identity)
        discard_segments(connection, [*old, *stale])
        for segment in new:
            add_segment(connection, segment)
        complete_capture(connection, identity, changes)
        replaced = before is not None and before.is_complete
        audit_capture(change, "capture.alerts_replaced" if replaced else "capture.read", identity, before)
    retention.sweep(folder, ledger)


def _hour_number(segment: Segment) -> int:
    """Hours since 1970 of the segment's folder and name."""
    return Place.number(segment.day, segment.hour)
