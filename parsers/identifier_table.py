"""The dataset ``identifier``, from the tables that the protocols made of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parsers.columns import Origin, make_constant, make_keywords, make_table
from parsers.identifier_memory import Memory, choose_rows, spread
from parsers.identifier_schema import IDENTIFIER
from parsers.identifier_source import (
    ACTIONS,
    DATASETS,
    MENTIONED,
    OPERATIONS,
    SOURCES,
    Source,
    tell_action,
)

_SCHEMA = IDENTIFIER.arrow
_PER_RECORD = 512
"""Identifiers of one record that are told; more are counted as dropped."""
_PDU_ROOM = 4_096  # eight datasets
_TAKEN = (
    "@timestamp", "event.outcome", "event.duration", "source.ip", "source.port", "source.mac", "destination.ip",
    "destination.port", "destination.mac", "network.transport", "network.protocol", "network.vlan.id",
    "network.community_id", "observer.name", "organization.id", "wanglou.capture", "wanglou.packet",
    "wanglou.packet_end",
)  # fmt: skip
"""Columns that are those of the record in which the identifier was seen."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Identifiers of some records: row, number of the identifier, number of the source."""

    rows: NDArray[np.int64]
    numbers: NDArray[np.int64]
    sources: NDArray[np.int64]


class IdentifierTable:
    """Gathers identifiers; what a distinct text holds is remembered from batch to batch, and nothing else."""

    def __init__(self, origin: Origin) -> None:
        """Start with nothing remembered; ``origin`` is that of the tables, whose columns tell it too."""
        self._origin = origin
        self._memory = Memory()
        self.counters: dict[str, int] = {"identifiers_dropped": 0}
        """Identifiers beyond the bound of one record."""

    def add(self, tables: Mapping[str, pa.Table]) -> pa.Table:
        """Rows of the identifiers in a batch's tables, by dataset name; tables of other datasets are left alone."""
        made = [
            part
            for dataset in DATASETS
            if dataset in tables and tables[dataset].num_rows
            for part in self._gather(dataset, tables[dataset])
        ]
        self._memory.trim()
        if not made:
            return _SCHEMA.empty_table()
        return made[0] if len(made) == 1 else pa.concat_tables(made).unify_dictionaries().combine_chunks()

    def _gather(self, dataset: str, table: pa.Table) -> list[pa.Table]:
        """Rows of one dataset's table."""
        present = frozenset(table.column_names)
        found = [
            hit
            for at, source in enumerate(SOURCES[dataset])
            if source.column in present
            for hit in self._search(table[source.column], source, at)
        ]
        return [self._tell(dataset, table, self._join(found))] if found else []

    def _search(self, column: pa.ChunkedArray, source: Source, number: int) -> list[_Found]:
        """Rows of a column whose texts hold identifiers; each distinct text is read once."""
        if column.null_count == len(column):
            return []
        chosen = choose_rows(column, source.read) if pa.types.is_string(column.type) else np.arange(len(column))
        if len(chosen) < len(column):
            column = column.take(pa.array(chosen))
        array, encoded, texts = _encode_column(column)
        counts, flat = self._memory.find(texts, source.read)
        if not len(flat):
            return []
        rows, codes = _code_rows(array, encoded)
        rows = chosen[rows]
        starts = np.cumsum(counts) - counts
        hit = np.flatnonzero((codes >= 0) & (counts[np.maximum(codes, 0)] > 0))
        repeats = counts[codes[hit]]
        numbers = spread(starts[codes[hit]], repeats, flat)
        return [_Found(np.repeat(rows[hit], repeats), numbers, np.full(len(numbers), number, dtype=np.int64))]

    def _join(self, found: Sequence[_Found]) -> _Found:
        """All hits in the order of rows and sources; the same identifier again in a row is left out."""
        rows = np.concatenate([part.rows for part in found])
        numbers = np.concatenate([part.numbers for part in found])
        sources = np.concatenate([part.sources for part in found])
        order = np.argsort(rows, kind="stable")
        rows, numbers, sources = rows[order], numbers[order], sources[order]
        meanings = self._memory.tell_meanings(numbers)
        _, first = np.unique(rows * (int(meanings.max(initial=0)) + 1) + meanings, return_index=True)
        first.sort()
        rows, numbers, sources = rows[first], numbers[first], sources[first]
        kept = _count_within(rows) < _PER_RECORD
        self.counters["identifiers_dropped"] += int((~kept).sum())
        return _Found(rows[kept], numbers[kept], sources[kept])

    def _tell(self, dataset: str, table: pa.Table, found: _Found) -> pa.Table:
        """Lay hits out as columns."""
        count = len(found.rows)
        present = frozenset(table.column_names)
        taken = table.select([name for name in (*_TAKEN, "wanglou.pdu") if name in present])
        if not np.array_equal(found.rows, np.arange(table.num_rows)):  # often each row holds one
            taken = taken.take(pa.array(found.rows))
        taken = taken.combine_chunks()
        columns = {name: taken[name].chunk(0) for name in taken.column_names}
        pdu = columns["wanglou.pdu"].fill_null(0).to_numpy(zero_copy_only=False)
        number = _PER_RECORD * DATASETS.index(dataset) + _count_within(found.rows)
        names = [source.column for source in SOURCES[dataset]]
        columns |= {
            "event.dataset": make_constant(count, IDENTIFIER.name),
            "event.action": make_keywords(_tell_actions(dataset, table, found), ACTIONS),
            "wanglou.pdu": pa.array(pdu * _PDU_ROOM + number, pa.int64()),
            "identifier.dataset": make_constant(count, dataset),
            "identifier.column": make_keywords(found.sources.astype(np.int32), names),
            "identifier.pdu": pa.array(pdu, pa.int64()),
        }
        return make_table(_SCHEMA, columns | self._memory.make_columns(found.numbers), count)


