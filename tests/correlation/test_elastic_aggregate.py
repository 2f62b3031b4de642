"""Summaries of a cluster, beyond the contract."""

from __future__ import annotations

import pytest

from correlation import elastic_aggregate
from correlation.elastic import Elastic
from correlation.store import Bucket, CaptureRecord, DateHistogram
from tests.support.lakes import MODBUS, NO_ALERTS, START_NS, make_identity, make_records, make_table
from wanglou.errors import UsageError


@pytest.fixture
def filled(elastic: Elastic) -> Elastic:
    """Give a store of a record each second for five minutes."""
    with elastic.ingest(CaptureRecord(make_identity("a"), "a")) as ingest:
        ingest.append("modbus", make_table(MODBUS, make_records(range(300))))
        ingest.commit(NO_ALERTS, {}, "")
    return elastic


def test_long_histograms_come_in_pages(filled: Elastic, monkeypatch: pytest.MonkeyPatch) -> None:
    """More intervals than one answer may hold."""
    monkeypatch.setattr(elastic_aggregate, "PAGE_BUCKETS", 70)
    expected = [Bucket(START_NS + second * 10**9, 1.0) for second in range(300)]
    assert filled.aggregate("modbus", DateHistogram(10**9)) == expected


def test_intervals_below_a_millisecond_are_refused(filled: Elastic) -> None:
    """The server's dates do not tell them apart; the lake does."""
    with pytest.raises(UsageError, match="whole milliseconds"):
        filled.aggregate("modbus", DateHistogram(1))
