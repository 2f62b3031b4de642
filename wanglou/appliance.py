"""The stages joined into the one flow: capture files through parsers and detection into the lake, one after another."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from correlation.opening import may_hold, may_wait
from sensors.pcap import Capture, open_capture
from wanglou.capture_replay import Backend, CaptureReplay, digest_parser
from wanglou.capture_report import CaptureReport, Progress, Silent, State
from wanglou.errors import CaptureError, LockedError, StoreError
from wanglou.memory import keeping_memory
from wanglou.replay_options import ReplayOptions
from wanglou.shift import measure_shift

if TYPE_CHECKING:
    from correlation.store import Store

_WINDOW_BYTES = 18 << 20  # larger windows cost memory in every queue, smaller ones time per batch
_REMEMBERED = 20  # captures of one replay beyond which reports hold no records
_SWITCH_S = 0.0005  # a thread back from a kernel waits at most this long for the interpreter's lock


def replay(paths: Sequence[Path], options: ReplayOptions, progress: Progress | None = None) -> list[CaptureReport]:
    """Replay captures one after the other; one that cannot be read, or that another process is writing, stops no other.

    Raises ``FaultsError`` for faults in rules before anything is stored, and ``StoreError`` when the lake fails.
    """
    told = progress or Silent()
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


def _open_backend(options: ReplayOptions) -> Backend:
    """Load the later stages, the rules and the lake, while the first packets are already being dissected."""
    from correlation.opening import find_ledger, open_store
    from detection.preparation import prepare_rules
    from detection.rule import SHIPPED
    from detection.tuning import tune_rules
    from detection.tuning_ledger import read_decisions

    decisions = read_decisions(find_ledger(options.ledger, options.lake))
    rules = tune_rules(prepare_rules((SHIPPED, *options.rules), options.site), decisions)
    return Backend(rules, open_store(options.lake))


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
    path: Path, options: ReplayOptions, pool: ThreadPoolExecutor, backend: Future[Backend], progress: Progress
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
        return CaptureReplay(capture, identity, options, backend, state, shift_ns).run(progress)
    except LockedError as error:
        return CaptureReport(path, "", "refused", fault=error)


def _find_state(
    capture: Capture, identity: Future[str], options: ReplayOptions, backend: Future[Backend], shift_ns: int
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
    capture: Capture, identity: Future[str], options: ReplayOptions, backend: Future[Backend], shift_ns: int
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
