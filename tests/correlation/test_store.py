"""The protocol, and that the lake is one of its implementations."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.lake import Lake
from correlation.store import Capture, CaptureRecord, DiskUsage, Store
from tests.support.lakes import make_identity


def test_a_lake_is_a_store(tmp_path: Path) -> None:
    """The type checker holds the signatures to the protocol; every method is there."""
    store: Store = Lake(tmp_path)
    methods = [name for name in vars(Store) if not name.startswith("_")]
    assert {"ingest", "search", "count", "aggregate", "get", "captures", "expire"} < set(methods)
    assert all(hasattr(type(store), name) for name in methods)


@pytest.mark.parametrize(
    ("identity", "key"),
    [
        (make_identity("a"), "a" * 16),
        (make_identity("a", "north"), "a" * 16 + "@north"),
        ("eth0-1", "eth0-1"),
    ],
)
def test_the_key_begins_event_ids(identity: str, key: str) -> None:
    """Sixteen characters of the digest, and the enterprise."""
    assert CaptureRecord(identity, "x").key == key


def test_states_and_sums() -> None:
    """Only a committed capture is complete; the total is records and ledger."""
    record = CaptureRecord(make_identity("a"), "x")
    assert [Capture(record, state).is_complete for state in ("ingesting", "complete")] == [False, True]
    assert DiskUsage(records_bytes=5, ledger_bytes=2, free_bytes=9).total_bytes == 7
