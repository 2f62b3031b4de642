"""Reading one window of a search from the files of a lake, again where they moved meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from correlation.damage import SegmentError, blame
from correlation.manifest import Segment
from correlation.query_sql import Condition
from correlation.reader import ATTEMPTS, Reader, has_lost_files, in_time
from correlation.record import result_schema
from correlation.search_query import Asked, Bound, find_bound, write_query
from correlation.windows import Window

BATCH_ROWS = 16_384
"""Rows of a batch of results."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files that windows are read from."""

    reader: Reader
    folder: Path
    """The lake's."""
    list_again: Callable[[], Sequence[Segment]]
    """Lists the segments there are now."""


def look_into(
    asked: Asked,
    files: Files,
    window: Window,
    condition: Condition,
    limit: int,
) -> Bound:
    """Count what one window has, up to ``limit``, and ask for what comes up to the last; again as ``read_window``."""
    segments: Sequence[Segment] = window.segments
    for left in reversed(range(ATTEMPTS)):
        try:
            return find_bound(asked, files.reader, segments, condition & in_time(window.start_ns, window.end_ns), limit)
        except SegmentError as error:
            if not left or not has_lost_files(files.folder, segments):
                raise blame(error, files.folder, segments) from error
            segments = _list_again(segments, files.list_again)
    raise AssertionError("the last attempt returns or raises")


def read_window(
    asked: Asked,
    files: Files,
    window: Window,
    condition: Condition,
    limit: int,
) -> Iterator[pa.RecordBatch]:
    """Read one window; again where compaction moved records, or retention removed them, since they were listed."""
    schema = result_schema(asked.dataset, asked.names)
    condition &= in_time(window.start_ns, window.end_ns)
    segments: Sequence[Segment] = window.segments
    for left in reversed(range(ATTEMPTS)):
        started = False
        if not segments:
            return
        try:
            query = write_query(asked, files.reader, segments, condition, limit)
            if query is None:
                return
            with files.reader.cursor() as cursor:
                for batch in cursor.sql(query.sql, params=list(query.parameters)).to_arrow_reader(BATCH_ROWS):
                    started = True
                    yield _as(schema, batch)
        except SegmentError as error:
            if started or not left or not has_lost_files(files.folder, segments):
                raise blame(error, files.folder, segments) from error
            segments = _list_again(segments, files.list_again)
        else:
            return


def _list_again(segments: Sequence[Segment], list_again: Callable[[], Sequence[Segment]]) -> list[Segment]:
    """Give those of the segments that there are still, where they lie now."""
    listed = {segment.path: segment for segment in list_again()}
    return [listed[segment.path] for segment in segments if segment.path in listed]


def _as(schema: pa.Schema, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give the batch the schema of results."""
    arrays = [array.cast(field.type) for array, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