def _tell_actions(dataset: str, table: pa.Table, found: _Found) -> NDArray[np.int32]:
    """What was done to each identifier: the record's operation where it is its subject."""
    subject = np.array([source.subject for source in SOURCES[dataset]])[found.sources]
    if dataset not in OPERATIONS or not subject.any():
        return np.full(len(found.rows), MENTIONED, dtype=np.int32)
    name = OPERATIONS[dataset][0]
    if name not in table.column_names:
        return np.full(len(found.rows), MENTIONED, dtype=np.int32)
    array, encoded, texts = _encode_column(table[name])
    _, codes = _code_rows(array, encoded)
    actions = np.array([*(tell_action(dataset, text) for text in texts.to_pylist()), MENTIONED], dtype=np.int32)
    return np.where(subject, actions[codes[found.rows]], MENTIONED).astype(np.int32)


def _count_within(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many equal entries stand before each one; equal ones stand together."""
    begins = np.flatnonzero(np.concatenate(([True], rows[1:] != rows[:-1]))) if len(rows) else rows
    lengths = np.diff(np.append(begins, len(rows)))
    return np.arange(len(rows)) - np.repeat(begins, lengths)


def _encode_column(column: pa.ChunkedArray) -> tuple[pa.Array, pa.DictionaryArray, pa.Array]:
    """A column of texts or lists of texts as one array, its texts dictionary-encoded, and the distinct ones."""
    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(array, pa.ChunkedArray):  # of dictionaries that could not be one
        array = array.unify_dictionaries().combine_chunks()
    texts = array.flatten() if pa.types.is_list(array.type) else array
    if not pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_encode()
    distinct = texts.dictionary.cast(pa.string())
    return array, texts, distinct.fill_null("") if distinct.null_count else distinct


def _code_rows(array: pa.Array, texts: pa.DictionaryArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and code of each text of an encoded column; a null has code -1."""
    rows = np.arange(len(array))
    if pa.types.is_list(array.type):
        rows = pc.list_parent_indices(array).to_numpy(zero_copy_only=False).astype(np.int64)
    codes = texts.indices.fill_null(-1) if texts.indices.null_count else texts.indices
    return rows, codes.to_numpy().astype(np.int64)
