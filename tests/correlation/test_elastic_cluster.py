"""What all that touches a cluster shares: names, and finding and deleting documents."""

from __future__ import annotations

from correlation.elastic import Elastic
from correlation.store import CaptureRecord
from tests.support.lakes import MODBUS, NO_ALERTS, make_identity, make_records, make_table

FIRST, SECOND = make_identity("a"), make_identity("b")


def fill(store: Elastic, identity: str, count: int) -> None:
    """Write records of a capture."""
    with store.ingest(CaptureRecord(identity, identity[:1], size_bytes=1)) as ingest:
        ingest.append("modbus", make_table(MODBUS, make_records(range(count), identity)))
        ingest.commit(NO_ALERTS, {}, "")


def test_names(elastic: Elastic) -> None:
    """One pattern for all indices of a dataset, one name for each."""
    cluster, prefix = elastic._cluster, elastic.address.prefix
    assert cluster.pattern("modbus") == f"{prefix}-modbus-*"
    assert cluster.index("modbus", "2026.09.21") == f"{prefix}-modbus-2026.09.21"


def test_documents_are_found_page_by_page(elastic: Elastic) -> None:
    """All that fit, with the index they are in; nothing of a dataset without an index."""
    fill(elastic, FIRST, 12)
    cluster = elastic._cluster
    found = list(cluster.find_ids(cluster.pattern("modbus"), {"match_all": {}}))
    assert len(set(found)) == 12
    assert {index for index, _ in found} == {cluster.index("modbus", "2026.09.21")}
    assert list(cluster.find_ids(cluster.pattern("dns"), {"match_all": {}})) == []


def test_what_is_found_is_deleted_but_for_what_is_kept(elastic: Elastic) -> None:
    """Of one capture, and not of the other."""
    fill(elastic, FIRST, 5)
    fill(elastic, SECOND, 3)
    cluster = elastic._cluster
    kept = next(name for _, name in cluster.find_ids(cluster.pattern("modbus"), cluster.of_capture(FIRST)))
    assert cluster.delete_found("modbus", cluster.of_capture(FIRST), kept.__eq__) == 4
    assert elastic.count("modbus") == 4
    assert cluster.delete_found("modbus", cluster.of_capture(SECOND)) == 3
    assert cluster.delete_found("modbus", cluster.of_capture(SECOND)) == 0
    assert elastic.count("modbus") == 1
