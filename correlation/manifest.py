"""The manifest: which segments there are, what is in them, and which capture each came from.

A segment exists when the manifest lists it. Readers ask here before they open a file; writers list a segment after its
file is safe on disk; deleting takes it off the list first and remembers the file until it is gone.

Where compaction has put small segments together, several lie in one file, a pack. Each stays listed by its name with
its rows and times, so that a capture that is read again recognises it and one that is deleted takes its own with it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from wanglou.component import Component

LAKE = Component("lake", 4, "correlation.migrations")
"""Tables of captures and segments; the version is also that of the files they list."""

LAYOUTS = sa.Table(
    "layouts",
    LAKE.metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("columns", sa.String, nullable=False),
)
SEGMENTS = sa.Table(
    "segments",
    LAKE.metadata,
    sa.Column("path", sa.String, primary_key=True),
    sa.Column("capture", sa.ForeignKey("captures.identity"), nullable=False, index=True),
    sa.Column("dataset", sa.String, nullable=False),
    sa.Column("day", sa.String, nullable=False),
    sa.Column("hour", sa.Integer, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("min_ns", sa.BigInteger, nullable=False),
    sa.Column("max_ns", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("layout", sa.ForeignKey(LAYOUTS.c.id), nullable=False),
    sa.Index("segments_by_day", "dataset", "day"),
)
DISCARDS = sa.Table("discards", LAKE.metadata, sa.Column("path", sa.String, primary_key=True))
PACKED = sa.Table(
    "packed",
    LAKE.metadata,
    sa.Column("segment", sa.ForeignKey(SEGMENTS.c.path), primary_key=True),
    sa.Column("file", sa.String, nullable=False, index=True),
    sa.Column("file_rows", sa.BigInteger, nullable=False),
)
"""Segments that lie in a pack: its path, and its rows when it was written."""
ROLLUPS = sa.Table(
    "rollups",
    LAKE.metadata,
    sa.Column("file", sa.String, primary_key=True),
    sa.Column("field", sa.String, primary_key=True),
    sa.Column("counts", sa.String, nullable=False),
)
"""How often each value stands in a file's column, as JSON; see ``rollup.py``."""
GENERATION = sa.Table(
    "lake_generation",
    LAKE.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("count", sa.BigInteger, nullable=False),
)
"""One row (id 1): how often the lists of segments, packs and rollups have changed, so that readers may keep them."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One Parquet file of one dataset, day, hour and capture."""

    path: str
    """Below the lake's folder, with ``/``."""
    capture: str
    dataset: str
    day: str
    """UTC day of the folder, ``YYYY-MM-DD``, or ``quarantine``."""
    hour: int
    """UTC hour, 0 to 23."""
    seq: int
    """Which of the capture's segments of that dataset and hour, from 0."""
    rows: int
    min_ns: int
    max_ns: int
    digest: str
    """SHA-256 of the file's bytes, in hexadecimal."""
    size_bytes: int
    columns: tuple[str, ...]
    """Columns the file holds; the dataset's other columns are empty in every one of its rows."""
    pack: str = ""
    """Path of the pack it lies in; empty where it is a file of its own."""
    pack_rows: int = 0
    """Rows the pack was written with, those of segments that are gone included."""
    rollups: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Counts of values by column, as ``rollup.write_counts`` writes them: given by who writes, not listed."""

    @property
    def file(self) -> str:
        """Path of the file its records are in."""
        return self.pack or self.path

    @property
    def layout(self) -> str:
        """Identify the set of columns."""
        return hashlib.sha256("\0".join(self.columns).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which segments to list; empty means any."""

    dataset: str = ""
    captures: Collection[str] | None = None
    """Identities; None means any."""
    start_ns: int | None = None
    """Only segments with rows at or after it."""
    end_ns: int | None = None
    """Only segments with rows before it."""


@dataclass(frozen=True, slots=True)
class HourCount:
    """Records of one dataset in one hour."""

    day: str
    hour: int
    rows: int
    min_ns: int
    max_ns: int


_COLUMNS = [column for column in SEGMENTS.c if column.name != "layout"]


