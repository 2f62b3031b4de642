"""Documents that a server refused: kept in a file with the reason, to be sent again once the reason is gone.

One JSON object a line: ``time`` (RFC 3339), ``index``, ``id``, ``action``, ``status``, ``type``, ``reason``,
``document``. Beside ``FILE`` lie ``FILE.replayed``, letters that were taken to be sent again and are not settled yet,
and ``FILE.damaged``, lines that are no letters, such as one that a full disk cut off.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, get_args

from correlation.segments import failing
from wanglou.errors import LockedError

Action = Literal["create", "index", "delete"]
"""What was to be done with a document."""
_ACTIONS = frozenset(get_args(Action))


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One document and why it was refused."""

    index: str
    id: str
    action: Action
    status: int
    """HTTP status of the item."""
    type: str
    """Kind of the error, in the server's words."""
    reason: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """How many lines the files hold."""

    letters: int = 0
    """Documents to be sent again, those that were taken included."""
    taken: int = 0
    """Those of them that were taken and are not settled: a command is sending them, or was interrupted."""
    damaged: int = 0
    """Lines that are no letters, wherever they lie."""


class DeadLetters:
    """The files; any number of processes may write to them."""

    def __init__(self, path: Path) -> None:
        """Use ``path``; it is made with the first letter."""
        self.path = path
        self.aside = path.with_name(f"{path.name}.replayed")
        self.damaged = path.with_name(f"{path.name}.damaged")

    def add(self, letters: list[DeadLetter]) -> None:
        """Append letters and put them on the disk; raises StoreError when that fails."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        lines = [json.dumps({"time": now, **asdict(letter)}, ensure_ascii=False) for letter in letters]
        with failing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _opened(self.path) as file:
                _append(file, "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"))

    def read(self) -> Iterator[DeadLetter]:
        """Give the letters that were not taken, the oldest first; lines that are none are passed over."""
        return (letter for line in _read_lines(self.path) if (letter := _parse(line)) is not None)

    def measure(self) -> Held:
        """Count what the files hold; raises StoreError where one cannot be read."""
        letters = taken = damaged = 0
        for path in (self.path, self.aside):
            for line in _read_lines(path):
                is_letter = _parse(line) is not None
                letters += is_letter
                taken += is_letter and path == self.aside
                damaged += not is_letter
        return Held(letters, taken, damaged + sum(1 for _ in _read_lines(self.damaged)))

    @contextmanager
    def taking(self) -> Iterator[Iterator[DeadLetter]]:
        """Take all letters out, those of an interrupted taking first; what is refused again is to be added again.

        They lie aside until the block ends well, so that nothing is lost when it does not. Lines that are no letters
        go to a file of their own then. Raises LockedError where another process is sending them.
        """
        with failing(self.path):
            if not (self.path.exists() or self.aside.exists()):
                yield iter(())
                return
            with _opened(self.aside, wait=False) as held:
                self._lay_aside(held)
                yield (letter for line in _read_lines(self.aside) if (letter := _parse(line)) is not None)
                self._settle()

    def _lay_aside(self, held: BinaryIO) -> None:
        if self.path.exists():
            with _opened(self.path) as file:
                file.seek(0)
                _append(held, file.read())
                self.path.unlink()

    def _settle(self) -> None:
        """Forget what was taken, but lines that are no letters."""
        damaged = b"".join(line.rstrip(b"\n") + b"\n" for line in _read_lines(self.aside) if _parse(line) is None)
        if damaged:
            with _opened(self.damaged) as file:
                _append(file, damaged)
        self.aside.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path, *, wait: bool = True) -> Iterator[BinaryIO]:
    """Open a file to read and append, for this process alone; not one that another took away meanwhile."""
    while True:
        with path.open("a+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError as error:
                do = "wait for it, then run the same command again"
                raise LockedError("another process is sending these documents", where=str(path), do=do) from error
            if path.exists() and os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                yield file
                return


def _append(file: BinaryIO, content: bytes) -> None:
    """Append lines and put them on the disk, after ending a line that was cut off."""
    if file.seek(0, os.SEEK_END):
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _read_lines(path: Path) -> Iterator[bytes]:
    """Give the lines of a file that are not empty; none where there is no file."""
    with failing(path):
        if path.exists():
            with path.open("rb") as file:
                yield from (line for line in file if line.strip())


def _parse(line: bytes) -> DeadLetter | None:
    """Read one line; None for what is no letter."""
    try:
        found = json.loads(line)
        del found["time"]
        letter = DeadLetter(**found)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    texts = (letter.index, letter.id, letter.type, letter.reason)
    is_letter = all(isinstance(text, str) for text in texts) and isinstance(letter.status, int)
    return letter if is_letter and letter.action in _ACTIONS and isinstance(letter.document, dict) else None
