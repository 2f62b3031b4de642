"""Rollups: how often each value of a column stands in a file, counted while it is written; of times, each minute.

They answer what pages ask of everything (a histogram, the commonest values) without opening a file, and tell which
files hold nothing that a filter asks for. Only columns of few values are counted: names, addresses, codes, flags. A
column with more than ``MOST_VALUES`` in a file has no rollup there, and its file is read instead.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from sys import intern
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from numpy.typing import NDArray

from correlation.manifest import PACKED, ROLLUPS, SEGMENTS, Wanted, wanted_conditions
from wanglou.tally import tally, tally_spans

MOST_VALUES = 1_024
"""Values of a column in one file that are counted: some 20 KB of the ledger at most."""
MOST_CHARACTERS = 65_536
"""Characters of the counts of one column, as they are kept."""
MOST_MINUTES = 4_096
"""Minutes that have records in one file, and from the first to the last time of a row group."""
FEWEST_ROWS = 4_096
"""Files with fewer records have no rollup: reading them takes less than a rollup would."""
MINUTE_NS = 60 * 10**9
TIME, CAPTURE = "@timestamp", "wanglou.capture"

Value = str | int | bool
Counts = Mapping[Value, int]
"""Records by value; for times by minutes since 1970. Records without a value are in none."""


class RollupCounter:
    """Counts the values of one file's columns, one row group after the other."""

    def __init__(self) -> None:
        """Begin a file."""
        self.rows = 0
        self._counts: dict[str, Counter[Value]] = {}
        self._dropped: set[str] = set()

    def add(self, table: pa.Table) -> None:
        """Count a row group."""
        self.rows += table.num_rows
        for name, column in zip(table.column_names, table.itercolumns(), strict=True):
            count = _choose(name, column.type)
            if count is None or name == CAPTURE or name in self._dropped:
                continue
            counts = self._counts.setdefault(name, Counter())
            if column.null_count == len(column):
                continue
            is_counted = all(count(chunk, counts) for chunk in column.chunks)
            if not is_counted or len(counts) > (MOST_MINUTES if name == TIME else MOST_VALUES):
                self._dropped.add(name)
                del self._counts[name]

    def finish(self, columns: Collection[str]) -> dict[str, str]:
        """Give the counts of those of ``columns`` that have few values, as ``write_counts`` writes them."""
        if self.rows < FEWEST_ROWS:
            return {}
        texts = {name: write_counts(counts) for name, counts in self._counts.items() if name in columns}
        return {name: text for name, text in texts.items() if len(text) <= MOST_CHARACTERS}


def _choose(name: str, kind: pa.DataType) -> Any:
    if pa.types.is_dictionary(kind):
        return _count_texts
    if pa.types.is_boolean(kind):
        return _count_flags
    if kind in (pa.uint8(), pa.uint16()):
        return _count_numbers
    if kind == pa.int64():
        return _count_small
    return _count_minutes if name == TIME else None


def _count_texts(chunk: pa.DictionaryArray, counts: Counter[Value]) -> bool:
    texts = chunk.dictionary
    if len(texts) == 1:  # most columns of a batch: one name, or none
        found = np.array([len(chunk) - chunk.indices.null_count])
    else:
        found = _tally_numbers(chunk.indices, len(texts))
    return _note(found, counts, lambda places: texts.take(pa.array(places)).to_pylist())


def _count_flags(chunk: pa.BooleanArray, counts: Counter[Value]) -> bool:
    for flag, number in ((False, chunk.false_count), (True, chunk.true_count)):
        if number:
            counts[flag] += number
    return True


def _count_numbers(chunk: pa.Array, counts: Counter[Value]) -> bool:
    low, high = _find_ends(chunk)
    if low is None:
        return True
    if low == high:
        counts[low] += len(chunk) - chunk.null_count
        return True
    return _note(_tally_numbers(chunk, high + 1), counts, np.ndarray.tolist)


def _count_small(chunk: pa.Array, counts: Counter[Value]) -> bool:
    """Count whole numbers where all are small: severities, codes; not lengths, ordinals and durations."""
    low, high = _find_ends(chunk)
    return low is None or (low >= 0 and high < MOST_VALUES and _count_numbers(chunk, counts))


def _count_minutes(chunk: pa.Array, counts: Counter[Value]) -> bool:
    times = chunk.cast(pa.int64())
    low, high = _find_ends(times)
    if low is None:
        return True
    first, size = low // MINUTE_NS, high // MINUTE_NS - low // MINUTE_NS + 1
    if size > MOST_MINUTES:
        return False
    found = tally_spans(times.to_numpy(), MINUTE_NS, first, size)
    return _note(found, counts, lambda places: (places + first).tolist())


def _tally_numbers(chunk: pa.Array, size: int) -> NDArray[np.int64]:
    """Count values that are below ``size``; those of rows without a value, which may be anything, are not."""
    if not chunk.null_count:
        return tally(chunk.to_numpy(), size)
    bits, values = chunk.buffers()
    numbers = np.frombuffer(values, chunk.type.to_pandas_dtype())[chunk.offset : chunk.offset + len(chunk)]
    return tally(numbers, size, np.frombuffer(bits, np.uint8), chunk.offset)


def _find_ends(chunk: pa.Array) -> tuple[Any, Any]:
    """Smallest and largest value; None for both where there is none."""
    ends = pc.min_max(chunk)
    return ends["min"].as_py(), ends["max"].as_py()


def _note(found: NDArray[np.int64], counts: Counter[Value], read: Callable[[NDArray[np.int64]], list[Any]]) -> bool:
    """Add what was found at each place, as the value that ``read`` gives for it, unless the values are too many."""
    places = np.flatnonzero(found)
    if len(places) > MOST_VALUES:
        return False
    for value, number in zip(read(places), found[places].tolist(), strict=True):
        if value is not None:
            counts[value] += number
    return True


def write_counts(counts: Counts) -> str:
    """Write counts as JSON, values in order, so that equal counts are equal texts."""
    return json.dumps(sorted(counts.items()), separators=(",", ":"), ensure_ascii=True)


def parse_counts(text: str) -> Counts:
    """Read what ``write_counts`` wrote; a text that many files have is kept once."""
    return {intern(value) if isinstance(value, str) else value: count for value, count in json.loads(text)}


def read_rollups(connection: sa.Connection, wanted: Wanted, fields: Collection[str]) -> dict[str, dict[str, Counts]]:
    """Read the rollups of some columns of the wanted segments' files, by file and column."""
    if not fields:
        return {}
    files = (
        sa.select(sa.func.coalesce(PACKED.c.file, SEGMENTS.c.path))
        .select_from(SEGMENTS.outerjoin(PACKED, PACKED.c.segment == SEGMENTS.c.path))
        .where(*wanted_conditions(wanted))
    )
    chosen = sa.select(ROLLUPS).where(ROLLUPS.c.file.in_(files), ROLLUPS.c.field.in_(list(fields)))
    found: dict[str, dict[str, Counts]] = {}
    for file, field, counts in connection.execute(chosen):
        found.setdefault(file, {})[field] = parse_counts(counts)
    return found
