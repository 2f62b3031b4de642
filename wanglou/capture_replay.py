"""One capture on its way through the stages.

Two threads share it, because kernels, Arrow and Parquet leave the interpreter's lock: one reads and dissects, the other
derives, detects and stores (and the lake writes in a third). A capture's identity is the digest of its bytes, computed
beside all that; nothing waits for it but the names of the lake's files and of the alerts.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

import wanglou
from parsers.dissection import VERSION, Dissector
from sensors.pcap import Capture
from wanglou.capture_report import CaptureReport, Progress, Silent, State
from wanglou.file_name import write_path
from wanglou.remembering import Remembered
from wanglou.replay_options import ReplayOptions
from wanglou.shift import shift_batch

if TYPE_CHECKING:
    from correlation.store import Store
    from detection.detector import Detector
    from detection.rule import Ruleset

Tables = Mapping[str, pa.Table]

_AHEAD = 1  # batches dissected ahead of detection: few and large ones take less time than more, and no more memory
_UNDECODED = ("packets_cut_short", "packets_bad_header", "packets_nested_too_deep", "packets_bad_checksum")


@dataclass(frozen=True, slots=True)
class Backend:
    """What the second thread works with."""

    rules: Ruleset
    lake: Store


def digest_parser(options: ReplayOptions, shift_ns: int = 0) -> str:
    """Digest of what decides which records a capture's bytes give."""
    settings = f"{wanglou.__version__}:{VERSION}:{options.verify_checksums}" + (f":{shift_ns}" if shift_ns else "")
    return hashlib.sha256(settings.encode()).hexdigest()[:16]


class CaptureReplay:
    """One capture on its way through the stages."""

    def __init__(
        self,
        capture: Capture,
        identity: Future[str],
        options: ReplayOptions,
        backend: Future[Backend],
        state: State,
        shift_ns: int = 0,
    ) -> None:
        """Prepare; nothing is read yet."""
        self._shift_ns = shift_ns
        self._progress: Progress = Silent()
        self._capture, self._identity, self._options = capture, identity, options
        self._backend, self._state = backend, state
        self._dissector = Dissector(
            "",
            write_path(capture.path.name),
            options.enterprise,
            options.site,
            verify_checksums=options.verify_checksums,
        )
        self._queue: queue.Queue[Tables | None] = queue.Queue(_AHEAD)
        self._failure: BaseException | None = None
        self._stopped = False
        self._records: dict[str, int] = {}
        self._remembered = Remembered()
        self._alerts = 0
        self._counters: dict[str, int] = {}

    def run(self, progress: Progress) -> CaptureReport:
        """Read and dissect here while the other thread detects and stores; raises what failed there."""
        began = time.perf_counter()
        self._progress = progress
        consumer = threading.Thread(target=self._consume, name="store")
        consumer.start()
        try:
            self._produce(progress)
        except BaseException:
            self._stopped = True
            raise
        finally:
            self._put(None)
            consumer.join()
        if self._failure is not None:
            raise self._failure
        return CaptureReport(
            self._capture.path,
            self._identity.result(),
            self._state,
            self._capture.counters["packets"],
            self._capture.counters["bytes"],
            time.perf_counter() - began,
            self._records,
            self._alerts,
            self._counters,
            self._capture.fault,
            self._shift_ns,
            remembered=self._remembered.tables if self._state == "read" else {},
        )

    def _produce(self, progress: Progress) -> None:
        """Dissect batch after batch; stops early when the other thread failed."""
        capture = self._capture
        dissector = self._dissector
        for batch in capture.batches(reuse=True):
            if self._failure is not None:
                return
            self._put(dissector.read(shift_batch(batch, self._shift_ns)))
            counters = dissector.status_counters
            dropped = sum(counters[name] for name in _UNDECODED)
            progress.advance(capture.position_bytes, batch.first + len(batch), dropped)
        self._put(dissector.read_end())

    def _put(self, tables: Tables | None) -> None:
        """Hand over, waiting while the other thread is behind; gives up when it is gone."""
        while self._failure is None:
            try:
                self._queue.put(tables, timeout=0.2)
            except queue.Full:
                continue
            return

    def _consume(self) -> None:
        """Run the second thread; what fails there is kept for the first."""
        try:
            self._detect_and_store()
        except BaseException as error:  # noqa: BLE001 - a worker's rim: the first thread raises it again
            self._failure = error

    def _detect_and_store(self) -> None:
        """Detect and store until the capture ends."""
        from correlation.store import CaptureRecord
        from detection.detector import Detector

        rules, lake = self._backend.result().rules, self._backend.result().lake
        detector = Detector(rules, self._options.site, self._identity.result, write_path(self._capture.path.name))
        if self._state == "alerts_replaced":
            for tables in self._take():
                detector.feed(tables)
            if not self._stopped:
                lake.replace_alerts(self._identity.result(), self._finish(detector), rules.digest)
                self._progress.kept(self._identity.result())
            return
        record = CaptureRecord(
            "",
            write_path(self._capture.path.resolve()),
            self._options.enterprise,
            self._capture.size_bytes,
            digest_parser(self._options, self._shift_ns),
            self._shift_ns,
        )
        with lake.ingest(record, self._identity) as ingest:
            for tables in self._take():
                detector.feed(tables)
                for dataset, table in tables.items():
                    ingest.append(dataset, table)
            if not self._stopped:
                alerts = self._finish(detector)
                self._counters = {**self._counters, **ingest.commit(alerts, self._counters, rules.digest)}
                self._progress.kept(self._identity.result())

    def _take(self) -> Iterator[Tables]:
        """Records in order: what is derived from tables is made here."""
        while (read := self._queue.get()) is not None:
            tables = self._dissector.derived.extend(read)
            for dataset, table in tables.items():
                self._records[dataset] = self._records.get(dataset, 0) + table.num_rows
            self._remembered.add(tables)
            yield tables

    def _finish(self, detector: Detector) -> pa.Table:
        """Alerts, once all records are in."""
        alerts = detector.finish()
        self._alerts = alerts.num_rows
        self._remembered.add({"alert": alerts})
        self._counters = {**self._capture.counters, **self._dissector.counters, **detector.counters}
        return alerts
