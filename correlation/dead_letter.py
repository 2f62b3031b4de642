"""Documents that a server refused: kept in a file with the reason, to be sent again once the reason is gone.

One JSON object a line: ``time`` (RFC 3339), ``index``, ``id``, ``action``, ``status``, ``type``, ``reason``,
``document``.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from correlation.segments import failing
from wanglou.errors import StoreError

Action = Literal["create", "index", "delete"]
"""What was to be done with a document."""


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


class DeadLetters:
    """The file; any number of processes may write to it."""

    def __init__(self, path: Path) -> None:
        """Use ``path``; it is made with the first letter."""
        self.path = path

    def add(self, letters: list[DeadLetter]) -> None:
        """Append letters and put them on the disk; raises StoreError when that fails."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        lines = [json.dumps({"time": now, **asdict(letter)}, ensure_ascii=False) for letter in letters]
        with failing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write("".join(f"{line}\n" for line in lines).encode())
                file.flush()
                os.fsync(file.fileno())

    def read(self) -> Iterator[DeadLetter]:
        """Give the letters, the oldest first; none where there is no file. Raises StoreError for a damaged line."""
        if not self.path.exists():
            return
        with failing(self.path), self.path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    found = json.loads(line)
                    del found["time"]
                    yield DeadLetter(**found)
                except (ValueError, KeyError, TypeError) as error:
                    raise StoreError("this line is no dead letter", where=f"{self.path}:{number}") from error

    def take(self) -> list[DeadLetter]:
        """Take all letters out of the file; what is refused again is to be added again."""
        aside = self.path.with_name(f"{self.path.name}.replayed")
        with failing(self.path):
            if self.path.exists():
                with self.path.open("rb") as file, aside.open("ab") as kept:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    kept.write(file.read())
                    os.fsync(kept.fileno())
                    self.path.unlink()
        return list(DeadLetters(aside).read())

    def forget_taken(self) -> None:
        """Delete what ``take`` laid aside, once every letter of it was sent or added again."""
        with failing(self.path):
            self.path.with_name(f"{self.path.name}.replayed").unlink(missing_ok=True)
