"""Capture files as packet batches: the door of this stage for files.

``open_capture`` recognises format and packing by the file's bytes and refuses what is no capture. ``Capture.batches``
reads until the file ends or cannot be read further; what was read before a fault is kept, and the fault is told.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from sensors import classic, pcapng
from sensors.batch import PacketBatch
from sensors.compression import BrokenStreamError
from sensors.linktype import list_linktypes, name_linktype, resolve_linktype
from sensors.lookalike import name_lookalike
from sensors.walk import TALLY, Columns, Walk, Walker
from sensors.window import Source, Window
from wanglou.errors import CaptureError

WINDOW_BYTES = 8 << 20
HEAD_BYTES = 512

_CHECK = "check the file and its permissions"
_AGAIN = "get the file again from where it was captured"
_KEPT = "the packets before it were read; " + _AGAIN + " if it should be whole"


class Capture:
    """One capture file; made by ``open_capture``."""

    def __init__(self, path: Path, enterprise: str, window_bytes: int, make_walker: Callable[[], Walker]) -> None:
        """Take what ``open_capture`` has found out."""
        self.path = path
        self.enterprise = enterprise
        self.size_bytes = path.stat().st_size
        """Bytes of the file as stored."""
        self.position_bytes = 0
        """Bytes of the file, as stored, read so far."""
        self.fault: CaptureError | None = None
        """Why reading had to stop before the end; None when it did not."""
        self.counters: dict[str, int] = {}
        """What was read and what was odd, since the last call of ``batches``."""
        self._window_bytes = window_bytes
        self._make_walker = make_walker

    @cached_property
    def identity(self) -> str:
        """SHA-256 of the file's bytes as stored, in hex, and ``@enterprise`` when one was given; read on first use."""
        try:
            with self.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _refuse_os(self.path, error) from None
        return f"{digest}@{self.enterprise}" if self.enterprise else digest

    def batches(self, *, reuse: bool = False) -> Iterator[PacketBatch]:
        """Give the packets from the first on; every call reads anew, and resets ``fault`` and ``counters``.

        Each batch owns its buffer and may be written to; with ``reuse`` its ``data`` is good only until the next
        batch is asked for, which saves the cost of fresh memory. ``PacketBatch.first`` counts the packets given, so
        packets that are skipped and counted (unknown link type or interface) have no ordinal. Where the file cannot be
        read further, the packets end and ``fault`` is set; nothing is raised.
        """
        self.fault, self.position_bytes = None, 0
        self.counters = dict.fromkeys(("packets", "bytes", "bytes_on_wire", "packets_truncated", *TALLY), 0)
        walker = self._make_walker()
        try:
            source = Source(self.path)
        except OSError as error:
            self.fault = _refuse_os(self.path, error)
            return
        with source:
            window = Window(source, self._window_bytes, skip=walker.header_bytes, reuse=reuse)
            yield from self._read(source, window, walker)

    def _read(self, source: Source, window: Window, walker: Walker) -> Iterator[PacketBatch]:
        """Give a batch for every window that holds packets, up to the end or a fault."""
        columns = Columns.make(self._window_bytes)
        first = 0
        while not (window.is_last or self.fault):
            window.fill()
            self.position_bytes = source.position_bytes
            if not columns.has_room(len(window.data)):
                columns = Columns.make(len(window.data))
            walk = walker.walk(window.data, window.end, columns)
            batch = columns.cut_batch(walk.n, window.data[: window.end], first)
            self._count(batch, walker)
            self.fault = self._find_fault(walk, window, is_packed=source.is_packed)
            first += walk.n
            window.consume(walk.consumed, walk.needed)  # before the batch is given, whose bytes may be written over
            if walk.n:
                yield batch

    def _count(self, batch: PacketBatch, walker: Walker) -> None:
        """Add a batch to the counters, and bring those of the walker up to date."""
        self.counters["packets"] += len(batch)
        self.counters["bytes"] += int(batch.caplen.sum(dtype=np.int64))
        self.counters["bytes_on_wire"] += int(batch.wirelen.sum(dtype=np.int64))
        self.counters["packets_truncated"] += int(np.count_nonzero(batch.caplen < batch.wirelen))
        self.counters |= zip(TALLY, walker.tally.tolist(), strict=True)
        self.counters |= walker.count_more()

    def _find_fault(self, walk: Walk, window: Window, *, is_packed: bool) -> CaptureError | None:
        """Say why reading ends here before the file does; None when it need not."""
        left = window.end - walk.consumed
        if walk.fault:
            what = walk.fault
        elif window.broken:
            what = window.broken
        elif window.is_last and (left > 0 or window.skip or walk.consumed > window.end):
            what = f"the file is cut off inside a record{f', of which {left} bytes are there' if left > 0 else ''}"
        else:
            return None
        at = window.base + (window.end if window.broken and not walk.fault else min(walk.consumed, window.end))
        place = f"{self.path}: byte {at}{' of the unpacked data' if is_packed else ''}"
        return CaptureError(what, where=place, do=_KEPT)


