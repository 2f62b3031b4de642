"""The stages joined into the one flow: a capture file through parsers and detection into the lake.

Two threads share a replay, because kernels, Arrow and Parquet leave the interpreter's lock: this one reads and
dissects, the other derives, detects and stores (and the lake writes in a third). A capture's identity is the digest of
its bytes, computed beside all that; nothing waits for it but the names of the lake's files and of the alerts.
"""

from __future__ import annotations

import hashlib
import queue
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import pyarrow as pa

import wanglou
from correlation.opening import may_hold, may_wait
from parsers.dissection import VERSION, Dissector
from sensors.pcap import Capture, open_capture
from wanglou.errors import CaptureError, LockedError, StoreError, WanglouError
from wanglou.file_name import write_path
from wanglou.memory import keeping_memory
from wanglou.remembering import Remembered
from wanglou.shift import measure_shift, shift_batch
from wanglou.site import Site

if TYPE_CHECKING:
    from correlation.store import Expired, Store
    from detection.detector import Detector
    from detection.rule import Ruleset

Tables = Mapping[str, pa.Table]
State = Literal["read", "known", "alerts_replaced", "refused"]

_AHEAD = 1  # batches dissected ahead of detection: few and large ones take less time than more, and no more memory
_WINDOW_BYTES = 18 << 20  # larger windows cost memory in every queue, smaller ones time per batch
_REMEMBERED = 20  # captures of one replay beyond which reports hold no records
_SWITCH_S = 0.0005  # a thread back from a kernel waits at most this long for the interpreter's lock


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What holds for every capture of a replay."""

    lake: Path | str
    """The store, as ``correlation.opening`` reads it."""
    site: Site | None = None
    enterprise: str = ""
    """Enterprise all traffic belongs to; empty: the site file's address ranges decide."""
    rules: tuple[Path, ...] = ()
    """Folders of rules that add to or override the shipped ones."""
    max_disk_bytes: int | None = None
    """Bytes the lake may take; the oldest days go first."""
    verify_checksums: bool = False
    ledger: str = ""
    """Where decisions about rules and the state of later stages are kept, as ``correlation.opening`` reads it.

    Empty: where the store's lies.
    """
    shift_to_ns: int | None = None
    """Time to which each capture is moved: its last packet's, in nanoseconds since 1970, UTC; None moves nothing."""
    shifts_to_ns: Mapping[Path, int] = field(default_factory=dict)
    """The same for single captures, before ``shift_to_ns``."""

    def find_end(self, path: Path) -> int | None:
        """Give the time to which a capture is moved, or None."""
        return self.shifts_to_ns.get(path, self.shift_to_ns)


@dataclass(frozen=True, slots=True)
class CaptureReport:
    """What became of one capture."""

    path: Path
    identity: str
    """``wanglou.capture`` of its records; empty when it was refused."""
    state: State
    """``known``: nothing had changed since it was last read; ``alerts_replaced``: only rules or site facts had."""
    packets: int = 0
    bytes: int = 0
    """Bytes of the packets as captured."""
    seconds: float = 0.0
    records: Mapping[str, int] = field(default_factory=dict)
    """Rows by dataset."""
    alerts: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)
    fault: WanglouError | None = None
    """Why it was refused (no capture, or another process is writing it), or could not be read to its end."""
    shift_ns: int = 0
    """By how much its packets' times were moved."""
    expired: Sequence[Expired] = ()
    """Days of the lake that went after it, the oldest first, to keep ``max_disk_bytes``."""
    remembered: Mapping[str, pa.Table] = field(default_factory=dict, compare=False, repr=False)
    """All its records of those datasets of which there were few, so that nobody has to read them back."""


class Progress(Protocol):
    """Who is told how a replay goes on."""

    def start(self, path: Path, size_bytes: int) -> None:
        """A capture of that many bytes begins."""

    def advance(self, position_bytes: int, packets: int, dropped: int) -> None:
        """So far: bytes of the file, packets, and packets that could not be decoded."""

    def kept(self, identity: str) -> None:
        """All records and alerts of a capture can be found; the store may still tidy up. Told by another thread."""

    def done(self, report: CaptureReport) -> None:
        """A capture is finished."""


class _Silent:
    """Tells nobody."""

    def start(self, path: Path, size_bytes: int) -> None:
        """Ignore it."""

    def advance(self, position_bytes: int, packets: int, dropped: int) -> None:
        """Ignore it."""

    def kept(self, identity: str) -> None:
        """Ignore it."""

    def done(self, report: CaptureReport) -> None:
        """Ignore it."""


@dataclass(frozen=True, slots=True)
class _Backend:
    """What the second thread works with."""

    rules: Ruleset
    lake: Store


