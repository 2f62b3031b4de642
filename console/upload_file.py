"""The file of an upload: opened by one sender at a time, written piece by piece, given its name at the end."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from console.upload import Upload
from console.upload_room import DiskFullError
from wanglou.errors import LockedError, StoreError, UsageError

PART = "part"
"""Name of the file while it is received."""


class Sink:
    """Takes the bytes of one piece as they come; made by ``uploads.Uploads.appending``."""

    def __init__(self, descriptor: int, offset: int, size_bytes: int) -> None:
        """Write from ``offset`` up to ``size_bytes``."""
        self._descriptor, self.offset, self._size = descriptor, offset, size_bytes

    def write(self, data: bytes | memoryview) -> None:
        """Write more; raises UsageError for bytes beyond the announced size, of which none is written."""
        view = memoryview(data)
        if self.offset + len(view) > self._size:
            raise UsageError(f"more bytes than the {self._size} announced", do="announce the file's size")
        while view:
            with failing():
                written = os.write(self._descriptor, view)
            self.offset += written
            view = view[written:]


@contextlib.contextmanager
def holding(path: Path) -> Iterator[int]:
    """Open a part to append to it, alone; raises LockedError while somebody else does."""
    with failing(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            do = "wait a moment, then ask how far it came"
            raise LockedError("somebody else sends this upload just now", do=do) from None
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def failing(path: Path | None = None) -> Iterator[None]:
    """Raise DiskFullError where the disk is full, StoreError where the file at ``path`` cannot be kept otherwise."""
    where = str(path) if path else ""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(where) from error
        what = f"the upload cannot be kept: {error.strerror or error}"
        raise StoreError(what, where=where, do="check the folder of uploads, its disk and its permissions") from error


def rename(before: Path, after: Path) -> None:
    """Give a file its name, safe on the disk; raises StoreError."""
    with failing(after):
        before.rename(after)
        descriptor = os.open(after.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def changed_ns(upload: Upload) -> int:
    """Give when an upload grew last, or began."""
    try:
        return max(upload.path.stat().st_mtime_ns, upload.created_ns)
    except OSError:
        return upload.created_ns
