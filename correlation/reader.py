"""DuckDB over the segments that the manifest lists: connections, what a query reads from, and its errors.

No DuckDB database file exists: each lake has one database in memory, and each query its own cursor on it, as a result
that is half read blocks its connection. Segments leave out columns that are empty, so a query reads from one
``read_parquet`` for each set of columns, with NULL for those left out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from correlation.blocks import Blocks
from correlation.damage import SegmentError
from correlation.manifest import Segment
from correlation.query_sql import EVENT_PARTS, MACROS, Condition, quote
from correlation.segments import CAPTURE, SEGMENT
from parsers.schema import Dataset, Field
from wanglou.errors import StoreError

if TYPE_CHECKING:
    import duckdb

MEMORY = "512MB"
"""What DuckDB may use: enough to sort a window of a search."""
CLOSE_S = 2.0
"""Seconds that queries which were told to end are waited for; DuckDB looks at that between two pieces of work."""
_PAUSE_S = 0.01
KEPT = "16MB"
"""Peak of a task from which on DuckDB gives freed memory back behind it, an eighth of its own choice."""
ATTEMPTS = 5
"""How often a query is put whose files are moved or removed while it reads."""

_TYPES = {
    "time": "TIMESTAMP_NS",
    "duration": "BIGINT",
    "ip": "VARCHAR",
    "keyword": "VARCHAR",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "long": "BIGINT",
    "double": "DOUBLE",
    "u8": "UTINYINT",
    "u16": "USMALLINT",
    "u32": "UINTEGER",
    "longs": "BIGINT[]",
    "doubles": "DOUBLE[]",
    "keywords": "VARCHAR[]",
}
"""DuckDB's type of a column that a file leaves out, by kind."""