def replay(paths: Sequence[Path], options: ReplayOptions, progress: Progress | None = None) -> list[CaptureReport]:
    """Replay captures one after the other; one that cannot be read, or that another process is writing, stops no other.

    Raises ``FaultsError`` for faults in rules before anything is stored, and ``StoreError`` when the lake fails.
    """
    told = progress or _Silent()
    reports = []
    with keeping_memory(), ThreadPoolExecutor(2) as pool, _switching():
        backend = pool.submit(_open_backend, options)
        try:
            for path in paths:
                report = _replay_file(path, options, pool, backend, told)
                if options.max_disk_bytes is not None:
                    report = replace(report, expired=backend.result().lake.expire(options.max_disk_bytes))
                told.done(report)
                reports.append(report if len(paths) <= _REMEMBERED else replace(report, remembered={}))
        finally:
            if backend.exception() is None:
                backend.result().lake.close()
        backend.result()  # raises what is wrong with the rules even when no capture was opened
    return reports


def _open_backend(options: ReplayOptions) -> _Backend:
    """Load the later stages, the rules and the lake, while the first packets are already being dissected."""
    from correlation.opening import find_ledger, open_store
    from detection.preparation import prepare_rules
    from detection.rule import SHIPPED
    from detection.tuning import tune_rules
    from detection.tuning_ledger import read_decisions

    decisions = read_decisions(find_ledger(options.ledger, options.lake))
    rules = tune_rules(prepare_rules((SHIPPED, *options.rules), options.site), decisions)
    return _Backend(rules, open_store(options.lake))


@contextmanager
def _switching() -> Iterator[None]:
    """Let threads take turns quickly while a replay runs."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _replay_file(
    path: Path, options: ReplayOptions, pool: ThreadPoolExecutor, backend: Future[_Backend], progress: Progress
) -> CaptureReport:
    """Replay one capture, or tell why it was refused or needs no reading."""
    try:
        capture = open_capture(path, enterprise=options.enterprise, window_bytes=_WINDOW_BYTES)
    except CaptureError as error:
        return CaptureReport(path, "", "refused", fault=error)
    progress.start(path, capture.size_bytes)
    identity = pool.submit(lambda: capture.identity)
    end_ns = options.find_end(path)
    shift_ns = measure_shift(capture, end_ns) if end_ns is not None else 0
    state = _find_state(capture, identity, options, backend, shift_ns)
    if state == "known":
        counters = _read_refused(backend.result().lake, identity.result())
        return CaptureReport(path, identity.result(), "known", counters=counters, shift_ns=shift_ns)
    try:
        return _Replay(capture, identity, options, backend, state, shift_ns).run(progress)
    except LockedError as error:
        return CaptureReport(path, "", "refused", fault=error)


def _find_state(
    capture: Capture, identity: Future[str], options: ReplayOptions, backend: Future[_Backend], shift_ns: int
) -> State:
    """What there is to do; waits for the digest only when the lake holds a capture of the same size.

    A store that cannot be asked, but has a spool, is given the capture: what it has already is there once all the same.
    """
    try:
        return _ask_state(capture, identity, options, backend, shift_ns)
    except StoreError as error:
        if not may_wait(options.lake, error):
            raise
        return "read"


def _ask_state(
    capture: Capture, identity: Future[str], options: ReplayOptions, backend: Future[_Backend], shift_ns: int
) -> State:
    if not may_hold(options.lake):
        return "read"
    rules, lake = backend.result().rules, backend.result().lake
    if all(known.record.size_bytes != capture.size_bytes for known in lake.captures()):
        return "read"
    known = lake.state(identity.result())
    if known is None or not known.is_complete or known.record.parser_digest != digest_parser(options, shift_ns):
        return "read"
    return "known" if known.detection_digest == rules.digest else "alerts_replaced"


def _read_refused(lake: Store, identity: str) -> dict[str, int]:
    """Tell how many documents of a known capture its store refused, and still lacks."""
    known = lake.state(identity)
    count = known.counters.get("store_dead_letters", 0) if known is not None else 0
    return {"store_dead_letters": count} if count else {}


def digest_parser(options: ReplayOptions, shift_ns: int = 0) -> str:
    """Digest of what decides which records a capture's bytes give."""
    settings = f"{wanglou.__version__}:{VERSION}:{options.verify_checksums}" + (f":{shift_ns}" if shift_ns else "")
    return hashlib.sha256(settings.encode()).hexdigest()[:16]


class _Replay:
    """One capture on its way through the stages."""

    def __init__(
        self,
        capture: Capture,
        identity: Future[str],
        options: ReplayOptions,
        backend: Future[_Backend],
        state: State,
        shift_ns: int = 0,
    ) -> None:
        """Prepare; nothing is read yet."""
        self._shift_ns = shift_ns
        self._progress: Progress = _Silent()
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


_UNDECODED = ("packets_cut_short", "packets_bad_header", "packets_nested_too_deep", "packets_bad_checksum")
