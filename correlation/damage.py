"""Files of a lake that are not what the manifest says: gone, of another size, or of other bytes.

Sizes are compared at every look, as that opens no file. Digests (SHA-256 of all bytes) are compared when asked for,
before a file is put into a pack, and after a query failed. Queries do not compare them: DuckDB 2.0 reads a page past
its checksum in Parquet, and reading all bytes of a file would take longer than the query.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

from correlation.manifest import Segment
from wanglou.errors import StoreError

MOST_BLAMED_BYTES = 1 << 30
"""Bytes that are read at most to find out which file a failed query met."""
_CHUNK = 4 << 20


class SegmentError(StoreError):
    """A file of a lake that could not be read."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One file that is not what the manifest says."""

    file: str
    """Path below the lake's folder."""
    kind: Literal["missing", "size", "digest", "unreadable"]
    captures: tuple[str, ...]
    """Identities of the captures that have records in it."""
    size_bytes: int = 0
    """What the file has."""
    wanted_bytes: int = 0
    """What it should have."""
    reason: str = ""
    """What the system says of a file that cannot be read."""

    def __str__(self) -> str:
        """Tell it in one sentence."""
        if self.kind == "size":
            return f"{self.file} has {self.size_bytes} bytes and should have {self.wanted_bytes}"
        if self.kind == "unreadable":
            return f"{self.file} cannot be read: {self.reason}"
        return f"{self.file} is missing" if self.kind == "missing" else f"{self.file} has other bytes than were written"


def find_damage(
    folder: Path,
    segments: Sequence[Segment],
    *,
    deep: bool = False,
    tell: Callable[[int], None] = lambda _bytes: None,
) -> Iterator[Damage]:
    """Give the files of these segments, all that are listed, that are missing or of another size.

    ``deep`` compares digests too; ``tell`` is called with the bytes that were read since it was last.
    """
    for path, group in groupby(sorted(segments, key=_file), _file):
        its = list(group)
        wanted = sum(segment.size_bytes for segment in its)
        found = _look(folder / path, path, its, wanted)
        if found is None and deep:
            found = _look_deep(folder / path, path, its, tell)
        elif deep:
            tell(wanted)
        if found is not None:
            yield found


def require_intact(folder: Path, path: str, segments: Sequence[Segment]) -> None:
    """Raise SegmentError where a file that is there has other bytes than were written; ``segments`` lie in it."""
    found = _look_deep(folder / path, path, segments, lambda _bytes: None)
    if found is not None and found.kind != "missing":  # who reads it then notices, as another may have removed it
        raise SegmentError(str(found), where=str(folder), do=advise(found))


def blame(error: SegmentError, folder: Path, segments: Sequence[Segment]) -> StoreError:
    """Find which file a query failed on: gives an error that names it, or the same error where none is found."""
    left = MOST_BLAMED_BYTES
    for path, group in groupby(sorted(segments, key=_file), _file):
        its = list(group)
        found = _look(folder / path, path, its, 0)
        if found is None and left > 0:
            left -= sum(segment.size_bytes for segment in its)
            found = _look_deep(folder / path, path, its, lambda _bytes: None)
        if found is not None:
            return SegmentError(str(found), where=str(folder), do=advise(found))
    return error


def advise(damage: Damage) -> str:
    """Tell how to get the records back."""
    if damage.kind == "unreadable":
        return "give this user permission to read it, and check the disk"
    ids = " ".join(identity[:16] for identity in damage.captures[:3])
    more = " and others" if len(damage.captures) > 3 else ""
    return f"restore it from a backup, or run `wanglou capture delete` for {ids}{more} and replay the file"


def _file(segment: Segment) -> str:
    return segment.file


def _look(place: Path, path: str, segments: Sequence[Segment], wanted: int) -> Damage | None:
    """Compare existence and, unless it is 0, the size ``wanted``."""
    captures = _captures(segments)
    try:
        size = place.stat().st_size
    except FileNotFoundError:
        return Damage(path, "missing", captures)
    except OSError as error:
        return Damage(path, "unreadable", captures, reason=error.strerror or str(error))
    return Damage(path, "size", captures, size, wanted) if wanted and size != wanted else None


def _look_deep(place: Path, path: str, segments: Sequence[Segment], tell: Callable[[int], None]) -> Damage | None:
    digest = hashlib.sha256()
    try:
        with place.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                tell(len(chunk))
    except FileNotFoundError:
        return Damage(path, "missing", _captures(segments))
    except OSError as error:
        return Damage(path, "unreadable", _captures(segments), reason=error.strerror or str(error))
    return None if digest.hexdigest() == segments[0].digest else Damage(path, "digest", _captures(segments))


def _captures(segments: Sequence[Segment]) -> tuple[str, ...]:
    return tuple(sorted({segment.capture for segment in segments}))
