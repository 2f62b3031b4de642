"""What can go wrong, told so that a person can act on it.

Tree::

    WanglouError            what happened, where, what to do; exit code 3
    ├── UsageError          a wrong argument or query; exit code 2
    ├── CaptureError        a file that is no capture, is cut off, or cannot be decoded
    ├── FaultsError         every fault of a rule, site, manifest or settings file, each with file and line
    └── StoreError          a lake that cannot be read or written
        ├── LockedError     a capture that another process is writing
        └── ConflictError   a thing that somebody else changed meanwhile

What the wire says is never an exception: parsers turn it into ``MALFORMED`` records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class WanglouError(Exception):
    """Something a person must know: what, where, and what to do about it."""

    exit_code = 3

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        """Join the three parts into one message of one to three short sentences."""
        self.what, self.where, self.do = what, where, do
        super().__init__(": ".join(part for part in (where, what) if part) + (f" ({do})" if do else ""))


class UsageError(WanglouError):
    """A wrong argument, option or query."""

    exit_code = 2


class CaptureError(WanglouError):
    """A file that is no capture, or that cannot be read further; ``where`` names file and byte offset."""


class StoreError(WanglouError):
    """A lake that is missing, unwritable, full, or of a newer version."""


class LockedError(StoreError):
    """A capture of a lake that another process is writing; ``where`` names the lock."""


class ConflictError(StoreError):
    """A thing that somebody else changed since it was read."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one file."""

    path: Path
    line: int
    """Line in the file, from 1; 0 where the fault is the whole file's."""
    message: str

    def __str__(self) -> str:
        """Render as ``file:line: message``, which editors and terminals make clickable."""
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


class FaultsError(WanglouError):
    """All faults found while loading data files, collected so that one run shows them all."""

    def __init__(self, subject: str, faults: Sequence[Fault]) -> None:
        """Keep the faults in file and line order; ``subject`` names what was being loaded."""
        self.faults = sorted(faults, key=lambda fault: (str(fault.path), fault.line))
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        word = "fault" if len(self.faults) == 1 else "faults"
        super().__init__(f"{subject}: {len(self.faults)} {word}\n{lines}")