def open_capture(path: Path, *, enterprise: str = "", window_bytes: int = WINDOW_BYTES) -> Capture:
    """Open a pcap or pcapng file, plain or packed with gzip or zstd.

    ``window_bytes`` is how much is read at a time; the packets do not depend on it. Raises ``CaptureError`` for what is
    no capture, cannot be opened, or is of a version or link type that is not read here.
    """
    return Capture(path, enterprise, window_bytes, _find_walker(path, _read_head(path)))


def _read_head(path: Path) -> bytes:
    """Give the first unpacked bytes of a file that is a file and holds something."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device, pipe or socket"
            raise CaptureError(f"this is {kind} and no capture file", where=str(path), do="give capture files")
        if not status.st_size:
            raise CaptureError("the file is empty", where=str(path), do=_AGAIN)
        with Source(path) as source:
            return _read_up_to(source, HEAD_BYTES)
    except OSError as error:
        raise _refuse_os(path, error) from None
    except BrokenStreamError as error:
        raise CaptureError(str(error), where=f"{path}: byte 0 of the unpacked data", do=_AGAIN) from None


def _read_up_to(source: Source, count: int) -> bytes:
    """Read ``count`` bytes, or fewer when there are no more or no more can be had."""
    head = bytearray(count)
    view, filled = memoryview(head), 0
    try:
        while filled < count and (step := source.read_into(view[filled:])):
            filled += step
    except BrokenStreamError:
        if not filled:
            raise
    return bytes(view[:filled])


def _find_walker(path: Path, head: bytes) -> Callable[[], Walker]:
    """Recognise the format by the file's first bytes."""
    if head[:4] == pcapng.MAGIC:
        _check_section(path, head)
        return pcapng.PcapngWalker
    if not classic.is_magic(head):
        likeness, advice = name_lookalike(head) if head else ("an empty file that was packed", _AGAIN)
        raise CaptureError(f"this is no capture; it looks like {likeness}", where=f"{path}: byte 0", do=advice)
    header = classic.parse_header(head) if len(head) >= classic.FILE_HEADER_BYTES else None
    if header is None:
        raise CaptureError("the file is cut off inside its header", where=f"{path}: byte {len(head)}", do=_AGAIN)
    return _check_header(path, header)


def _check_section(path: Path, head: bytes) -> None:
    """Refuse a pcapng file whose first block cannot be read."""
    walker = pcapng.PcapngWalker()
    data = np.frombuffer(head, np.uint8)
    walk = walker.walk(data, len(data), Columns.make(len(data)))
    if walk.fault and not walker.count_more()["sections"]:
        raise CaptureError(walk.fault, where=f"{path}: byte 0", do=_AGAIN)


def _check_header(path: Path, header: classic.Header) -> Callable[[], Walker]:
    """Refuse a classic capture of a version or link type that is not read."""
    if (header.major, header.minor) != (2, 4):
        raise CaptureError(
            f"pcap version {header.major}.{header.minor} is not read, only 2.4",
            where=f"{path}: byte 4",
            do="convert it: editcap -F pcap OLD NEW",
        )
    linktype = resolve_linktype(header.link_field)
    if linktype < 0:
        raise CaptureError(
            f"link type {name_linktype(header.link_field)} is not read",
            where=f"{path}: byte 20",
            do=f"capture with one of these: {list_linktypes()}",
        )
    return partial(classic.ClassicWalker, header, linktype)


def _refuse_os(path: Path, error: OSError) -> CaptureError:
    """Tell what the operating system said."""
    return CaptureError(f"the file cannot be read: {error.strerror or error}", where=str(path), do=_CHECK)
