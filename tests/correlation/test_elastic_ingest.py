"""Writing a capture into a cluster, beyond the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.elastic import Elastic
from correlation.elastic_bulk import Written
from correlation.elastic_client import Address
from correlation.elastic_ingest import count_losses
from correlation.quarantine import Admission
from correlation.store import CaptureRecord
from tests.support.faults import stand_before
from tests.support.lakes import MODBUS, NO_ALERTS, make_identity, make_records, make_table
from wanglou.errors import StoreError

RECORD = CaptureRecord(make_identity("a"), "a.pcap", parser_digest="1")


def write(store: Elastic) -> None:
    """Write a capture."""
    with store.ingest(RECORD) as ingest:
        ingest.append("modbus", make_table(MODBUS, make_records(range(30))))
        ingest.commit(NO_ALERTS, {}, "")


def test_losses_are_counted_where_there_are_any() -> None:
    """Nothing is told of what did not happen."""
    admission = Admission()
    assert count_losses(Written(made=5, known=2, retries=1), admission) == {}
    admission.rows = 3
    assert count_losses(Written(dead=2), admission) == {"store_dead_letters": 2, "store_quarantined": 3}


@pytest.mark.parametrize("path", ["_bulk", "_refresh"])
def test_a_failure_leaves_the_capture_open(elastic: Elastic, path: str) -> None:
    """Whatever request fails for good, what is not whole is never called complete; the next run completes it."""
    elastic.init()
    with stand_before(elastic.address.urls[0], [403] * 100, path=path) as proxy:
        address = Address((proxy.url,), prefix=elastic.address.prefix)
        with Elastic(address, dead_letters=Path("unused")) as store, pytest.raises(StoreError):
            write(store)
    state = elastic.state(RECORD.identity)
    assert state is not None
    assert not state.is_complete
    write(elastic)
    state = elastic.state(RECORD.identity)
    assert state is not None
    assert state.is_complete
    assert state.rows == {"modbus": 30}
