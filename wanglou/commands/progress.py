"""What is seen while captures are read: a bar, rates, the time left, and losses as they happen."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from wanglou.commands.figures import write_count, write_seconds, write_size
from wanglou.commands.terminal import Terminal, plain

if TYPE_CHECKING:
    from wanglou.capture_report import CaptureReport

_NAME_WIDTH = 20


class ReplayProgress:
    """Shows one capture after another on the standard error; silent where that is no terminal or ``quiet`` is given."""

    def __init__(self, terminal: Terminal, *, quiet: bool = False) -> None:
        """Show nothing yet."""
        self._say = terminal.say
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[rates]}", markup=False),
            console=terminal.err,
            transient=True,
            expand=True,
            refresh_per_second=5,
            disable=quiet or not terminal.err.is_interactive,
        )
        self._task: TaskID | None = None
        self._began, self._size = 0.0, 0

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Clear the bar away."""
        self._bar.stop()

    def start(self, path: Path, size_bytes: int) -> None:
        """Begin the bar of a capture of ``size_bytes``."""
        self._drop()
        self._began, self._size = time.monotonic(), max(size_bytes, 1)
        self._task = self._bar.add_task(_shorten(plain(path.name)), total=self._size, rates="")

    def advance(self, position_bytes: int, packets: int, dropped: int) -> None:
        """Show how far reading has come: bytes of the file, packets so far, and how many of them were lost."""
        if self._task is None:
            return
        seconds = max(time.monotonic() - self._began, 1e-6)
        left = seconds * (self._size - position_bytes) / position_bytes if position_bytes else 0.0
        rates = self._say(
            "progress.rates",
            packets=write_count(packets / seconds),
            bytes=write_size(position_bytes / seconds),
            left=write_seconds(max(left, 0.0)),
            dropped=write_count(dropped),
        )
        self._bar.update(self._task, completed=min(position_bytes, self._size), rates=rates)

    def kept(self, identity: str) -> None:
        """Nothing: the bar ends with the capture."""

    def done(self, report: CaptureReport) -> None:
        """End the bar of a capture; what came of it is told when all are read."""
        del report
        self._drop()

    def _drop(self) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None


def _shorten(name: str) -> str:
    return name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 1]}…"
