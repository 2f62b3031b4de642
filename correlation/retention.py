"""Taking records away: whole captures, whole days, and what an interrupted run left behind.

Every removal is one transaction on the manifest first (from then on no reader sees the records), the files after; the
names of files yet to be deleted are kept in the ledger, so that a crash between the two only delays the deletion.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from correlation.captures import audit_capture, find_capture, list_captures, remove_capture
from correlation.lock import LOCKS, hold
from correlation.manifest import (
    DISCARDS,
    Segment,
    Wanted,
    discard_segments,
    list_segments,
)
from correlation.quarantine import NAME
from correlation.segments import SUFFIX, TEMPORARY, failing, name_key
from correlation.store import Capture, DiskUsage, Expired
from wanglou.audit import Actor
from wanglou.errors import LockedError, StoreError, UsageError
from wanglou.ledger import Ledger

_UNNAMED = "new-"
RESERVE_BYTES = 256 << 20
"""Left free on the disk: room for the segment being written, the ledger, and the machine it runs on."""


def sweep(folder: Path, ledger: Ledger) -> int:
    """Delete the files of segments that were taken off the list; gives how many.

    The ledger is held meanwhile, so that no other process can bring a file of the same name back in between.
    """
    with ledger.transaction() as connection:
        paths = list(connection.scalars(sa.select(DISCARDS.c.path)))
        for path in paths:
            _unlink(folder / path)
        connection.execute(sa.delete(DISCARDS))
    return len(paths)


def clean(folder: Path, ledger: Ledger, capture: str) -> int:
    """Delete files of one capture that nothing lists: half-written, or sealed and not yet listed; gives how many.

    The caller holds the capture's lock.
    """
    with ledger.reading() as connection:
        listed = {segment.path for segment in list_segments(connection, Wanted(captures=[capture]))}
    key = name_key(capture)
    its = re.compile(rf"\d\d-{key}-\d{{4,}}{re.escape(SUFFIX)}({re.escape(TEMPORARY)})?")
    orphans = [
        path
        for path in folder.glob(f"*/dt=*/??-{key}-*")
        if its.fullmatch(path.name) and path.relative_to(folder).as_posix() not in listed
    ]
    for path in orphans:
        _unlink(path)
    return len(orphans)


@contextlib.contextmanager
def hold_unnamed(folder: Path) -> Iterator[str]:
    """Hold a key for files of a capture that is not identified yet; nobody else has or cleans it."""
    key = f"{_UNNAMED}{secrets.token_hex(8)}"
    with hold(folder / LOCKS / key, key):
        yield key


def clean_unnamed(folder: Path) -> int:
    """Delete files that killed writers left before their capture was identified; gives how many."""
    keys: dict[str, list[Path]] = defaultdict(list)
    for path in folder.glob(f"*/dt=*/??-{_UNNAMED}*{TEMPORARY}"):
        keys["-".join(path.name.split("-")[1:3])].append(path)
    gone = 0
    for key, paths in keys.items():
        with contextlib.suppress(LockedError), hold(folder / LOCKS / key, key):
            for path in paths:
                _unlink(path)
            gone += len(paths)
    return gone


def _unlink(path: Path) -> None:
    with failing(path):
        path.unlink(missing_ok=True)
    _remove_if_empty(path.parent)


def _remove_if_empty(day: Path) -> None:
    with contextlib.suppress(OSError):
        day.rmdir()


def delete(folder: Path, ledger: Ledger, actor: Actor, identity: str) -> Capture:
    """Remove a capture and all that came from it; the caller holds its lock."""
    with ledger.change(actor) as change:
        connection = change.connection
        found = find_capture(connection, identity)
        if found is None:
            raise UsageError(f"no capture {identity} in the lake", do="`wanglou capture list` shows them")
        discard_segments(connection, list_segments(connection, Wanted(captures=[identity])))
        remove_capture(connection, identity)
        audit_capture(change, "capture.deleted", identity, found)
    sweep(folder, ledger)
    return found


def expire(folder: Path, ledger: Ledger, actor: Actor, max_bytes: int) -> list[Expired]:
    """Remove whole days, the oldest first, until records and ledger take at most ``max_bytes``; gives what went.

    A capture whose last record goes is forgotten. Alerts of a day go with it.
    """
    expired = []
    usage = measure(folder, ledger)
    records = usage.records_bytes
    while records + usage.ledger_bytes > max_bytes:
        gone = _expire_day(ledger, actor)
        if gone is None:
            break
        expired.append(gone)
        records -= gone.size_bytes
        sweep(folder, ledger)
    return expired


def expire_older(folder: Path, ledger: Ledger, actor: Actor, before: date, *, dry_run: bool) -> list[Expired]:
    """Remove the days before ``before``, or only tell what would go; gives the days, the oldest first.

    Quarantined records, whose true day nobody knows, stay.
    """
    with ledger.reading() as connection:
        days = sorted({segment.day for segment in list_segments(connection, Wanted())})
    due = [day for day in days if day != NAME and date.fromisoformat(day) < before]
    if dry_run:
        return [_report(day, _list_day(ledger, day)) for day in due]
    expired = [gone for day in due if (gone := _expire_day(ledger, actor, day)) is not None]
    sweep(folder, ledger)
    return expired


def _list_day(ledger: Ledger, day: str) -> list[Segment]:
    with ledger.reading() as connection:
        return [segment for segment in list_segments(connection, Wanted()) if segment.day == day]


def _expire_day(ledger: Ledger, actor: Actor, day: str = "") -> Expired | None:
    """Remove a day, the oldest unless it is named; None where there is none."""
    with ledger.change(actor) as change:
        connection = change.connection
        segments = list_segments(connection, Wanted())
        if not segments:
            return None
        day = day or min(segment.day for segment in segments)
        gone = [segment for segment in segments if segment.day == day]
        left = {segment.capture for segment in segments if segment.day != day}
        expired = _report(day, gone)
        change.record("day.expired", "day", day, before={"records": expired.rows, "size_bytes": expired.size_bytes})
        captures = list_captures(connection)
        discard_segments(connection, gone)
        for capture in captures:
            if capture.is_complete and capture.record.identity in {s.capture for s in gone} - left:
                remove_capture(connection, capture.record.identity)
                audit_capture(change, "capture.expired", capture.record.identity, capture)
    return expired


def _report(day: str, gone: Sequence[Segment]) -> Expired:
    rows: dict[str, int] = defaultdict(int)
    for segment in gone:
        rows[segment.dataset] += segment.rows
    return Expired(day, dict(rows), sum(segment.size_bytes for segment in gone))


def measure(folder: Path, ledger: Ledger) -> DiskUsage:
    """Measure what the lake takes and what is left on its disk; raises StoreError where its folder is away."""
    with ledger.reading() as connection:
        records = sum(segment.size_bytes for segment in list_segments(connection, Wanted()))
    with failing(folder):
        return DiskUsage(records, ledger.size_bytes(), shutil.disk_usage(folder).free)


def check_space(folder: Path, reserve_bytes: int) -> None:
    """Raise StoreError when less than the reserve is free."""
    with failing(folder):
        free = shutil.disk_usage(folder).free
    if free < reserve_bytes:
        raise StoreError(
            f"only {free >> 20} MiB are free, {reserve_bytes >> 20} MiB are kept in reserve",
            where=str(folder),
            do="free some disk space or give --max-disk; what was sealed is kept, replay the capture again",
        )
