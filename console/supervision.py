"""Keeps a worker running: starts its process, starts it anew after it died, waits longer each time it dies soon."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from console.work_settings import FAULT, READY, WorkSettings

FIRST_WAIT_S = 0.5
MOST_WAIT_S = 60.0
STEADY_S = 60.0
"""A worker that lived so long is started anew at once."""
GRACE_S = 20.0
"""How long a worker may take to end when it is told to; then it is killed, and takes its job again next time."""


_ROOT = str(Path(__file__).resolve().parent.parent)
"""Where the packages lie, so that the worker runs what this process does, from whatever folder."""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How a worker is."""

    pid: int | None
    """Its process; None while there is none."""
    is_ready: bool
    """True once it takes jobs."""
    restarts: int
    """How often it was started anew."""
    exit_code: int | None
    """How its last process ended, negative for a signal; None where none has."""
    wait_s: float
    """How long is waited before it is started anew; 0 while it runs."""
    fault: str
    """Why its last process could not begin; empty where one did, or none has ended."""


class Supervisor:
    """Keeps one worker running from ``start`` to ``stop``."""

    def __init__(
        self, settings: WorkSettings, *, log: IO[bytes] | None = None, first_wait_s: float = FIRST_WAIT_S
    ) -> None:
        """Start nothing yet; the worker's log goes to ``log``, by default to the standard error."""
        self._facts, self._log, self._first_wait_s = asdict(settings), log, first_wait_s
        self._ending = threading.Event()
        self._ready = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._restarts = 0
        self._exit_code: int | None = None
        self._wait_s = 0.0
        self._fault = ""
        self._thread = threading.Thread(target=self._keep, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin to keep the worker running."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker, within ``GRACE_S`` or by force, and stop keeping it."""
        self._ending.set()
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._thread.is_alive():
            self._thread.join()

    def restart(self) -> None:
        """Let a new process take the worker's place, as after a change of the site file; its job is given back."""
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until the worker takes jobs; gives whether it does."""
        return self._ready.wait(timeout_s)

    @property
    def status(self) -> WorkerStatus:
        """Tell how the worker is."""
        process = self._process
        pid = process.pid if process is not None and process.poll() is None else None
        is_ready = pid is not None and self._ready.is_set()
        return WorkerStatus(pid, is_ready, self._restarts, self._exit_code, self._wait_s, self._fault)

    def _keep(self) -> None:
        wait_s = self._first_wait_s
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                self._exit_code = self._run()
            except OSError:  # no process can be made just now
                self._exit_code = None
            self._ready.clear()
            if self._ending.is_set():
                return
            wait_s = self._first_wait_s if time.monotonic() - began > STEADY_S else min(2 * wait_s, MOST_WAIT_S)
            self._restarts += 1
            self._wait_s = wait_s
            self._ending.wait(wait_s)
            self._wait_s = 0.0

    def _run(self) -> int:
        """Run one process of the worker to its end; gives how it ended."""
        with subprocess.Popen(
            [sys.executable, "-m", "console.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([_ROOT, *filter(None, [os.environ.get("PYTHONPATH")])])},
            start_new_session=True,  # Ctrl-C at the console must not end it before its job is given back
        ) as process:
            self._process = process
            if self._ending.is_set():
                process.terminate()
            with contextlib.suppress(BrokenPipeError):
                self._tell(process, self._facts)
            assert process.stdout is not None
            for line in process.stdout:
                self._hear(line.decode(errors="replace").strip())
            return process.wait()

    def _hear(self, line: str) -> None:
        """Take what the worker says of itself."""
        if line == READY:
            self._fault = ""
            self._ready.set()
        elif line.startswith(FAULT):
            with contextlib.suppress(ValueError):
                self._fault = str(json.loads(line.removeprefix(FAULT)))

    def _tell(self, process: subprocess.Popen[bytes], facts: Mapping[str, Any]) -> None:
        """Give the worker its settings; its input stays open as long as this process lives."""
        assert process.stdin is not None
        process.stdin.write(json.dumps(facts).encode() + b"\n")
        process.stdin.flush()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()
