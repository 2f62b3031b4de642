"""How a capture's records become segments: by hour, in row groups, with cuts that depend on the records alone.

The same records in the same tables give the same segments, names and bytes, however fast they came: this is what lets
an interrupted capture be read again from its start. A segment that an earlier run sealed is recognised by its name and
not written again; its row count and times are compared, and a difference is an error. Segments that are sealed before
the capture's identity is known wait for their name.

Bounds: rows in memory, open hours, hours a table is split into. A table whose times are scattered over more hours goes
whole to the hour of its newest record; the manifest keeps true times, so searches find it all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from correlation.manifest import Segment
from correlation.quarantine import DAY_NS, Admission
from correlation.rollup import RollupCounter
from correlation.segments import (
    HOUR_NS,
    QUARANTINE,
    TIME,
    Place,
    SegmentFile,
    optional_columns,
    present_columns,
    time_range,
)
from wanglou.errors import StoreError


@dataclass(frozen=True, slots=True)
class Cut:
    """Where segments are cut; part of what makes their names repeatable."""

    group_rows: int = 131_072
    """Rows of a row group."""
    segment_rows: int = 1_048_576
    """Rows of a segment, a multiple of ``group_rows``."""
    held_rows: int = 524_288
    """Rows held in memory for all hours of a dataset; beyond it the fullest hour is written."""
    held_bytes: int = 24 << 20
    """The same in bytes of Arrow buffers."""
    open_hours: int = 16
    """Hours of a dataset that are open at once; beyond it the oldest is sealed."""
    split_hours: int = 24
    """Hours one table is split into at most."""

    def __str__(self) -> str:
        """Tell whether two runs cut alike: equal texts, equal cuts."""
        sizes = (self.group_rows, self.segment_rows, self.held_rows, self.held_bytes, self.open_hours, self.split_hours)
        return "4:" + ":".join(str(size) for size in sizes)


@dataclass(slots=True)
class _Hour:
    """One hour of one dataset: rows waiting, and the segment being written."""

    number: int
    seq: int
    waiting: list[pa.Table] = field(default_factory=list)
    rows: int = 0
    """Rows waiting."""
    size_bytes: int = 0
    """Bytes waiting."""
    place: Place | None = None
    """Of the open segment."""
    file: SegmentFile | None = None
    """The open segment's file; None when an earlier run sealed it."""
    columns: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    written: int = 0
    """Rows of the open segment."""
    times: list[int] = field(default_factory=list)
    """First and last times of its row groups."""
    rollup: RollupCounter = field(default_factory=RollupCounter)
    """Of the open segment."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a capture's segments are called, once its identity is known."""

    capture: str
    key: str
    """The capture's part of file names."""
    known: Mapping[str, Segment]
    """Segments of an earlier run, by path."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A whole segment that may still wait for its name."""

    place: Place
    facts: tuple[int, int, int]
    """Rows, first and last time."""
    file: SegmentFile | None
    """None: an earlier run sealed it."""
    digest: str = ""
    size_bytes: int = 0
    rollups: Mapping[str, str] = field(default_factory=dict)


