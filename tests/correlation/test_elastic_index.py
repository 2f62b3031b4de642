"""Which indices are ours."""

from __future__ import annotations

from correlation.elastic import Elastic
from correlation.elastic_index import list_indices
from correlation.store import CaptureRecord
from tests.support.lakes import DAY_NS, MODBUS, NO_ALERTS, START_NS, make_identity, make_record, make_table


def test_only_indices_of_datasets_are_listed(elastic: Elastic) -> None:
    """With days, records and bytes; captures and what others keep under the prefix are left out."""
    times = [START_NS, START_NS + 1, START_NS + DAY_NS, -5]
    with elastic.ingest(CaptureRecord(make_identity("a"), "a")) as ingest:
        ingest.append("modbus", make_table(MODBUS, [make_record(n, time_ns=time) for n, time in enumerate(times)]))
        ingest.commit(NO_ALERTS, {}, "")
    prefix = elastic.address.prefix
    elastic._client.indices.create(index=f"{prefix}-other-2026.09.21")
    found = list_indices(elastic._client, prefix, elastic.datasets)
    assert [(index.name.removeprefix(f"{prefix}-modbus-"), index.rows) for index in found] == [
        ("2026.09.21", 2),
        ("2026.09.22", 1),
        ("quarantine", 1),
    ]
    assert found[0].partition.first is not None
    assert found[2].partition.first is None
    assert all(index.size_bytes > 0 for index in found)


def test_nothing_is_there(elastic: Elastic) -> None:
    """A fresh cluster has none."""
    assert list_indices(elastic._client, elastic.address.prefix, elastic.datasets) == []
