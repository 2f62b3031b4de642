"""The sign of life of a running job: its progress goes to the ledger, and from there it hears that it shall end."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from console.job import Job, Phase, Progress
from console.jobs import Jobs
from wanglou.errors import StoreError

if TYPE_CHECKING:
    from wanglou.capture_report import CaptureReport

BEAT_S = 0.5
"""How often a running job's progress is written, and asked whether it shall go on."""
STUCK_S = 60.0
"""A replay that does not come to its next batch for so long after it was cancelled ends its process."""
STUCK_CODE = 70
"""Exit code then (``EX_SOFTWARE`` of sysexits.h)."""

_log = logging.getLogger(__name__)


class StoppedError(Exception):
    """A job shall not go on: it was cancelled, taken by another worker, or the worker is to end."""


class Heartbeat:
    """Says while a job runs that its worker lives and how far it has come, and hears whether it shall go on.

    It is what ``appliance.replay`` tells its progress to; between two batches it raises StoppedError.
    """

    def __init__(
        self,
        jobs: Jobs,
        job: Job,
        worker: str,
        ending: threading.Event,
        announce: Callable[[Job, str], None] = lambda _job, _identity: None,
    ) -> None:
        """Speak for ``job``; ``ending`` is set when the worker is to end.

        ``announce`` is called with the identity of a capture as soon as its alerts can be found.
        """
        self._jobs, self._job, self._worker, self._ending = jobs, job, worker, ending
        self._announce = announce
        self.progress = Progress()
        """How far the job has come."""
        self._began = 0.0
        self._is_over = threading.Event()
        self._is_refused = threading.Event()
        self._refused_at = 0.0
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End."""
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.wait(BEAT_S):
            try:
                goes_on = self._jobs.beat(self._job, self._worker, self.progress)
            except StoreError:  # a ledger that is away for a moment; it is tried again until the lease is over
                continue
            if not goes_on and not self._is_refused.is_set():
                self._refused_at = time.monotonic()
                self._is_refused.set()
            if self._is_stuck():
                _log.error("replay does not end, ending the process job=%s", self._job.id)
                os._exit(STUCK_CODE)

    def _is_stuck(self) -> bool:
        """True where the job was cancelled long ago and is still reading, as in a loop of a kernel."""
        is_late = self._is_refused.is_set() and time.monotonic() - self._refused_at > STUCK_S
        return is_late and self.progress.phase == "reading"

    def check(self) -> None:
        """Raise StoppedError if the job shall not go on."""
        if self._is_refused.is_set() or self._ending.is_set():
            raise StoppedError

    def check_ending(self) -> None:
        """Raise StoppedError if the worker is to end: for what cannot be cancelled, but done again."""
        if self._ending.is_set():
            raise StoppedError

    def enter(self, phase: Phase, size_bytes: int | None = None) -> None:
        """Say what is being done from now on."""
        size = self.progress.size_bytes if size_bytes is None else size_bytes
        self.progress = replace(self.progress, phase=phase, size_bytes=size)

    def start(self, path: Path, size_bytes: int) -> None:
        """Begin to read a capture."""
        del path
        self._began = time.monotonic()
        self.enter("reading", size_bytes)
        self.check()

    def advance(self, position_bytes: int, packets: int, dropped: int) -> None:
        """Keep how far reading has come; the next beat tells it."""
        seconds = max(time.monotonic() - self._began, 1e-6)
        size = self.progress.size_bytes
        left = seconds * max(size - position_bytes, 0) / position_bytes if position_bytes else None
        rates = (packets / seconds, position_bytes / seconds)
        self.progress = Progress("reading", position_bytes, size, packets, dropped, seconds, *rates, left)
        self.check()

    def kept(self, identity: str) -> None:
        """Announce the alerts; should the ledger fail just then, pages see them when they load."""
        try:
            self._announce(self._job, identity)
        except StoreError as error:
            _log.warning("alerts not announced capture=%s: %s", identity, error)

    def done(self, report: CaptureReport) -> None:
        """Nothing: what came of it is told by the job's outcome."""
