"""What waits on the disk while a cluster is out of reach: entries in order, bounded, whole after any crash.

One file an entry, ``<number>-<bytes>-<rows>.entry``, written aside, flushed and renamed, so that a killed writer leaves
none half written. Any number of processes add; one at a time takes entries out. What found no room is counted in the
file ``lost``.
"""

from __future__ import annotations

import fcntl
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from correlation.segments import failing
from wanglou.errors import StoreError

SPOOL_BYTES = 1 << 30
"""Room of a spool where nobody says otherwise."""
MOST_ENTRIES = 50_000
RESERVED = 8
"""One part of so many is kept free for entries that are ``urgent``: alerts, and beginnings and ends of captures."""
_NAME = re.compile(r"(\d{12})-(\d+)-(\d+)\.entry", re.ASCII)
_LOCK, _TURN, _LOST = "lock", "turn", "lost"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that waits."""

    number: int
    size_bytes: int
    rows: int
    """Documents in it."""
    path: Path


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a spool holds."""

    entries: int
    size_bytes: int
    rows: int
    lost: int
    """Documents that found no room, ever."""


class Spool:
    """Entries in one folder, which is made with the first."""

    def __init__(self, folder: Path, max_bytes: int = SPOOL_BYTES) -> None:
        """Hold at most ``max_bytes``."""
        self.folder, self.max_bytes = folder, max_bytes

    def add(self, content: bytes, rows: int, *, urgent: bool = False) -> bool:
        """Put an entry at the end, on the disk; False where there is no room for it. Raises StoreError."""
        packed = zlib.compress(content, 1)
        with failing(self.folder), self._holding(_LOCK):
            held = self._list()
            room = self.max_bytes - (0 if urgent else self.max_bytes // RESERVED)
            if sum(one.size_bytes for one in held) + len(packed) > room or len(held) >= MOST_ENTRIES:
                return False
            number = held[-1].number + 1 if held else 1
            self._write(self.folder / f"{number:012d}-{len(packed)}-{rows}.entry", packed)
        return True

    def lose(self, rows: int) -> None:
        """Count documents that found no room."""
        with failing(self.folder), self._holding(_LOCK):
            self._write(self.folder / _LOST, str(self._lost() + rows).encode())

    def is_empty(self) -> bool:
        """True where nothing waits."""
        return not self._list()

    def measure(self) -> Waiting:
        """Tell what waits, and how much was lost."""
        held = self._list()
        return Waiting(len(held), sum(one.size_bytes for one in held), sum(one.rows for one in held), self._lost())

    def first(self) -> Entry | None:
        """Give the entry that waits longest."""
        return next(iter(self._list()), None)

    def read(self, entry: Entry) -> bytes:
        """Give an entry's content; raises StoreError for one that the disk damaged."""
        with failing(entry.path):
            packed = entry.path.read_bytes()
        try:
            return zlib.decompress(packed)
        except zlib.error as error:
            do = "move this file away, then run `wanglou store drain`"
            raise StoreError("this entry of the spool is damaged", where=str(entry.path), do=do) from error

    def remove(self, entry: Entry) -> None:
        """Take an entry out, once what it holds is where it belongs."""
        with failing(entry.path):
            entry.path.unlink(missing_ok=True)

    @contextmanager
    def taking(self) -> Iterator[bool]:
        """Hold the turn to take entries out; gives False where another process has it."""
        if not self.folder.is_dir():
            yield True
            return
        with failing(self.folder), (self.folder / _TURN).open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    @contextmanager
    def _holding(self, name: str) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / name).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _list(self) -> list[Entry]:
        """List the entries in order; what is being written is none yet."""
        try:
            names = sorted(path.name for path in self.folder.iterdir())
        except FileNotFoundError:
            return []
        found = (match for name in names if (match := _NAME.fullmatch(name)))
        return [Entry(int(one[1]), int(one[2]), int(one[3]), self.folder / one[0]) for one in found]

    def _lost(self) -> int:
        try:
            return int((self.folder / _LOST).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def _write(self, path: Path, content: bytes) -> None:
        aside = path.with_name(f"{path.name}.new")
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
