"""Alerts of a store with what people made of them, which the ledger keeps beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa

from correlation.stage_document import write_triage
from correlation.triage import AlertState, Triaged

States = Callable[[list[str]], Mapping[str, Triaged]]
"""Gives what people made of alerts by their ids; ``Triage.states`` does."""
COLUMNS = ("wanglou.triage.state", "wanglou.triage.assignee", "wanglou.triage.comment")


def add_triage(
    batches: Iterable[pa.RecordBatch], states: States, wanted: AlertState | None = None
) -> Iterator[pa.RecordBatch]:
    """Give alerts with three more columns, ``COLUMNS``; only those in the state ``wanted``, where one is."""
    for batch in batches:
        ids = batch["event.id"].to_pylist()
        found = states(ids)
        told = [write_triage(found.get(one)) for one in ids]
        schema = batch.schema
        arrays = list(batch.columns)
        for name in COLUMNS:
            arrays.append(pa.array([one.get(name) for one in told], pa.string()))
            schema = schema.append(pa.field(name, pa.string()))
        whole = pa.RecordBatch.from_arrays(arrays, schema=schema)
        if wanted is not None:
            whole = whole.filter(pa.array([one[COLUMNS[0]] == wanted for one in told], pa.bool_()))
        if whole.num_rows:
            yield whole


def take_first(batches: Iterable[pa.RecordBatch], limit: int) -> tuple[list[pa.RecordBatch], int]:
    """Keep the first ``limit`` rows, 0 for all, and count how many there are."""
    kept: list[pa.RecordBatch] = []
    total = 0
    for batch in batches:
        room = batch.num_rows if not limit else int(np.clip(limit - total, 0, batch.num_rows))
        total += batch.num_rows
        if room:
            kept.append(batch.slice(0, room))
    return kept, total
