"""A table as the facts about assets are read from it: columns that may be missing, and its distinct rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Codes = NDArray[np.int64]

HOUR_NS = 3_600_000_000_000
_DENSE = 4
"""Distinct rows are found by scattering while there are at most this many possible ones per row."""
_SPARSE = 64
_FEW = 1_024
"""Values that are sorted faster than a table of 65536 is made."""
_LARGEST = 1 << 62
_NO_CODES: Codes = np.empty(0, dtype=np.int64)
_ENDS = ["source.ip", "destination.ip", "destination.port", "network.transport", "network.protocol"]


class View:
    """A table whose columns are read by name, one that is missing as null throughout."""

    def __init__(self, name: str, table: pa.Table) -> None:
        """``name`` is that of the dataset; ``table`` has its columns or fewer."""
        self.name, self.table = name, table
        self._schema = table.schema
        self._columns: dict[str, pa.Array] = {}
        self._texts: dict[str, list[str | None]] = {}
        self._codes: dict[str, NDArray[Any]] = {}
        self._numbered: dict[str, tuple[NDArray[Any], list[Any]]] = {}

    def __len__(self) -> int:
        """Count the rows."""
        return int(self.table.num_rows)

    def has(self, name: str) -> bool:
        """True when the column is there and has values."""
        return self._is_there(name) and self.column(name).null_count < len(self)

    def rows_with(self, *names: str) -> Codes:
        """Rows where one of the columns has a value, ascending."""
        found = np.zeros(len(self), dtype=bool)
        for name in names:
            if self.has(name):
                found |= ~np.asarray(self.column(name).is_null())
        return np.flatnonzero(found)

    def numbers(self, name: str) -> Codes:
        """Numbers of a column for each row, -1 where it is null."""
        if not self._is_there(name):
            return np.full(len(self), -1, dtype=np.int64)
        return _number(self.column(name).cast(pa.int64()), -1)

    def read(self, name: str, rows: Codes) -> list[Any]:
        """Values of a column at ``rows``, None where it is null."""
        if not self._is_there(name):
            return [None] * len(rows)
        column = self.column(name)
        if not pa.types.is_dictionary(column.type):
            values: list[Any] = column.take(pa.array(rows)).to_pylist()
            return values
        if name not in self._texts:
            self._texts[name] = [*column.dictionary.to_pylist(), None]
        texts = self._texts[name]
        return [texts[code] for code in self._code(name, rows)[0].tolist()]

    def read_rows(self, names: Sequence[str], rows: Codes) -> list[tuple[Any, ...]]:
        """Values of several columns at ``rows``."""
        return list(zip(*(self.read(name, rows) for name in names), strict=True))

    def rows_having(self, name: str, is_wanted: Callable[[str], bool], sizes: frozenset[int] = frozenset()) -> Codes:
        """Rows of a column of lists of texts where one of the texts is wanted; each distinct text is asked once.

        ``sizes`` are those that a wanted text can have, in bytes, if they are known.
        """
        nothing: Codes = np.empty(0, dtype=np.int64)
        if not self.has(name):
            return nothing
        column = self.column(name)
        texts = column.flatten()
        if sizes and not _is_any_of_size(texts, sizes):
            return nothing
        flat = texts.dictionary_encode()
        wanted = np.array([text is not None and is_wanted(text) for text in flat.dictionary.to_pylist()] + [False])
        found = wanted[np.asarray(flat.indices.fill_null(len(flat.dictionary)))]
        return np.unique(np.asarray(column.value_parent_indices())[found]).astype(np.int64)

    def distinct(self, names: Sequence[str], rows: Codes | None = None) -> Codes:
        """First row, in order of evidence, of each distinct combination of the columns in an hour of packet time.

        Columns that are missing do not count; ``rows`` restricts to some.
        """
        order = self._swaps if rows is None else self._order_rows(rows)
        key, size = _shift(self.hours if order is None else self.hours[order])
        for name in names:
            if self.has(name):
                codes, count = self._code(name, order)
                if size * count >= _LARGEST:
                    key, size = _renumber(key)
                key, size = (key * count + codes if size > 1 else codes.astype(np.int64)), size * count
        firsts = _find_firsts(key, size)
        return firsts if order is None else order[firsts]

    def has_size(self, name: str, sizes: frozenset[int]) -> bool:
        """True when a column of lists of texts has one of one of the sizes, in bytes."""
        return self.has(name) and _is_any_of_size(self.column(name).flatten(), sizes)

    def number(self, name: str) -> tuple[NDArray[Any], list[Any]]:
        """Number the values of a column that holds no lists: int[n], and the value of each number.

        Where there is one value the numbers are left out.
        """
        kept = self._numbered.get(name)
        if kept is None:
            kept = (_NO_CODES, [None])
            if self.has(name):
                kept = _number_values(self.column(name))
            self._numbered[name] = kept
        return kept

    def number_hours(self) -> tuple[NDArray[Any], list[Any]]:
        """Number the hours of the rows likewise."""
        if self.hours.strides == (0,):
            return _NO_CODES, self.hours[:1].tolist()
        hours, numbers = np.unique(self.hours, return_inverse=True)
        return numbers, hours.tolist()

    @cached_property
    def exchanges(self) -> Codes:
        """First row of each conversation, unit and way of pairing in an hour."""
        whose = ["network.community_id"] if self.has("network.community_id") else _ENDS
        return self.distinct([*whose, "wanglou.pairing", "modbus.unit_id"])

    @cached_property
    def order(self) -> Codes:
        """Rows in order of evidence: by the last packet of each, so that where batches were cut does not matter."""
        return np.arange(len(self)) if self._swaps is None else self._swaps

    @cached_property
    def hours(self) -> Codes:
        """Hour of packet time of each row, since 1970."""
        times = _number(self.column("@timestamp").view(pa.int64()), 0)
        first, last = (int(times.min()) // HOUR_NS, int(times.max()) // HOUR_NS) if len(times) else (0, 0)
        return np.broadcast_to(np.int64(first), len(times)) if first == last else times // HOUR_NS

    def place(self, row: int) -> int:
        """Place of a row in the order of evidence."""
        return row if self._swaps is None else int(self._places[row])

    @cached_property
    def _places(self) -> Codes:
        places = np.empty(len(self), dtype=np.int64)
        places[self.order] = np.arange(len(self))
        return places

    @cached_property
    def _swaps(self) -> Codes | None:
        """Order of evidence where it is not the table's."""
        if not self._is_there("wanglou.packet_end"):
            return None
        ends = _number(self.column("wanglou.packet_end"), -1)
        return None if (ends[1:] >= ends[:-1]).all() else np.argsort(ends, kind="stable")

    def _is_there(self, name: str) -> bool:
        return int(self._schema.get_field_index(name)) >= 0

    def _order_rows(self, rows: Codes) -> Codes:
        if self._swaps is None:
            return rows
        return rows[np.argsort(self._places[rows], kind="stable")]

    def _code(self, name: str, order: Codes | None) -> tuple[NDArray[Any], int]:
        """Numbers of a column's values as ``_code`` gives them; those of a dictionary are kept."""
        column = self.column(name)
        if not pa.types.is_dictionary(column.type):
            return _code(column, order)
        codes = self._codes.get(name)
        if codes is None:
            codes = self._codes[name] = _number(column.indices, len(column.dictionary))
        return codes if order is None else codes[order], len(column.dictionary) + 1

    def column(self, name: str) -> pa.Array:
        """Give a column that is there, as one array."""
        if name not in self._columns:
            column = self.table.column(name)
            self._columns[name] = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        return self._columns[name]


