"""Writers of a SQLite file take turns, across processes and threads.

SQLite lets a writer that waits look again now and then, up to 100 ms apart. One that writes without a pause is back
before anybody looks, and the others wait until they give up: "database is locked". So whoever wants to write first
holds a lock on a file beside the ledger until the ledger's own lock is theirs. Whoever has just written comes behind
the one that waits there; of several, any may be next.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

LOOK_S = 0.005
"""Seconds between two looks whether it is one's turn: shorter than a transaction that waits for its disk."""


@contextlib.contextmanager
def taking_turn(path: Path, wait_s: float) -> Iterator[None]:
    """Hold the file ``path`` for the length of a block; raises TimeoutError after ``wait_s`` seconds, and OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        _wait(descriptor, time.monotonic() + wait_s)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError from None
            time.sleep(LOOK_S)
        else:
            return
