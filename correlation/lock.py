"""One writer at a time for each capture, across processes: a file lock that the kernel lets go of with its process."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from correlation.segments import failing, name_key
from wanglou.errors import LockedError

LOCKS = "locks"
"""Folder of a lake where locks lie."""


def hold_capture(folder: Path, identity: str, name: str) -> contextlib.AbstractContextManager[None]:
    """Hold a capture of the lake in ``folder``; ``name`` is what people call it."""
    return hold(folder / LOCKS / name_key(identity), name)


@contextlib.contextmanager
def hold(path: Path, name: str) -> Iterator[None]:
    """Hold the lock ``path`` for the capture ``name``; raises LockedError at once when somebody else does."""
    with failing(path):
        descriptor = _take(path, name)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _take(path: Path, name: str) -> int:
    """Lock the file that is at ``path`` now: the one opened may have been removed by the holder before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise LockedError(
                f"another process is writing the capture {name}", where=str(path), do="wait until it is done"
            ) from None
        if _is_same(descriptor, path):
            return descriptor
        os.close(descriptor)


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
