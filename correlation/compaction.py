"""Compaction: many small segments of a day put into one file, a pack, so that a query opens few files.

The segments stay listed by their names with their captures, rows and times; only where their bytes lie
changes, in one transaction. So a capture that is read again recognises what it had sealed, deleting a capture unlists
its segments alone, and a reader that had listed the old files looks the names up again. Rows of segments that are gone
stay in the pack unread until a later compaction writes it anew, or its last segment goes and the file with it.

Killed at any point, nothing is lost or doubled: a pack that no transaction lists is an orphan, deleted by the next
compaction; old files that a transaction took off the list are remembered until they are deleted.

Only complete captures are compacted. A file is packed again only with about as many rows as it holds itself, so a
record is written a handful of times at most, however many small captures come.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import sqlalchemy as sa

from correlation import retention
from correlation.captures import CAPTURES
from correlation.lock import LOCKS, hold
from correlation.manifest import (
    PACKED,
    SEGMENTS,
    Segment,
    Wanted,
    list_segments,
)
from correlation.packing import PACK, File, write_pack
from correlation.segments import (
    SUFFIX,
    TEMPORARY,
    failing,
)
from parsers.schema import Dataset
from wanglou.errors import LockedError
from wanglou.ledger import Ledger

DUE_FILES = 64
"""Small files of a day after which ingesting a capture ends with a compaction."""
SMALL_ROWS = 131_072
"""Files with fewer records are put together."""
FEWEST_FILES = 4
"""Small files of a day that are worth a pack."""
PACK_ROWS = 524_288
"""Records of a pack at most, all in memory while it is written."""
PACK_BYTES = 24 << 20
"""Bytes of the files that are put together at most: some 250 MB of memory."""
EVEN_ROWS = 4_096
"""Files of up to so many records are packed with one another whatever their sizes."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did."""

    files: int = 0
    """Files that were put together."""
    packs: int = 0
    """Files they were put into."""
    rows: int = 0
    """Records they hold."""

    def __add__(self, other: Compacted) -> Compacted:
        """Add up."""
        return Compacted(self.files + other.files, self.packs + other.packs, self.rows + other.rows)


def compact(
    folder: Path,
    ledger: Ledger,
    datasets: Mapping[str, Dataset],
    *,
    reserve_bytes: int,
    tell: Callable[[Compacted], None] = lambda _done: None,
) -> Compacted:
    """Put small files together until no day has ``FEWEST_FILES`` of a size; gives what was done.

    ``tell`` is called after each pack. Does nothing while another process compacts this lake. Raises StoreError when
    the disk is full; what was packed before stays.
    """
    done = Compacted()
    with contextlib.suppress(LockedError), hold(folder / LOCKS / "compaction", "compaction"):
        _clean(folder, ledger)
        before = None
        while before != done:  # packs of this round may be put together in the next
            before = done
            for files in list(_plan(ledger, set(datasets))):
                retention.check_space(folder, reserve_bytes)
                if write_pack(folder, ledger, datasets[files[0].segments[0].dataset], files):
                    done += Compacted(len(files), 1, sum(file.rows for file in files))
                    tell(done)
            retention.sweep(folder, ledger)
    return done


def is_due(connection: sa.Connection) -> bool:
    """Tell whether some day of a dataset has so many small files that a compaction is worth its time."""
    segment = SEGMENTS.c
    crowded = (
        sa.select(segment.day)
        .select_from(
            SEGMENTS.join(CAPTURES, CAPTURES.c.identity == segment.capture).outerjoin(
                PACKED, PACKED.c.segment == segment.path
            )
        )
        .where(segment.rows < SMALL_ROWS, PACKED.c.segment.is_(None), CAPTURES.c.state == "complete")
        .group_by(segment.dataset, segment.day)
        .having(sa.func.count() >= DUE_FILES)
    )
    return connection.execute(crowded.limit(1)).first() is not None


def _clean(folder: Path, ledger: Ledger) -> None:
    """Delete what a killed compaction left: files that were taken off the list, and packs that never were on it."""
    retention.sweep(folder, ledger)
    with ledger.reading() as connection:
        listed = set(connection.scalars(sa.select(PACKED.c.file).distinct()))
    for path in [*folder.glob(f"*/dt=*/{PACK}*{SUFFIX}"), *folder.glob(f"*/dt=*/{PACK}*{SUFFIX}{TEMPORARY}")]:
        if path.relative_to(folder).as_posix() not in listed:
            with failing(path):
                path.unlink(missing_ok=True)


def _plan(ledger: Ledger, datasets: set[str]) -> Iterator[list[File]]:
    """List what to put together: files of one dataset and day whose captures are all complete."""
    with ledger.reading() as connection:
        segments = list_segments(connection, Wanted())
        complete = set(connection.scalars(sa.select(CAPTURES.c.identity).where(CAPTURES.c.state == "complete")))
    files = [File(path, tuple(its)) for path, its in groupby(sorted(segments, key=_by_file), _path)]
    due = [file for file in files if _is_due(file, datasets, complete)]
    for _, day in groupby(sorted(due, key=_by_day), lambda file: _by_day(file)[:2]):
        yield from _choose(list(day))


def _by_file(segment: Segment) -> tuple[str, str]:
    return segment.file, segment.path


def _path(segment: Segment) -> str:
    return segment.file


def _by_day(file: File) -> tuple[str, str, int, str]:
    first = file.segments[0]
    return first.dataset, first.day, file.rows, file.path


def _is_due(file: File, datasets: set[str], complete: set[str]) -> bool:
    is_small = file.rows < SMALL_ROWS or file.is_wasteful
    is_known = file.segments[0].dataset in datasets
    return is_small and is_known and all(segment.capture in complete for segment in file.segments)


def _choose(files: list[File]) -> Iterator[list[File]]:
    """Cut a day's files, the smallest first, into packs of files of about equal size."""
    chosen: list[File] = []
    rows = size_bytes = 0
    for file in files:
        is_full = rows + file.rows > PACK_ROWS or size_bytes + file.size_bytes > PACK_BYTES
        if chosen and (is_full or file.rows > max(EVEN_ROWS, rows)):
            if _is_worth(chosen):
                yield chosen
            chosen, rows, size_bytes = [], 0, 0
        chosen.append(file)
        rows, size_bytes = rows + file.rows, size_bytes + file.size_bytes
    if _is_worth(chosen):
        yield chosen


def _is_worth(files: Sequence[File]) -> bool:
    return len(files) >= FEWEST_FILES or any(file.is_wasteful for file in files)
