"""DuckDB over the segments that the manifest lists: connections, what a query reads from, and its errors.

No DuckDB database file exists: each lake has one database in memory, and each query its own cursor on it, as a result
that is half read blocks its connection. Segments leave out columns that are empty, so a query reads from one
``read_parquet`` for each set of columns, with NULL for those left out.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from correlation.manifest import Segment
from correlation.query_sql import MACROS, Condition, quote
from correlation.segments import CAPTURE
from parsers.schema import Dataset, Field
from wanglou.errors import StoreError

if TYPE_CHECKING:
    import duckdb

MEMORY = "512MB"
"""What DuckDB may use: enough to sort a window of a search."""

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

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a cursor for one query, and close it with whatever result is left."""
        import duckdb  # noqa: PLC0415 - whoever only writes does without it, and it takes long to load

        cursor = self.open().cursor()
        try:
            yield cursor
        except duckdb.OutOfMemoryException as error:
            raise StoreError(
                f"the query needs more than {MEMORY} of memory", do="ask for a shorter time or with a --limit"
            ) from error
        except duckdb.Error as error:
            raise StoreError(
                f"the lake cannot be read: {str(error).splitlines()[0]}",
                where=str(self._folder),
                do="try again; if it stays, delete that capture and replay it",
            ) from error
        finally:
            cursor.close()

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
        """Let go of the database in memory."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def branches(self, segments: Sequence[Segment], fields: Collection[Field]) -> list[Condition]:
        """Make a SELECT of ``fields`` for each set of columns the segments have, files as parameters."""
        ordered = sorted(segments, key=lambda segment: segment.columns)
        return [self._select(list(group), columns, fields) for columns, group in groupby(ordered, _columns)]

    def _select(self, segments: Sequence[Segment], columns: tuple[str, ...], fields: Collection[Field]) -> Condition:
        files = [str(self._folder / segment.path) for segment in segments]
        names = select_list(fields, (*columns, CAPTURE))
        if CAPTURE in columns:  # files of earlier versions hold it
            return Condition(f"SELECT {names} FROM read_parquet(?)", (files,))  # noqa: S608 - names are quoted, and ours
        captures = f'(SELECT unnest(?) AS "file", unnest(?) AS {quote(CAPTURE)})'
        sql = f'SELECT {names} FROM read_parquet(?, filename = "file") JOIN {captures} USING ("file")'  # noqa: S608 - as above
        return Condition(sql, (files, files, [segment.capture for segment in segments]))


def _columns(segment: Segment) -> tuple[str, ...]:
    return segment.columns


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


def in_time(start_ns: int | None, end_ns: int | None) -> Condition:
    """Ask for a stretch of time, the end not included."""
    condition = Condition("TRUE")
    if start_ns is not None:
        condition &= Condition('"@timestamp" >= make_timestamp_ns(?)', (start_ns,))
    if end_ns is not None:
        condition &= Condition('"@timestamp" < make_timestamp_ns(?)', (end_ns,))
    return condition
