"""Looking at a lake: its version and size, its files, room on its disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from correlation.damage import advise, find_damage
from correlation.finding import Finding, Grade
from correlation.manifest import LAKE, Segment
from correlation.store import DiskUsage

MOST_DAMAGED = 20
"""Damaged files that a check names; the others are counted."""


def look_at_figures(usage: DiskUsage) -> Iterator[Finding]:
    """Tell its version and what it takes."""
    yield Finding("version", "fine", f"lake {LAKE.version}")
    yield Finding("records", "fine", f"{usage.records_bytes >> 20:,} MiB, ledger {usage.ledger_bytes >> 20:,} MiB")


def look_at_files(
    folder: Path, list_segments: Callable[[], Sequence[Segment]], *, deep: bool, tell: Callable[[int], None]
) -> Iterator[Finding]:
    """Tell of files that are damaged: of another size, or with ``deep`` of other bytes; ``tell`` is told bytes read."""
    segments = list_segments()
    damaged = list(find_damage(folder, segments, deep=deep, tell=tell))
    if damaged:  # compaction may have moved records, or retention removed them, since they were listed
        listed = {segment.file for segment in list_segments()}
        damaged = [one for one in damaged if one.file in listed]
    count = len({segment.file for segment in segments})
    if not damaged:
        yield Finding("files", "fine", f"{count} files " + ("as they were written" if deep else "of the right size"))
    for one in damaged[:MOST_DAMAGED]:
        yield Finding("files", "wrong", str(one), advise(one))
    if len(damaged) > MOST_DAMAGED:
        yield Finding("files", "wrong", f"{len(damaged) - MOST_DAMAGED} files more of {count} are damaged")


def look_at_disk(usage: DiskUsage, reserve_bytes: int) -> Finding:
    """Tell whether the disk has room, beside what stays free."""
    told = f"{usage.free_bytes >> 20:,} MiB free, {reserve_bytes >> 20:,} MiB kept in reserve"
    is_short = usage.free_bytes < 4 * reserve_bytes
    grade: Grade = "wrong" if usage.free_bytes < reserve_bytes else "warning" if is_short else "fine"
    return Finding("disk", grade, told, "free space, or run `wanglou store expire`" if is_short else "")
