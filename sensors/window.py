"""Bounded reading: a file, packed or not, as a row of windows, each in a buffer of its own unless asked otherwise.

However large the file, one window and the incomplete record at its end are all that is held. A window is as large as
asked for, or as large as the next record when that is larger (records are bounded, see ``sensors.walk``).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sensors.compression import BrokenStreamError, find_unpacker


class Source:
    """The unpacked bytes of a file, in order; used as a context manager."""

    def __init__(self, path: Path) -> None:
        """Open ``path``; what packs it is told by its first bytes and not by its name. Raises ``OSError``."""
        self._raw = io.FileIO(path)
        self._buffered = io.BufferedReader(self._raw)
        unpacker = find_unpacker(self._buffered.peek(4)[:4])
        self.is_packed = unpacker is not None
        self._pieces: Iterator[bytes] = unpacker(self._buffered) if unpacker else iter(())
        self._piece = memoryview(b"")

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._buffered.close()

    @property
    def position_bytes(self) -> int:
        """Bytes of the file, as stored, read so far."""
        return self._buffered.tell()

    def read_into(self, view: memoryview) -> int:
        """Fill the head of ``view``; gives the count, 0 at the end. Raises ``BrokenStreamError`` and ``OSError``."""
        if not self.is_packed:
            return self._buffered.readinto(view)
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._piece = memoryview(piece)
        count = min(len(view), len(self._piece))
        view[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count


class Window:
    """The part of a source that is being looked at; ``data[:end]`` is valid after each ``fill``."""

    def __init__(self, source: Source, window_bytes: int, *, skip: int = 0, reuse: bool = False) -> None:
        """Begin ``skip`` bytes into ``source``; with ``reuse`` every window lies in the same buffer."""
        self._source = source
        self._window_bytes = max(window_bytes, 1)
        self.skip = skip
        """Bytes still to be passed over; after the last window, bytes that were to follow and are not there."""
        self._needed = 1
        self._reuse = reuse
        self._buffer: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.data: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.end = 0
        self.base = 0
        """Where ``data[0]`` lies in the unpacked bytes."""
        self.is_last = False
        """True when the source has nothing after this window."""
        self.broken = ""
        """Why the source could not be read to its end; empty when it could or may be."""

    def consume(self, count: int, needed: int) -> None:
        """Give up the first ``count`` bytes, which may pass the end; the next record takes ``needed`` bytes."""
        carried = self.data[min(count, self.end) : self.end].copy()
        self.skip = max(count - self.end, 0)
        self.base += min(count, self.end)
        self.data, self.end, self._needed = carried, len(carried), needed

    def fill(self) -> None:
        """Begin a buffer with what was not consumed, and read on until it is full."""
        size = max(self._window_bytes, self._needed)
        if not self._reuse or len(self._buffer) < size:
            self._buffer = np.empty(size, np.uint8)
        buffer = self._buffer
        view = buffer.data
        while self.skip and (count := self._read(view[: self.skip])):
            self.skip -= count
            self.base += count
        buffer[: self.end] = self.data[: self.end]
        while self.end < len(buffer) and (count := self._read(view[self.end :])):
            self.end += count
        self.data = buffer

    def _read(self, view: memoryview) -> int:
        """Read; the end and every failure end the source."""
        if self.is_last:
            return 0
        try:
            count = self._source.read_into(view)
        except BrokenStreamError as error:
            self.broken, count = str(error), 0
        except OSError as error:
            self.broken, count = f"the file cannot be read further: {error.strerror or error}", 0
        self.is_last = count == 0
        return count
