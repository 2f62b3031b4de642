"""Reads the alerts of captures from a store, as columns that incidents are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlation.alert_facts import CODED, COLUMNS
from correlation.query_tree import Among, Everything
from correlation.store import Capture, Store

EMPTY = pa.table({name: pa.array([], pa.string()) for name in COLUMNS})
"""No alerts."""
SPAN = ("wanglou.capture", "@timestamp", "event.start", "event.end")
"""Columns that tell when the alerts of captures were."""
MOST_ASKED = 8
"""Captures that are asked for one by one; of more, all alerts of their time are read."""


def read_alerts(store: Store, captures: Collection[Capture], columns: Sequence[str] = COLUMNS) -> pa.Table:
    """Read these columns of the alerts of captures, in any order; texts that repeat come as codes."""
    wanted = [one for one in captures if one.rows.get("alert") or not one.is_complete]
    batches = [_code(batch.select(columns)) for batch in _search(store, wanted, columns)]
    return pa.Table.from_batches(batches).unify_dictionaries() if batches else EMPTY.select(columns)


def _search(store: Store, wanted: Sequence[Capture], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    if len(wanted) <= MOST_ASKED:
        for one in wanted:
            query = f'wanglou.capture:"{one.record.identity}"'
            start_ns, end_ns = _find_times([one])
            yield from store.search("alert", query, start_ns=start_ns, end_ns=end_ns, fields=columns)
        return
    names = [one.record.identity for one in wanted]
    known = pa.array(names, pa.string())
    start_ns, end_ns = _find_times(wanted)
    field = next(field for field in store.datasets["alert"].fields if field.name == "wanglou.capture")
    query_of = Everything() if any("\n" in name for name in names) else Among(field, "\n".join(names))
    for batch in store.search("alert", query_of, start_ns=start_ns, end_ns=end_ns, fields=columns):
        yield batch.filter(pc.is_in(batch["wanglou.capture"].cast(pa.string()), value_set=known))


def _code(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Keep texts that repeat as codes, which take a hundredth of the memory."""
    columns = {
        name: column.dictionary_encode() if name in CODED and not pa.types.is_dictionary(column.type) else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    return pa.RecordBatch.from_pydict(columns)


def pack_captures(captures: Iterable[Capture], most: int) -> Iterator[list[Capture]]:
    """Give captures in order of time, in lists of up to ``most`` alerts, or of one capture with more."""
    some: list[Capture] = []
    count = 0
    for one in sorted(captures, key=lambda one: (one.min_ns or 0, one.record.identity)):
        alerts = one.rows.get("alert", 0)
        if some and count + alerts > most:
            yield some
            some, count = [], 0
        some.append(one)
        count += alerts
    if some:
        yield some


def _find_times(captures: Sequence[Capture]) -> tuple[int | None, int | None]:
    """Give from when until before when the records of captures are; None where one does not tell."""
    firsts = [one.min_ns for one in captures if one.min_ns is not None]
    lasts = [one.max_ns for one in captures if one.max_ns is not None]
    if len(firsts) < len(captures) or len(lasts) < len(captures):
        return None, None
    return min(firsts), max(lasts) + 1


def split_captures(table: pa.Table) -> dict[str, pa.Table]:
    """Part alerts by capture."""
    if not table.num_rows:
        return {}
    coded = table["wanglou.capture"].cast(pa.string()).combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    names = coded.dictionary.to_pylist()
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False))
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(names) + 1)).tolist()
    its = (pa.array(order[low:high]) for low, high in pairwise(bounds))
    return {name: table.take(rows) for name, rows in zip(names, its, strict=True)}


def find_span(table: pa.Table) -> tuple[int, int]:
    """Give when the first of alerts began and the last ended, nanoseconds since 1970 UTC."""
    start = pc.coalesce(*(_plain(table[name]) for name in ("event.start", "@timestamp")))
    end = pc.coalesce(*(_plain(table[name]) for name in ("event.end", "@timestamp")))
    return pc.min(start).as_py(), max(pc.max(end).as_py(), pc.max(start).as_py())


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