class DatasetWriter:
    """Cuts one dataset's records of one capture into segments."""

    def __init__(
        self,
        folder: Path,
        schema: pa.Schema,
        dataset: str,
        name: Name | str,
        *,
        cut: Cut,
        seal: Callable[[Segment], None],
        admission: Admission | None = None,
        first_seq: Callable[[int], int] = lambda _hour: 0,
    ) -> None:
        """Write below ``folder``.

        A ``name`` that is a text is a key for temporary files only, until ``rename``. ``seal`` is told of each new
        segment, ``admission`` says which days may be opened, ``first_seq`` numbers the first segment of an hour.
        """
        self._folder, self._schema, self._dataset = folder, schema, dataset
        self._name = name if isinstance(name, Name) else None
        self._key = name if isinstance(name, str) else name.key
        self._cut, self._seal, self._first_seq = cut, seal, first_seq
        self._admission = admission or Admission()
        self._sealed: list[_Sealed] = []
        self._open: dict[int, _Hour] = {}
        self._next_seq: dict[int, int] = {}
        self._columns: set[str] = set()
        self._optional: set[str] = set()
        self.made: list[str] = []
        """Paths of all segments of this run, new or known."""

    def append(self, table: pa.Table) -> None:
        """Take records; write what is due."""
        if not table.num_rows:
            return
        if not table.schema.equals(self._schema) or table[TIME].null_count:
            raise StoreError(f"a table of {self._dataset} does not have the dataset's columns, or lacks a time")
        for number, part in _split(table, self._cut.split_hours, self._admit):
            self._add(self._hour(number), part)
        while self._held("rows") > self._cut.held_rows or self._held("size_bytes") > self._cut.held_bytes:
            fullest = max(self._open.values(), key=lambda hour: (hour.size_bytes, hour.number))
            self._write(fullest, fullest.rows)

    def finish(self) -> None:
        """Write and seal everything."""
        for number in sorted(self._open):
            self._close(self._open[number])
        self._open.clear()

    def rename(self, name: Name) -> None:
        """Take the final name: what was sealed gets its place, what is begun from now on has it at once."""
        self._name, self._key = name, name.key
        self._publish()

    def give_up(self) -> None:
        """Drop what is not sealed, or has no name."""
        for file in [*(hour.file for hour in self._open.values()), *(sealed.file for sealed in self._sealed)]:
            if file is not None:
                file.give_up()
        self._open.clear()
        self._sealed.clear()

    def _admit(self, hour: int, rows: int) -> bool:
        day = hour // 24
        return self._admission.admit(self._dataset, day, day * DAY_NS, rows)

    def _held(self, what: str) -> int:
        return sum(getattr(hour, what) for hour in self._open.values())

    def _hour(self, number: int) -> _Hour:
        if number not in self._open:
            if len(self._open) >= self._cut.open_hours:
                oldest = min(self._open)
                self._close(self._open[oldest])
                del self._open[oldest]
            if number not in self._next_seq:
                self._next_seq[number] = self._first_seq(number)
            self._open[number] = _Hour(number, self._next_seq[number])
        return self._open[number]

    def _add(self, hour: _Hour, table: pa.Table) -> None:
        hour.waiting.append(table)
        hour.rows += table.num_rows
        hour.size_bytes += table.nbytes
        while hour.rows >= self._due(hour):
            self._write(hour, self._due(hour))

    def _due(self, hour: _Hour) -> int:
        """Rows of the next row group when it is full, or what is left of the segment."""
        return min(self._cut.group_rows, self._cut.segment_rows - hour.written)

    def _write(self, hour: _Hour, rows: int) -> None:
        """Write the first ``rows`` that wait as one row group."""
        waiting = pa.concat_tables(hour.waiting)
        group, rest = waiting.slice(0, rows), waiting.slice(rows)
        hour.waiting = [rest] if rest.num_rows else []
        hour.rows, hour.size_bytes = rest.num_rows, rest.nbytes if rest.num_rows else 0
        self._columns |= present_columns(group)
        self._optional |= optional_columns(group)
        fits = self._columns <= hour.columns and self._optional & self._columns <= hour.optional
        if hour.place is not None and not fits:
            self._end(hour)  # the file lacks a column that has values from here on, or has one that now lacks some
        if hour.place is None:
            self._begin(hour)
        if hour.file is not None:
            hour.file.write(group)
            hour.rollup.add(group)
        hour.written += group.num_rows
        hour.times += time_range(group)
        if hour.written >= self._cut.segment_rows:
            self._end(hour)

    def _begin(self, hour: _Hour) -> None:
        hour.place = Place(self._dataset, hour.number, self._key, hour.seq)
        hour.columns, hour.optional = frozenset(self._columns), frozenset(self._optional)
        if self._name is None or hour.place.path not in self._name.known:
            hour.file = SegmentFile(self._folder, hour.place.path, self._schema, self._columns, self._optional)

    def _end(self, hour: _Hour) -> None:
        """Seal the open segment."""
        if hour.place is None:
            return
        ends = hour.file.seal() if hour.file is not None else ("", 0)
        facts = (hour.written, min(hour.times), max(hour.times))
        rollups = hour.rollup.finish(hour.file.columns) if hour.file is not None else {}
        self._sealed.append(_Sealed(hour.place, facts, hour.file, *ends, rollups))
        hour.rollup = RollupCounter()
        hour.seq += 1
        self._next_seq[hour.number] = hour.seq
        hour.place, hour.file, hour.written, hour.times = None, None, 0, []
        self._publish()

    def _publish(self) -> None:
        """Put sealed segments in their places, as soon as they have names."""
        while self._name is not None and self._sealed:
            sealed = self._sealed.pop(0)
            place = replace(sealed.place, key=self._name.key)
            known = self._name.known.get(place.path)
            if known is not None:
                _compare(known, sealed.facts)
                if sealed.file is not None:
                    sealed.file.give_up()
            elif sealed.file is not None:
                sealed.file.publish(place.path)
                where = (place.path, self._name.capture, place.dataset, place.day, place.hour, place.seq)
                file = (sealed.digest, sealed.size_bytes, sealed.file.columns)
                self._seal(Segment(*where, *sealed.facts, *file, rollups=sealed.rollups))
            self.made.append(place.path)

    def _close(self, hour: _Hour) -> None:
        if hour.rows:
            self._write(hour, hour.rows)
        if hour.place is not None:
            self._end(hour)


def _compare(known: Segment, facts: tuple[int, int, int]) -> None:
    if facts != (known.rows, known.min_ns, known.max_ns):
        raise StoreError(
            "the capture's records differ from those an interrupted run left",
            where=known.path,
            do="run `wanglou capture delete` for this capture, then replay it",
        )


def _split(table: pa.Table, most: int, admit: Callable[[int, int], bool]) -> list[tuple[int, pa.Table]]:
    """Split a table by hours since 1970, in order of the hours and keeping the order of rows in each.

    Hours that ``admit``, given their number and rows, does not take become ``QUARANTINE``.
    """
    first, last = time_range(table)
    if first // HOUR_NS == last // HOUR_NS:
        number = first // HOUR_NS
        return [(number if admit(number, table.num_rows) else QUARANTINE, table)]
    hours = table[TIME].cast(pa.int64()).to_numpy() // HOUR_NS
    numbers, counts = np.unique(hours, return_counts=True)
    refused = [n for n, rows in zip(numbers.tolist(), counts.tolist(), strict=True) if not admit(n, rows)]
    if refused:
        hours = np.where(np.isin(hours, refused), QUARANTINE, hours)
        numbers = np.unique(hours)
    if len(numbers) > most:
        newest = [number for number in numbers.tolist() if number != QUARANTINE][-1]
        hours = np.where(hours == QUARANTINE, QUARANTINE, newest)
        numbers = np.unique(hours)
    if len(numbers) == 1:
        return [(int(numbers[0]), table)]
    return [(int(number), table.take(np.flatnonzero(hours == number))) for number in numbers]
