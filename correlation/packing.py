"""Packs: the segments of several small files in one, which tells of each row what segment it belongs to.

A pack is a Parquet file like a segment's, its rows sorted by time, with the column ``SEGMENT`` more. Columns that are
empty in all of its rows are left out.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from correlation.damage import require_intact
from correlation.manifest import (
    PACKED,
    SEGMENTS,
    Segment,
    Wanted,
    add_layout,
    add_rollups,
    discard_files,
    list_segments,
    note_change,
)
from correlation.partitions import Cut
from correlation.rollup import RollupCounter
from correlation.segments import SEGMENT, SUFFIX, TIME, SegmentFile, failing, optional_columns, present_columns
from parsers.schema import Dataset
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

PACK = "pack-"
"""How the names of packs begin."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of one dataset and day, with the segments in it that are listed."""

    path: str
    segments: tuple[Segment, ...]

    @property
    def rows(self) -> int:
        """Records of those segments."""
        return sum(segment.rows for segment in self.segments)

    @property
    def size_bytes(self) -> int:
        """Their share of the file."""
        return sum(segment.size_bytes for segment in self.segments)

    @property
    def is_wasteful(self) -> bool:
        """More than half of a pack's rows are of segments that are gone."""
        return 2 * self.rows < self.segments[0].pack_rows


def write_pack(folder: Path, ledger: Ledger, dataset: Dataset, files: Sequence[File]) -> bool:
    """Write one pack and list it in the place of its files; False where one of them was removed meanwhile."""
    segments = [segment for file in files for segment in file.segments]
    schema = dataset.arrow.append(pa.field(SEGMENT, pa.dictionary(pa.int32(), pa.string())))
    try:
        table = pa.concat_tables(_read(folder, schema, file) for file in files).combine_chunks().sort_by(TIME)
    except FileNotFoundError:  # removed since it was listed
        return False
    except pa.ArrowException as error:
        advice = "delete the capture that the file's name tells, and replay it"
        raise StoreError(f"cannot be read: {error}", where=files[0].path, do=advice) from error
    path = f"{dataset.name}/dt={segments[0].day}/{PACK}{secrets.token_hex(8)}{SUFFIX}"
    columns = present_columns(table)
    pack = SegmentFile(folder, path, schema, columns, optional_columns(table))
    counter = RollupCounter()
    try:
        group_rows = Cut().group_rows
        for first in range(0, table.num_rows, group_rows):
            pack.write(table.slice(first, group_rows))
        counter.add(table.drop_columns(SEGMENT))
        digest, size_bytes = pack.seal()
    except BaseException:
        pack.give_up()
        raise
    pack.publish(path)
    kept = tuple(name for name in pack.columns if name != SEGMENT)
    moved = _share(segments, path, table.num_rows, digest, size_bytes, kept)
    return _list(folder, ledger, segments, moved, counter.finish(kept))


def _read(folder: Path, schema: pa.Schema, file: File) -> pa.Table:
    """Read the listed segments of a file, in the dataset's columns and the one that names the segment."""
    require_intact(folder, file.path, file.segments)
    found = pq.ParquetFile(folder / file.path).read()
    rows = found.num_rows
    if file.segments[0].pack:
        names = found[SEGMENT].cast(pa.string())
        found = found.set_column(found.schema.get_field_index(SEGMENT), SEGMENT, names)
        wanted = pa.array([segment.path for segment in file.segments])
        found = found.filter(pc.is_in(names, wanted))
    else:
        found = found.append_column(SEGMENT, pa.repeat(file.path, rows))
    columns = [_column(found, field) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(table: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    if field.name not in table.column_names:
        return pa.chunked_array([pa.nulls(table.num_rows, field.type)])
    column = table[field.name]
    if pa.types.is_dictionary(field.type) and not pa.types.is_dictionary(column.type):
        return column.dictionary_encode().cast(field.type)
    return column.cast(field.type)


def _share(
    segments: Sequence[Segment], path: str, rows: int, digest: str, size_bytes: int, columns: tuple[str, ...]
) -> list[Segment]:
    """Tell of each segment that it lies in the pack now, with its share of the pack's bytes by rows."""
    moved, before = [], 0
    for segment in segments:
        after = before + segment.rows
        share = size_bytes * after // rows - size_bytes * before // rows
        moved.append(
            replace(segment, pack=path, pack_rows=rows, digest=digest, size_bytes=share, columns=columns),
        )
        before = after
    return moved


def _list(
    folder: Path, ledger: Ledger, old: Sequence[Segment], moved: Sequence[Segment], rollups: dict[str, str]
) -> bool:
    """Put the pack in the place of its files, in one transaction, if they still are what was read."""
    with ledger.transaction() as connection:
        listed = {segment.path: segment for segment in list_segments(connection, Wanted(old[0].dataset))}
        is_same = all(listed.get(segment.path) == segment for segment in old)
        if is_same:
            note_change(connection)
            add_layout(connection, moved[0])
            for segment in moved:
                _move(connection, segment)
            add_rollups(connection, moved[0].pack, rollups)
            discard_files(connection, {segment.file for segment in old})
    if not is_same:
        with failing(folder / moved[0].pack):
            (folder / moved[0].pack).unlink(missing_ok=True)
    return is_same


def _move(connection: sa.Connection, segment: Segment) -> None:
    changes = {"digest": segment.digest, "size_bytes": segment.size_bytes, "layout": segment.layout}
    connection.execute(sa.update(SEGMENTS).where(SEGMENTS.c.path == segment.path).values(changes))
    connection.execute(sa.delete(PACKED).where(PACKED.c.segment == segment.path))
    row = {"segment": segment.path, "file": segment.pack, "file_rows": segment.pack_rows}
    connection.execute(sa.insert(PACKED).values(row))
