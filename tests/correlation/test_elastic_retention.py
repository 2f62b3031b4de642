"""Days of weekly and monthly indices; the contract asks whole stores."""

from __future__ import annotations

from datetime import date

from correlation.elastic import Elastic
from correlation.elastic_index import list_indices
from correlation.store import CaptureRecord
from parsers.schema import DATASETS
from tests.support.lakes import DAY_NS, NO_ALERTS, START_NS, make_identity, make_table

DNS = DATASETS["dns"]


def test_days_go_from_an_index_of_a_week(elastic: Elastic) -> None:
    """By document while other days of it stay, as a whole with the last of them."""
    base = {"event.dataset": "dns", "wanglou.capture": "", "wanglou.pdu": 0}
    rows = [base | {"@timestamp": START_NS + n % 3 * DAY_NS, "wanglou.packet": n} for n in range(9)]
    with elastic.ingest(CaptureRecord(make_identity("a"), "a")) as ingest:
        ingest.append("dns", make_table(DNS, rows))
        ingest.commit(NO_ALERTS, {}, "")
    assert [index.rows for index in list_indices(elastic._client, elastic.address.prefix, elastic.datasets)] == [9]
    (gone,) = elastic.expire_older(date(2026, 9, 22))
    assert (gone.day, gone.rows) == ("2026-09-21", {"dns": 3})
    assert elastic.count("dns") == 6
    assert len(elastic.expire_older(date(2026, 9, 24))) == 2
    assert list_indices(elastic._client, elastic.address.prefix, elastic.datasets) == []
    assert elastic.captures() == []
