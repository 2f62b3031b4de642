"""The anchor: where the audit was last seen to end, in a file outside the database.

Rows removed at the end, and a whole database put back to an earlier state, leave a chain that is right in itself; the
anchor tells of the rows that were there. It is written after each commit, so it may lag behind the audit by what was
being committed when the power went, and never leads. One line: number, colon, digest.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from wanglou.audit import Head, parse_head
from wanglou.errors import StoreError, UsageError

_LENGTH = 128
"""Bytes written at once, padded with spaces: one sector, so that a reader finds the old line or the new one."""


class Anchor:
    """The file that holds one line."""

    def __init__(self, path: Path) -> None:
        """Take the file; nothing is opened yet."""
        self.path = path

    def read(self) -> Head | None:
        """Give the head that was noted, or None where there is no file; raises StoreError for one that is no anchor."""
        try:
            text = self.path.read_text(encoding="ascii", errors="replace")
            return parse_head(text)
        except FileNotFoundError:
            return None
        except (OSError, UsageError) as error:
            what = error.strerror if isinstance(error, OSError) else "this is no anchor of an audit"
            raise StoreError(
                str(what), where=str(self.path), do="compare with a head that was kept elsewhere"
            ) from error

    def describe(self) -> dict[str, str] | None:
        """Tell for the audit what the file holds; None where there is none."""
        try:
            return {"head": self.path.read_text(encoding="ascii", errors="replace").strip()[:_LENGTH]}
        except OSError:
            return None

    def note(self, head: Head, *, anew: bool = False) -> None:
        """Write ``head`` where it is further than what the file tells, or ``anew``; several processes may.

        Raises StoreError when the file cannot be written; the change itself is kept.
        """
        try:
            self._note(head, anew=anew)
        except OSError as error:
            raise StoreError(
                f"the change is kept, but not the audit's anchor: {error.strerror}",
                where=str(self.path),
                do="give this user write permission there, or free some space",
            ) from error

    def _note(self, head: Head, *, anew: bool) -> None:
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            present = os.pread(file, _LENGTH, 0)
            if anew or _count(present) < head.count:
                os.ftruncate(file, min(len(present), _LENGTH))
                os.pwrite(file, f"{head}".ljust(_LENGTH - 1).encode("ascii") + b"\n", 0)
                if not present:
                    os.fsync(file)
        finally:
            os.close(file)


def _count(line: bytes) -> int:
    try:
        return parse_head(line.decode("ascii", "replace")).count
    except UsageError:
        return -1 if not line.strip() else 1 << 62  # what is no anchor stays for verify to tell
