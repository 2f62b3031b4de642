"""The worker for uploads: a process of its own, because what it reads is hostile.

    python -m console.worker < settings.json

reads its settings as one line of JSON from the standard input and ends when that input does, so no worker outlives the
console that started it (``ending.py``). It takes jobs from the ledger until then, and says once it is ready.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from console.draining import Drainer
from console.ending import watch
from console.following import Follower
from console.housekeeping import tidy
from console.job_tables import JOBS
from console.work import Held, Work
from console.work_settings import FAULT, READY, WorkSettings, read_settings
from correlation.binding import require_bound
from correlation.opening import find_folder, find_ledger
from wanglou.audit import Actor
from wanglou.compilation import compile_all
from wanglou.errors import StoreError, WanglouError
from wanglou.kernel_cache import is_compiled
from wanglou.ledger import Ledger
from wanglou.site import load_site
from wanglou.stages import open_stages

POLL_S = 0.3
"""How often the ledger is asked for jobs while there are none."""
RECOVER_S = 5.0
"""How often it is looked for jobs of workers that died."""
TIDY_S = 600.0
LOCK = "worker.lock"
"""File in the folder of uploads that its worker holds."""
_OOM_SCORE = "500"

_log = logging.getLogger("console.worker")


def open_ledger(settings: WorkSettings) -> Ledger:
    """Open the ledger with all tables that the worker needs; a lake that is not there yet is made.

    Raises StoreError where the ledger belongs to another store.
    """
    location = find_ledger(settings.ledger, settings.store)
    folder = find_folder(settings.store)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    ledger = open_stages(location, [JOBS], create=True)
    try:
        require_bound(ledger, location, settings.store)
    except BaseException:
        ledger.close()
        raise
    return ledger


def run(settings: WorkSettings, ending: threading.Event, held: Held | None = None) -> None:
    """Do jobs until ``ending`` is set, ``held`` knowing which; a ledger that is away is waited for."""
    site = load_site(Path(settings.site)) if settings.site else None
    actor = Actor("system:worker", socket.gethostname())
    if not is_compiled():
        _log.info("kernels are being compiled; that happens once and takes some minutes")
        compile_all()
    with open_ledger(settings) as ledger:
        work = Work(settings, ledger, site, actor, ending, held)
        drainer = Drainer(settings, ledger, site, actor)
        if not _wait_turn(settings.folder / LOCK, ending):
            return
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        with drainer, Follower(settings, ledger):
            _loop(work, drainer, partial(tidy, settings, ledger, site, actor), actor, ending)


def _wait_turn(path: Path, ending: threading.Event) -> bool:
    """Wait until no other worker has this folder of uploads, as after a console that was killed; False at the end.

    The lock is held as long as this process lives.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    while not ending.is_set():
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            ending.wait(POLL_S)
        else:
            return True
    return False


def _loop(
    work: Work, drainer: Drainer, tidy_up: Callable[[], Mapping[str, int]], actor: Actor, ending: threading.Event
) -> None:
    recover_at = tidy_at = 0.0
    while not ending.is_set():
        try:
            if time.monotonic() >= recover_at:
                name = "" if recover_at else work.name  # at the beginning its own jobs are those of a dead one
                for job in work.jobs.recover(name, actor):
                    _log.warning("job of a dead worker job=%s state=%s", job.id, job.state)
                recover_at = time.monotonic() + RECOVER_S
            if work.do_next() or drainer.drain():
                continue
            if time.monotonic() >= tidy_at:
                _tidy(tidy_up)
                tidy_at = time.monotonic() + TIDY_S
        except StoreError as error:
            _log.warning("store failed: %s", error)
            ending.wait(RECOVER_S)
        ending.wait(POLL_S)


def _tidy(tidy_up: Callable[[], Mapping[str, int]]) -> None:
    """Tidy up; what goes wrong there must not keep jobs from being done."""
    try:
        tidy_up()
    except StoreError:
        raise
    except Exception:  # noqa: BLE001 - a worker's rim: it tells, and goes on
        _log.exception("could not tidy up")


def give_way(nice: int) -> None:
    """Let other processes go first, and be the one that goes when memory runs out."""
    os.nice(nice)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")


def main() -> None:
    """Run as a program; exit code 3 when it could not begin."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    settings = read_settings(json.loads(sys.stdin.buffer.readline()))
    ending = threading.Event()
    held = Held()
    watch(ending, held.give_back)
    give_way(settings.nice)
    try:
        run(settings, ending, held)
    except WanglouError as error:
        _log.error("worker cannot begin: %s", error)
        sys.stdout.write(f"{FAULT}{json.dumps(str(error))}\n")
        sys.exit(WanglouError.exit_code)


if __name__ == "__main__":
    main()
