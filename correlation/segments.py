"""Segment files: how one is named, encoded, sealed, and given up.

A segment is a Parquet file below ``LAKE/<dataset>/dt=YYYY-MM-DD/``, named ``<HH>-<capture key>-<seq>.parquet``. It is
written under a temporary name, flushed to the disk, renamed, and its folder flushed: under its final name it is whole.
What all its records have in common, the capture, is not in the file: the manifest tells it. So records can be written
while the capture's digest is still being computed; only the final name waits for it.

Times are kept as nanoseconds of UTC without saying UTC in the type, because some readers cut a UTC type to
microseconds.
Columns that are empty in every row are left out of the file; the manifest tells which it holds.

Encodings were measured on 520,000 Modbus records of 75 columns: dictionaries for columns that already are
dictionaries, byte-stream split for numbers (16-bit lists take 4 bytes a value in Parquet, two of them zero, which the
split lets zstd skip), statistics only for numbers and times: 0.2 s of CPU, where the defaults take 0.7 s. Lists of
whole numbers, which are most of a file, are packed with zstd; all else with LZ4, which takes 15 % less time for 14 %
more bytes. Lists of texts and of floating-point numbers repeat themselves: with dictionaries they take a third less
time and half the bytes (90,000 OPC UA reads of five values).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from correlation.quarantine import NAME
from wanglou.errors import StoreError

HOUR_NS = 3_600 * 10**9
QUARANTINE = 1 << 40
"""Stands for the hour of records that may open none; larger than any hour, so that it is never the oldest open one."""
KEY_COLUMNS = ("@timestamp", "wanglou.packet", "wanglou.pdu")
"""Columns a file always holds, as searches order by them."""

TIME = "@timestamp"
CAPTURE = "wanglou.capture"
"""Column that is the same in every row of a file, and so is kept in the manifest instead."""
SEGMENT = "wanglou.segment"
"""Column of packs alone: path of the segment that a row belongs to."""
SUFFIX = ".parquet"
TEMPORARY = ".tmp"

_PLAIN_TIME = pa.timestamp("ns")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment belongs."""

    dataset: str
    hour_number: int
    """Hours since 1970, UTC."""
    key: str
    """The capture's part of the name."""
    seq: int

    @property
    def day(self) -> str:
        """UTC day, ``YYYY-MM-DD``, or ``quarantine``."""
        return NAME if self.hour_number == QUARANTINE else self._time.strftime("%Y-%m-%d")

    @property
    def hour(self) -> int:
        """UTC hour of the day, 0 to 23."""
        return 0 if self.hour_number == QUARANTINE else self._time.hour

    @property
    def path(self) -> str:
        """Path below the lake's folder, with ``/``."""
        return f"{self.dataset}/dt={self.day}/{self.hour:02d}-{self.key}-{self.seq:04d}{SUFFIX}"

    @staticmethod
    def number(day: str, hour: int) -> int:
        """Hours since 1970 of a day and hour, or ``QUARANTINE``."""
        if day == NAME:
            return QUARANTINE
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) // 3_600 + hour

    @property
    def _time(self) -> datetime:
        return datetime.fromtimestamp(self.hour_number * 3_600, UTC)


def name_key(identity: str) -> str:
    """Make the capture's part of file names: 16 hexadecimal digits, 8 more when an enterprise or a sensor is in it."""
    digest = hashlib.sha256(identity.encode()).hexdigest()
    capture, rest = identity[:64], identity[64:]
    if len(capture) == len(digest) and set(capture) <= set("0123456789abcdef"):
        return f"{capture[:16]}-{digest[:8]}" if rest else capture[:16]
    return f"{digest[:16]}-{digest[16:24]}"


def present_columns(table: pa.Table) -> set[str]:
    """Tell which columns have a value in any row, and those that are always kept."""
    rows = table.num_rows
    pairs = zip(table.column_names, table.itercolumns(), strict=True)
    return {name for name, column in pairs if column.null_count < rows or name in KEY_COLUMNS} - {CAPTURE}


def time_range(table: pa.Table) -> tuple[int, int]:
    """Give the first and last ``@timestamp`` in nanoseconds; the table is not empty and no time is null."""
    ends = pc.min_max(table[TIME].cast(pa.int64()))
    return ends["min"].as_py(), ends["max"].as_py()


def optional_columns(table: pa.Table) -> set[str]:
    """Tell which columns lack a value in some row."""
    return {name for name, column in zip(table.column_names, table.itercolumns(), strict=True) if column.null_count}