def _number(column: pa.Array, empty: int) -> NDArray[Any]:
    """Numbers of a column, ``empty`` where it is null."""
    return np.asarray(column.fill_null(empty) if column.null_count else column)


def _code(column: pa.Array, order: Codes | None) -> tuple[NDArray[Any], int]:
    """Number the values at the rows ``order`` from 0, null the last: numbers and how many there can be."""
    if pa.types.is_dictionary(column.type):
        codes = _number(column.indices, len(column.dictionary))
        return codes if order is None else codes[order], len(column.dictionary) + 1
    if pa.types.is_uint8(column.type) or pa.types.is_uint16(column.type):
        count = 1 << column.type.bit_width
        codes = _number(column.cast(pa.int32()) if column.null_count else column, count)
        codes = codes if order is None else codes[order]
        return (codes, count + 1) if count == 256 else _compact(codes, count + 1)
    column = column if order is None else column.take(pa.array(order))
    if pa.types.is_list(column.type):
        texts = column.flatten().cast(pa.string()).fill_null("\0")
        lengths = np.asarray(column.value_lengths().fill_null(0))
        column = pc.binary_join(pa.ListArray.from_arrays(pa.array(np.cumsum([0, *lengths]), pa.int32()), texts), "\x1f")
    return _code(column.dictionary_encode(), None)


