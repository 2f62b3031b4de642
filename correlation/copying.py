"""Copying one store into another, capture by capture: from a lake to a cluster, or back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from correlation.ingest import ALERTS
from correlation.store import Capture, Store
from parsers.schema import Dataset
from wanglou.errors import ConflictError

KINDS = ("alert", "asset", "incident")
"""Documents that are copied."""
_KNOWN = ("store_dead_letters", "store_quarantined", "store_spooled")


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one capture."""

    capture: Capture
    state: Literal["copied", "known", "incomplete"]
    """``known``: the target had it; ``incomplete``: it is still being read, or was interrupted, and was left out."""
    rows: int = 0
    refused: int = 0
    """Records of these that the target's cluster refused; they are in its dead letters."""


def copy_captures(source: Store, target: Store, progress: Callable[[int], None]) -> Iterator[Copied]:
    """Copy each capture that the target lacks; ``progress`` is told how many records went over since it was last.

    What was interrupted is copied again from the capture's start, and nothing is there twice.
    """
    for capture in source.captures():
        if not capture.is_complete:
            yield Copied(capture, "incomplete")
            continue
        there = target.state(capture.record.identity)
        if there is not None and _is_same(there, capture, target):
            yield Copied(capture, "known")
            continue
        yield Copied(capture, "copied", *_copy(source, target, capture, progress))


def _is_same(there: Capture, capture: Capture, target: Store) -> bool:
    rows = {name: count for name, count in capture.rows.items() if name in target.datasets}
    digests = [(one.record.parser_digest, one.detection_digest) for one in (there, capture)]
    return there.is_complete and digests[0] == digests[1] and dict(there.rows) == rows


def _copy(source: Store, target: Store, capture: Capture, progress: Callable[[int], None]) -> tuple[int, int]:
    """Copy one capture; gives its records, and how many of them were refused."""
    rows = 0
    with target.ingest(capture.record) as ingest:
        for dataset in source.datasets.values():
            if dataset.name == ALERTS or dataset.name not in target.datasets:  # a lake has no use for rollups
                continue
            for table in _read(source, dataset, capture.record.identity):
                ingest.append(dataset.name, table)
                progress(table.num_rows)
                rows += table.num_rows
        declared = source.datasets[ALERTS]
        alerts = pa.concat_tables([declared.arrow.empty_table(), *_read(source, declared, capture.record.identity)])
        counters = {name: count for name, count in capture.counters.items() if name not in _KNOWN}
        losses = ingest.commit(alerts, counters, capture.detection_digest)
    progress(alerts.num_rows)
    return rows + int(alerts.num_rows), losses.get("store_dead_letters", 0)


def _read(source: Store, dataset: Dataset, identity: str) -> Iterator[pa.Table]:
    """Give a capture's records as the stages before the store made them."""
    schema = dataset.arrow
    for batch in source.search(dataset.name, f'wanglou.capture:"{identity}"', newest_first=False):
        yield pa.Table.from_batches([batch]).select(schema.names).cast(schema)


def copy_documents(source: Store, target: Store) -> int:
    """Copy the documents that the target lacks; gives how many. What the target has is newer and stays."""
    copied = 0
    for kind in KINDS:
        for document in source.list_documents(kind):
            try:
                target.put_document(kind, document.id, document.body, expected="")
            except ConflictError:
                continue
            copied += 1
    return copied
