"""How every store gives room back: by whole days, the oldest first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from correlation.store import CaptureRecord, Store
from detection.alert import ALERT
from tests.support.lakes import DAY_NS, MODBUS, START_NS, make_alert, make_identity, make_record, make_table
from tests.support.stores import list_records

START = datetime.fromtimestamp(START_NS // 10**9, UTC).date()
DAYS = 5
ROWS = 4


def day(number: int) -> date:
    """The ``number``-th day of the store."""
    return START + timedelta(days=number)


@pytest.fixture
def aged(store: Store) -> Store:
    """Give a store of one capture a day, with four records and an alert each, and one record of a broken clock."""
    for number in range(DAYS):
        identity = make_identity("abcde"[number])
        start = START_NS + number * DAY_NS
        records = [make_record(row, identity, start + row * DAY_NS // ROWS) for row in range(ROWS)]
        if number == 4:
            records.append(make_record(9, identity, 5))
        with store.ingest(CaptureRecord(identity, f"{number}.pcap")) as ingest:
            ingest.append("modbus", make_table(MODBUS, records))
            ingest.commit(make_table(ALERT, [make_alert(str(number), start, identity)]), {}, "")
    return store


def test_days_before_another_go(aged: Store) -> None:
    """Whole days go from every dataset, with their captures; the rest and the quarantine stay."""
    told = aged.expire_older(day(3), dry_run=True)
    assert aged.count("modbus") == DAYS * ROWS + 1
    gone = aged.expire_older(day(3))
    assert [(one.day, one.rows) for one in gone] == [(one.day, one.rows) for one in told]
    assert [one.day for one in gone] == [day(number).isoformat() for number in range(3)]
    assert all(one.rows == {"modbus": ROWS, "alert": 1} for one in gone)
    assert all(one.size_bytes > 0 for one in gone)
    left = [record["@timestamp"] for record in list_records(aged, "modbus", newest_first=False)]
    assert left[0] == 5
    assert left[1] == START_NS + 3 * DAY_NS
    assert [record["rule.name"] for record in list_records(aged, "alert")] == ["4", "3"]
    assert [capture.record.name for capture in aged.captures()] == ["3.pcap", "4.pcap"]
    assert aged.expire_older(day(3)) == []


def test_a_day_that_nobody_has(aged: Store) -> None:
    """Nothing is older than the first day."""
    assert aged.expire_older(START) == []
    assert aged.expire_older(date(1970, 1, 1)) == []
    assert aged.count("modbus") == DAYS * ROWS + 1


def test_the_oldest_days_go_to_keep_a_size(aged: Store) -> None:
    """As many as it takes, and no more than all."""
    usage = aged.disk_usage()
    assert usage.records_bytes > 0
    assert usage.free_bytes > 0
    assert aged.expire(usage.total_bytes + 10**6) == []
    gone = aged.expire(usage.total_bytes - 1)
    assert gone[0].day == START.isoformat()
    assert len(gone) < DAYS
    everything = aged.expire(0)
    assert everything[-1].day == "quarantine"
    assert aged.count("modbus") == aged.count("alert") == 0


def test_a_capture_over_several_days_stays_with_its_last(store: Store) -> None:
    """It is forgotten when its last record goes."""
    identity = make_identity("a")
    with store.ingest(CaptureRecord(identity, "long.pcap")) as ingest:
        ingest.append("modbus", make_table(MODBUS, [make_record(n, time_ns=START_NS + n * DAY_NS) for n in range(3)]))
        ingest.commit(ALERT.arrow.empty_table(), {}, "")
    store.expire_older(day(2))
    found = store.state(identity)
    assert found is not None
    assert found.rows == {"modbus": 1}
    store.expire_older(day(3))
    assert store.state(identity) is None


def test_an_empty_store_has_nothing_to_give(store: Store) -> None:
    """No days, whatever is asked."""
    assert list(store.expire_older(day(3))) == []
    assert list(store.expire(0)) == []