def _is_any_of_size(texts: pa.Array, sizes: frozenset[int]) -> bool:
    """True when one of the texts has one of the sizes in bytes; a null may count as an empty text."""
    if not len(texts):
        return False
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    lengths = np.diff(offsets)
    return any((lengths == size).any() for size in sizes)


def _number_values(column: pa.Array) -> tuple[NDArray[Any], list[Any]]:
    """Number the values of a column, a null among them."""
    if pa.types.is_dictionary(column.type):
        values = column.dictionary.to_pylist()
        if len(values) == 1 and not column.null_count:
            return _NO_CODES, values
        codes = _number(column.indices, len(values))
        if column.null_count:
            values.append(None)
        return (_NO_CODES, [values[codes[0]]]) if _is_constant(codes) else (codes, values)
    numbers = np.asarray(column) if pa.types.is_unsigned_integer(column.type) and not column.null_count else None
    if numbers is not None and _is_constant(numbers):
        return _NO_CODES, numbers[:1].tolist()
    if numbers is not None and numbers.itemsize == 1:
        distinct = np.flatnonzero(np.bincount(numbers))
        return np.searchsorted(distinct, np.arange(256))[numbers], distinct.tolist()
    return _number_values(column.dictionary_encode())


def _is_constant(numbers: NDArray[Any]) -> bool:
    """True when all numbers are the same; there is at least one."""
    return bool(numbers[0] == numbers[-1] and (numbers == numbers[0]).all())


def _shift(hours: Codes) -> tuple[Codes, int]:
    """Hours counted from the first, and how many there can be."""
    if not len(hours) or hours.strides == (0,):
        return np.zeros(len(hours), dtype=np.int64), 1
    return hours - hours.min(), int(np.ptp(hours)) + 1


def _compact(values: NDArray[Any], size: int) -> tuple[NDArray[Any], int]:
    """Number small values by those that are there."""
    if len(values) < size // _SPARSE:
        return _renumber(values)
    present = np.zeros(size, dtype=np.int64)
    present[values] = 1
    numbers = np.cumsum(present) - 1
    return numbers[values], int(numbers[-1]) + 1


def _renumber(key: Codes) -> tuple[Codes, int]:
    """Numbers without holes in place of large ones."""
    distinct, numbers = np.unique(key, return_inverse=True)
    return numbers.astype(np.int64), len(distinct)


def _find_firsts(key: NDArray[Any], size: int) -> Codes:
    """Where each distinct value of ``key``, which is below ``size``, comes first, ascending."""
    if size > max(_DENSE * len(key), 65_536 if len(key) > _FEW else _FEW):
        return np.sort(np.unique(key, return_index=True)[1])
    firsts = np.full(size, -1, dtype=np.int64)
    firsts[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    return np.sort(firsts[firsts >= 0])