def add_up(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Sum whole numbers to a whole number; PostgreSQL's own sum of bigint is a decimal."""
    return sa.cast(sa.func.sum(column), sa.BigInteger)


def list_segments(connection: sa.Connection, wanted: Wanted) -> list[Segment]:
    """List segments by path."""
    tables = SEGMENTS.join(LAYOUTS).outerjoin(PACKED, PACKED.c.segment == SEGMENTS.c.path)
    chosen = sa.select(*_COLUMNS, LAYOUTS.c.columns, PACKED.c.file, PACKED.c.file_rows).select_from(tables)
    chosen = chosen.where(*wanted_conditions(wanted)).order_by(SEGMENTS.c.path)
    layouts: dict[str, tuple[str, ...]] = {}
    found = []
    for row in connection.execute(chosen):
        if row.columns not in layouts:
            layouts[row.columns] = tuple(json.loads(row.columns))
        pack = (row.file or "", row.file_rows or 0)
        found.append(Segment(*(*row[:-3], layouts[row.columns], *pack)))
    return found


def wanted_conditions(wanted: Wanted) -> Iterable[sa.ColumnElement[bool]]:
    """Write for SQL which segments are wanted."""
    if wanted.dataset:
        yield SEGMENTS.c.dataset == wanted.dataset
    if wanted.captures is not None:
        yield SEGMENTS.c.capture.in_(wanted.captures)
    if wanted.start_ns is not None:
        yield SEGMENTS.c.max_ns >= wanted.start_ns
    if wanted.end_ns is not None:
        yield SEGMENTS.c.min_ns < wanted.end_ns


def add_segment(connection: sa.Connection, segment: Segment) -> None:
    """List a segment whose file is safe on disk."""
    add_layout(connection, segment)
    facts = {column.name: getattr(segment, column.name) for column in SEGMENTS.c}
    connection.execute(sa.insert(SEGMENTS).values(facts))
    add_rollups(connection, segment.path, segment.rollups)
    note_change(connection)
    connection.execute(sa.delete(DISCARDS).where(DISCARDS.c.path == segment.path))


def note_change(connection: sa.Connection) -> None:
    """Tell readers, in the transaction that changes them, that what they know of segments is no longer so."""
    its = GENERATION.c.id == 1
    changed = connection.execute(sa.update(GENERATION).where(its).values(count=GENERATION.c.count + 1))
    if not changed.rowcount:
        connection.execute(sa.insert(GENERATION).values(id=1, count=1))


def read_generation(connection: sa.Connection) -> int:
    """Tell how often the lists have changed."""
    return connection.scalar(sa.select(GENERATION.c.count).where(GENERATION.c.id == 1)) or 0


def add_layout(connection: sa.Connection, segment: Segment) -> None:
    """Note a segment's set of columns, unless it is known."""
    if connection.scalar(sa.select(LAYOUTS.c.id).where(LAYOUTS.c.id == segment.layout)) is None:
        columns = json.dumps(segment.columns)
        connection.execute(sa.insert(LAYOUTS).values(id=segment.layout, columns=columns))


def add_rollups(connection: sa.Connection, file: str, rollups: Mapping[str, str]) -> None:
    """Keep the counts of a file's columns."""
    if rollups:
        rows = [{"file": file, "field": name, "counts": counts} for name, counts in rollups.items()]
        connection.execute(sa.insert(ROLLUPS), rows)


def discard_segments(connection: sa.Connection, segments: Sequence[Segment]) -> None:
    """Take segments off the list; their files are deleted later, by ``retention.sweep``.

    A pack goes with the last of its segments; until then one of those that are left answers for the bytes. Where a
    segment lies is looked up: it may have moved since it was listed.
    """
    freed: Counter[str] = Counter()
    note_change(connection)
    for segment in segments:
        pack = connection.scalar(sa.select(PACKED.c.file).where(PACKED.c.segment == segment.path))
        its = SEGMENTS.c.path == segment.path
        freed[pack or segment.path] += connection.scalar(sa.select(SEGMENTS.c.size_bytes).where(its)) or 0
        connection.execute(sa.delete(PACKED).where(PACKED.c.segment == segment.path))
        connection.execute(sa.delete(SEGMENTS).where(its))
    discard_files(connection, freed)
    for file, size_bytes in freed.items():
        heir = sa.select(sa.func.min(PACKED.c.segment)).where(PACKED.c.file == file).scalar_subquery()
        more = {"size_bytes": SEGMENTS.c.size_bytes + size_bytes}
        connection.execute(sa.update(SEGMENTS).where(SEGMENTS.c.path == heir).values(more))


def discard_files(connection: sa.Connection, files: Collection[str]) -> None:
    """Remember files to be deleted, and forget their rollups, but for packs that still hold a listed segment."""
    for file in sorted(files):
        if connection.scalar(sa.select(PACKED.c.segment).where(PACKED.c.file == file).limit(1)) is None:
            connection.execute(sa.delete(ROLLUPS).where(ROLLUPS.c.file == file))
            connection.execute(sa.delete(DISCARDS).where(DISCARDS.c.path == file))
            connection.execute(sa.insert(DISCARDS).values(path=file))


def count_hours(connection: sa.Connection, dataset: str) -> list[HourCount]:
    """Count a dataset's records by hour, oldest first, without opening a file."""
    segment = SEGMENTS.c
    counted = (
        sa.select(
            segment.day,
            segment.hour,
            add_up(segment.rows),
            sa.func.min(segment.min_ns),
            sa.func.max(segment.max_ns),
        )
        .where(segment.dataset == dataset)
        .group_by(segment.day, segment.hour)
        .order_by(segment.day, segment.hour)
    )
    return [HourCount(*row) for row in connection.execute(counted)]