class Reader:
    """Runs SQL over segments below one folder; any number of threads may use it."""

    def __init__(self, folder: Path) -> None:
        """Read below ``folder`` and nowhere else."""
        self._folder = folder.absolute()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()
        self._cursors: set[duckdb.DuckDBPyConnection] = set()
        self._is_stopped = False
        self.blocks = Blocks()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a cursor for one query, and close it with whatever result is left.

        Raises StoreError once the reader was told to stop, also in the midst of a query.
        """
        import duckdb  # noqa: PLC0415 - whoever only writes does without it, and it takes long to load

        cursor = self._begin()
        try:
            yield cursor
            if cursor not in self._cursors:  # else what was read until then would be taken for all there is
                raise _stopped()
        except duckdb.OutOfMemoryException as error:
            raise StoreError(
                f"the query needs more than {MEMORY} of memory", do="ask for a shorter time or with a --limit"
            ) from error
        except (duckdb.Error, pa.ArrowException) as error:
            if cursor not in self._cursors or isinstance(error, duckdb.InterruptException):
                raise _stopped() from error
            raise SegmentError(
                f"a file of the lake cannot be read: {next(iter(str(error).splitlines()), '')}",
                where=str(self._folder),
                do="`wanglou store check --deep` tells which",
            ) from error
        finally:
            with self._lock:
                self._cursors.discard(cursor)
            cursor.close()

    def _begin(self) -> duckdb.DuckDBPyConnection:
        """Open a cursor that ``stop`` finds."""
        database = self.open()
        with self._lock:
            if self._is_stopped or database is not self._database:
                raise _stopped()
            cursor = database.cursor()
            self._cursors.add(cursor)
        return cursor

    def stop(self) -> None:
        """Let queries under way end with StoreError, and begin no other, until the reader is closed."""
        with self._lock:
            self._is_stopped = True
            told = [*self._cursors]
        _interrupt(told)

    def open(self) -> duckdb.DuckDBPyConnection:
        """Load and set up DuckDB, which the first query does otherwise."""
        with self._lock:
            if self._database is None:
                self._database = self._connect()
            return self._database

    def _connect(self) -> duckdb.DuckDBPyConnection:
        import duckdb  # noqa: PLC0415 - see cursor

        database = duckdb.connect(
            config={
                "memory_limit": MEMORY,
                "allocator_flush_threshold": KEPT,
                "enable_external_file_cache": "false",
                "autoload_known_extensions": "false",
                "autoinstall_known_extensions": "false",
            }
        )
        for macro in MACROS:
            database.execute(macro)
        database.execute("SET allowed_directories = $folders", {"folders": [f"{self._folder}/"]})
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
        return database

    def close(self) -> None:
        """Let go of the database in memory, with the queries that are still under way."""
        with self._lock:
            database, self._database = self._database, None
            told, self._cursors = self._cursors, set()
        if database is not None:
            _close(database, told)
        self._is_stopped = False

    def branches(self, segments: Sequence[Segment], fields: Collection[Field]) -> list[Condition]:
        """Make a SELECT of ``fields`` for each set of columns the segments have, files as parameters."""
        ordered = sorted(segments, key=_layout)
        return [self._select(list(group), *key, fields) for key, group in groupby(ordered, _layout)]

    def _select(
        self,
        segments: Sequence[Segment],
        columns: tuple[str, ...],
        is_packed: bool,
        fields: Collection[Field],
    ) -> Condition:
        names = select_list(fields, (*columns, CAPTURE))
        if is_packed:
            return self._select_packed(segments, names, fields)
        files = [str(self._folder / segment.path) for segment in segments]
        if all(field.name != CAPTURE for field in fields):
            return Condition(f"SELECT {names} FROM read_parquet(?)", (files,))  # noqa: S608 - names are quoted, and ours
        if CAPTURE in columns:  # files of earlier versions hold it
            return Condition(f"SELECT {names} FROM read_parquet(?)", (files,))  # noqa: S608 - names are quoted, and ours
        captures = f'(SELECT unnest(?) AS "file", unnest(?) AS {quote(CAPTURE)})'
        sql = f'SELECT {names} FROM read_parquet(?, filename = "file") JOIN {captures} USING ("file")'  # noqa: S608 - as above
        return Condition(sql, (files, files, [segment.capture for segment in segments]))

    def _select_packed(self, segments: Sequence[Segment], names: str, fields: Collection[Field]) -> Condition:
        """Read from packs the rows of these segments and of no other, unless no other is there."""
        files = [str(self._folder / pack) for pack in sorted({segment.pack for segment in segments})]
        read = f"SELECT {names} FROM read_parquet(?)"  # noqa: S608 - names are quoted, and ours
        packs = {segment.pack: segment.pack_rows for segment in segments}
        is_whole = sum(packs.values()) == sum(segment.rows for segment in segments)
        if is_whole and all(field.name != CAPTURE for field in fields):
            return Condition(read, (files,))
        paths, captures = (list(part) for part in zip(*((s.path, s.capture) for s in segments), strict=True))
        part = quote(SEGMENT)
        sql = f"{read} JOIN (SELECT unnest(?) AS {part}, unnest(?) AS {quote(CAPTURE)}) USING ({part})"
        return Condition(sql, (files, paths, captures))


def _close(database: duckdb.DuckDBPyConnection, cursors: Collection[duckdb.DuckDBPyConnection]) -> None:
    """Close a database and end the queries of its cursors; one that does not end in time keeps its own.

    While a query runs DuckDB refuses to close, or waits for it; and a query that is about to begin hears no interrupt.
    So it is closed beside, and interrupted again and again.
    """
    until = time.monotonic() + CLOSE_S
    closing = threading.Thread(target=_close_until, args=(database, until), name="close-lake", daemon=True)
    closing.start()
    closing.join(_PAUSE_S)
    while closing.is_alive() and time.monotonic() < until:
        _interrupt(cursors)
        closing.join(_PAUSE_S)


def _close_until(database: duckdb.DuckDBPyConnection, until: float) -> None:
    import duckdb  # noqa: PLC0415 - see cursor

    while time.monotonic() < until:
        try:
            database.close()
        except duckdb.ResourceInUseException:
            time.sleep(_PAUSE_S)
        else:
            return


def _interrupt(cursors: Collection[duckdb.DuckDBPyConnection]) -> None:
    """End the queries of cursors; those that ended meanwhile are closed."""
    import duckdb  # noqa: PLC0415 - see cursor

    for cursor in cursors:
        with suppress(duckdb.ConnectionException):
            cursor.interrupt()


def _stopped() -> StoreError:
    return StoreError("the store is being closed", do="ask again when the program runs anew")


def _layout(segment: Segment) -> tuple[tuple[str, ...], bool]:
    return segment.columns, bool(segment.pack)


def has_lost_files(folder: Path, segments: Sequence[Segment]) -> bool:
    """Tell whether a file is gone that was listed: its records were removed since, or lie in another file now."""
    return not all((folder / file).exists() for file in {segment.file for segment in segments})


def sql_type(field: Field) -> str:
    """Give DuckDB's type of the values that are summarised: of lists their elements, of times nanoseconds."""
    return "BIGINT" if field.kind == "time" else _TYPES[field.kind].removesuffix("[]")


def select_list(fields: Collection[Field], columns: Collection[str]) -> str:
    """List fields for a SELECT, NULL of the right type for those that ``columns`` lacks."""
    present = set(columns)
    return ", ".join(
        quote(field.name) if field.name in present else f"CAST(NULL AS {_TYPES[field.kind]}) AS {quote(field.name)}"
        for field in fields
    )


def kept_fields(dataset: Dataset) -> list[Field]:
    """List the fields that are columns."""
    return [field for field in dataset.fields if not field.derived]


def needed_fields(dataset: Dataset, asked: Collection[Field]) -> list[Field]:
    """List the columns that reading some fields takes; at least one, so that rows can be counted."""
    names = {name for field in asked for name in (EVENT_PARTS if field.derived else (field.name,))}
    names |= {EVENT_PARTS[0] for field in asked if field.is_pointer}
    return [field for field in kept_fields(dataset) if field.name in names or field.name == "@timestamp"]


def in_time(start_ns: int | None, end_ns: int | None) -> Condition:
    """Ask for a stretch of time, the end not included."""
    condition = Condition("TRUE")
    if start_ns is not None:
        condition &= Condition('"@timestamp" >= make_timestamp_ns(?)', (start_ns,))
    if end_ns is not None:
        condition &= Condition('"@timestamp" < make_timestamp_ns(?)', (end_ns,))
    return condition