class SegmentFile:
    """One segment being written."""

    def __init__(self, folder: Path, path: str, schema: pa.Schema, columns: set[str], optional: set[str]) -> None:
        """Open the temporary file; ``schema`` is the dataset's, ``columns`` what the file will hold.

        Only ``optional`` ones may lack values: for the others Parquet keeps no marks, which saves a fifth of the time.
        """
        self.columns = tuple(name for name in schema.names if name in columns)
        self._folder, self._path = folder, folder / path
        self._temporary = self._path.with_name(self._path.name + TEMPORARY)
        kept = pa.schema([_stored(schema.field(name)).with_nullable(name in optional) for name in self.columns])
        with failing(self._path):
            self._sink = _create(self._temporary)
            self._writer = pq.ParquetWriter(self._sink, kept, **_settings(kept))
            self._schema = kept

    def write(self, table: pa.Table) -> None:
        """Write one row group."""
        chosen = table.select(self.columns)
        for place, column in enumerate(self._schema):
            if column.type == _PLAIN_TIME:
                chosen = chosen.set_column(place, column.name, chosen[place].cast(_PLAIN_TIME))
        with failing(self._path):
            whole = pa.Table.from_arrays(chosen.unify_dictionaries().columns, schema=self._schema)
            self._writer.write_table(whole, row_group_size=chosen.num_rows)

    def seal(self) -> tuple[str, int]:
        """End the file and put its bytes on the disk; gives their digest and their number."""
        with failing(self._path):
            self._writer.close()
            self._sink.close()
            return _flush(self._temporary)

    def publish(self, path: str) -> None:
        """Give a sealed file its final name, durably."""
        final = self._folder / path
        with failing(final):
            self._temporary.replace(final)
            flush_folder(final.parent)
            flush_folder(final.parent.parent)

    def give_up(self) -> None:
        """Delete what was written; never fails."""
        with contextlib.suppress(OSError, ValueError, pa.ArrowException):
            self._writer.close()
        with contextlib.suppress(OSError, ValueError):
            self._sink.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink()


def _create(path: Path) -> pa.OSFile:
    """Open a new file; its folder may be swept away as empty between the two calls, so try twice."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return pa.OSFile(str(path), "wb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return pa.OSFile(str(path), "wb")


def _stored(field: pa.Field) -> pa.Field:
    return field.with_type(_PLAIN_TIME) if pa.types.is_timestamp(field.type) else field


def _settings(schema: pa.Schema) -> dict[str, Any]:
    """Choose encodings by column type; the module's docstring has the reasons."""
    numbers = [field.name for field in schema if _is_number(field.type)]
    lists = {f"{field.name}.list.element": field.type.value_type for field in schema if pa.types.is_list(field.type)}
    packed = [leaf for leaf, kind in lists.items() if pa.types.is_integer(kind)]
    texts = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    plain = [field.name for field in schema if not pa.types.is_list(field.type)]
    return {
        "compression": {**dict.fromkeys((*plain, *lists), "lz4"), **dict.fromkeys(packed, "zstd")},
        "compression_level": dict.fromkeys(packed, 1) or None,
        "use_dictionary": [*texts, *(leaf for leaf in lists if leaf not in packed)],
        "column_encoding": dict.fromkeys((*numbers, *packed), "BYTE_STREAM_SPLIT"),
        "write_statistics": numbers,
    }


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_timestamp(kind))


def _flush(path: Path) -> tuple[str, int]:
    """Put a file's bytes on the disk; gives their SHA-256 and their number."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size


def flush_folder(folder: Path) -> None:
    """Put a folder's names on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_ADVICE = {
    "ENOSPC": "free some disk space or give --max-disk; what was sealed is kept, replay the capture again",
    "EDQUOT": "free some of the quota; what was sealed is kept, replay the capture again",
    "EACCES": "give this user write permission, or use another --lake",
    "EPERM": "give this user write permission, or use another --lake",
    "EROFS": "use a --lake on a disk that can be written",
    "EFBIG": "raise the limit on file sizes (ulimit -f); what was sealed is kept, replay the capture again",
    "EMFILE": "raise the limit on open files (ulimit -n)",
    "EEXIST": "use another --lake: a part of its path is a file",
    "ENOTDIR": "use another --lake: a part of its path is a file",
    "EIO": "check the disk and the kernel's log",
}


@contextlib.contextmanager
def failing(where: Path) -> Iterator[None]:
    """Turn what the operating system says into a StoreError with advice."""
    try:
        yield
    except OSError as error:
        raise explain(error, where) from error


def explain(error: OSError, where: Path) -> StoreError:
    """Tell an operating system's error with its place and what to do."""
    code = errno.errorcode.get(error.errno or 0, "")
    what = os.strerror(error.errno) if error.errno else str(error)
    return StoreError(
        f"cannot write: {what}", where=str(where), do=_ADVICE.get(code, "check the disk and its permissions")
    )
