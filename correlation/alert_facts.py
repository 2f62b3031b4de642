"""What grouping sees of alerts: columns of codes and times, in an order that depends on the alerts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from correlation.direction import Direction, find_direction

Codes = NDArray[np.int64]

NOBODY = 0
"""Code of the actor, suspect or victim that an alert does not tell."""
COLUMNS = (
    "event.id", "@timestamp", "event.start", "event.end", "event.severity", "organization.id", "source.ip",
    "destination.ip", "rule.name", "wanglou.capture", "wanglou.alert.count", "wanglou.alert.entities",
    "wanglou.alert.dataset", "threat.technique.id", "wanglou.event_class.name", "wanglou.event_class.subclass",
    "wanglou.alert.title.zh", "wanglou.alert.title.en",
)  # fmt: skip
"""Columns of alerts that incidents are made of."""
CODED = frozenset(
    {
        "organization.id", "rule.name", "wanglou.capture", "wanglou.alert.dataset", "wanglou.event_class.name",
        "wanglou.event_class.subclass", "wanglou.alert.title.zh", "wanglou.alert.title.en",
    }
)  # fmt: skip
"""Those that hold few texts many times, and may be kept as codes of them."""


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """Alerts sorted by start and id, each once; arrays are of length n."""

    table: pa.Table
    """The alerts themselves, ``COLUMNS``, in the same order."""
    enterprise: Codes
    rule: Codes
    actor: Codes
    """Who acted; NOBODY where that is not sure. Addresses of all roles share one numbering."""
    suspect: Codes
    """Who may have acted, where no actor is sure."""
    victim: Codes
    """Whom it befell."""
    source: Codes
    """Client's address, NOBODY where the rule does not fold by it; likewise the server's."""
    destination: Codes
    direction: Codes
    start: Codes
    """Nanoseconds since 1970 UTC."""
    end: Codes
    severity: Codes
    records: Codes
    """Records that matched."""
    enterprises: Sequence[str]
    rules: Sequence[str]
    names: Sequence[str]
    """Address by code; ``names[NOBODY]`` is empty."""

    def __len__(self) -> int:
        """Count the alerts."""
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts as codes, for whoever reads it a few rows at a time, many times."""

    codes: Codes
    names: Sequence[str]
    """Text by code; a missing one is empty."""

    def find(self, rows: Codes) -> list[str]:
        """List the texts of some rows, each once, those that are not empty, sorted."""
        return sorted(filter(None, {self.names[code] for code in self.codes[rows].tolist()}))

    def read(self, rows: Codes) -> list[str]:
        """Give the texts of some rows."""
        return [self.names[code] for code in self.codes[rows].tolist()]


def encode_texts(facts: AlertFacts, name: str) -> Texts:
    """Encode one column of alerts."""
    return Texts(*_encode(facts.table[name]))


def read_facts(alerts: pa.Table) -> AlertFacts:
    """Read the facts of alerts in any order; of those with one id the one that lasts longest counts."""
    table = pa.table({name: alerts[name] if name in CODED else _decode(alerts[name]) for name in COLUMNS})
    table = table.unify_dictionaries().combine_chunks()
    begun, ended = _read_span(table)
    keys = pa.table({"start": begun, "id": table["event.id"], "end": ended})
    order = pc.sort_indices(keys, [("start", "ascending"), ("id", "ascending"), ("end", "descending")])
    for place, name in enumerate(COLUMNS):  # one after the other: of a whole table there would be two in memory
        table = table.set_column(place, name, table[name].take(order))
    kept = _find_first(table["event.id"])
    table = table if kept.all() else table.filter(pa.array(kept))
    start, end = (_numbers(times) for times in _read_span(table))
    end = np.maximum(end, start)
    enterprise, enterprises = _encode(table["organization.id"])
    rule, rules = _encode(table["rule.name"])
    names, source, destination = _encode_addresses(table)
    directions = np.array([find_direction(name) for name in rules] or [Direction.CLIENT], dtype=np.int64)
    direction = directions[rule] if len(rule) else rule
    actor, suspect, victim = _find_roles(direction, source, destination)
    severity = _numbers(pc.coalesce(table["event.severity"], 0))
    records = _numbers(pc.coalesce(table["wanglou.alert.count"], 1))
    columns = (enterprise, rule, actor, suspect, victim, source, destination, direction, start, end, severity, records)
    return AlertFacts(table, *columns, enterprises, rules, names)


def _find_roles(direction: Codes, source: Codes, destination: Codes) -> tuple[Codes, Codes, Codes]:
    """Give actor, suspect and victim; an alert without a source has no actor whatever its rule."""
    is_server = (direction == Direction.SERVER) & (destination != NOBODY)
    actor = np.where(direction == Direction.CLIENT, source, np.where(is_server, destination, NOBODY))
    suspect = np.where(direction == Direction.SUSPECT, source, NOBODY)
    is_turned = is_server | ((direction == Direction.REFLECTED) & (source != NOBODY))
    return actor, suspect, np.where(is_turned, source, destination)


def _find_first(ids: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Mark the first of equal ids: bool[n]."""
    if pc.count_distinct(ids).as_py() == len(ids):
        return np.ones(len(ids), dtype=np.bool_)
    codes, _ = _encode(ids)
    kept = np.zeros(len(codes), dtype=np.bool_)
    kept[np.unique(codes, return_index=True)[1]] = True
    return kept


def _decode(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give texts themselves where a column holds codes of them."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _read_times(table: pa.Table, name: str) -> pa.ChunkedArray:
    column = table[name]
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def _read_span(table: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Begin and end of each alert; the time it was raised where either is missing."""
    raised = _read_times(table, "@timestamp")
    return pc.coalesce(_read_times(table, "event.start"), raised), pc.coalesce(_read_times(table, "event.end"), raised)


def _numbers(column: pa.ChunkedArray) -> Codes:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.int64)


def _encode(column: pa.ChunkedArray) -> tuple[Codes, list[str]]:
    """Number texts in the order they first come; a missing one is the empty text."""
    if pa.types.is_dictionary(column.type):
        return _number(column.unify_dictionaries().combine_chunks())
    coded: Any = pc.fill_null(_plain(column), "").combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    return np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64), coded.dictionary.to_pylist()


def _number(coded: Any) -> tuple[Codes, list[str]]:
    """Number codes of texts anew, in the order they first come."""
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    texts: list[str] = coded.dictionary.to_pylist()
    empty = texts.index("") if "" in texts else len(texts)
    codes = np.asarray(pc.fill_null(coded.indices.cast(pa.int64()), empty).to_numpy(zero_copy_only=False))
    first = np.full(len(texts) + 1, len(codes), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)  # of several the last that is written stays: the first one
    found = np.argsort(first, kind="stable")[: np.count_nonzero(first < len(codes))]
    numbers = np.zeros(len(first), dtype=np.int64)
    numbers[found] = np.arange(len(found))
    return numbers[codes], [[*texts, ""][code] for code in found.tolist()]


def _encode_addresses(table: pa.Table) -> tuple[list[str], Codes, Codes]:
    """Number the addresses of both ends together; a missing one is NOBODY."""
    ends = [_plain(table[name]).combine_chunks() for name in ("source.ip", "destination.ip")]
    both = pa.chunked_array([pa.array([""], pa.string()), *ends])
    codes, names = _encode(both)
    return names, codes[1 : 1 + len(table)], codes[1 + len(table) :]


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string())
