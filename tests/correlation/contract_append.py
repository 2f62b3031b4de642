"""How every store takes records: once, whole, found at once, and again from the start after an interruption."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from threading import Timer

import pyarrow as pa
import pytest

from correlation import quarantine
from correlation.record import position_of, read_records
from correlation.store import CaptureRecord, Store, Terms
from detection.alert import ALERT
from parsers.schema import DATASETS
from tests.support.lakes import (
    DAY_NS,
    HOUR_NS,
    MODBUS,
    NO_ALERTS,
    START_NS,
    Record,
    make_alert,
    make_identity,
    make_record,
    make_records,
    make_table,
)
from tests.support.stores import list_records, take_captures, write
from wanglou.errors import StoreError, UsageError

FIRST, SECOND = make_identity("a"), make_identity("b", "north")


def announce(identity: str = FIRST, parser: str = "1") -> CaptureRecord:
    """Announce a capture."""
    return CaptureRecord(identity, f"{identity[:1]}.pcap", identity[65:], 100, parser)


def fill(
    store: Store, records: list[Record], identity: str = FIRST, alerts: list[Record] | None = None, parser: str = "1"
) -> None:
    """Write Modbus records and alerts, and commit them."""
    with store.ingest(announce(identity, parser)) as ingest:
        for first in range(0, len(records), 7):
            ingest.append("modbus", make_table(MODBUS, records[first : first + 7]))
        ingest.commit(make_table(ALERT, alerts or []), {"packets": 9}, "rules-1")


def ids(store: Store, dataset: str = "modbus") -> list[str]:
    """Ids of all records, the oldest first."""
    return [record["event.id"] for record in list_records(store, dataset, newest_first=False)]


def test_a_capture_and_what_is_known_of_it(store: Store) -> None:
    """Committed records are found at once, and the capture tells what it is and holds."""
    records = make_records(range(50))
    fill(store, records, alerts=[make_alert("one")])
    assert len(ids(store)) == 50
    found = store.state(FIRST)
    assert found is not None
    assert (found.record, found.state, found.detection_digest) == (announce(), "complete", "rules-1")
    assert (found.rows, found.counters) == ({"modbus": 50, "alert": 1}, {"packets": 9})
    assert (found.min_ns, found.max_ns) == (START_NS, records[-1]["@timestamp"])
    assert found.size_bytes > 0
    assert list(store.captures()) == [found]
    assert store.state(SECOND) is None


def test_evidence_leads_to_its_record(store: Store) -> None:
    """Ids that were made before the capture was identified get its key, wherever they are read or asked for."""
    identity: Future[str] = Future()
    seen = {"@timestamp": START_NS, "event.dataset": "asset", "wanglou.packet": 2, "wanglou.pdu": 9, "asset.id": "x"}
    told = [seen | {"asset.evidence": "-modbus-2-0"}, seen | {"wanglou.pdu": 8, "asset.evidence": None}]
    with store.ingest(replace(announce(SECOND), identity=""), identity) as ingest:
        Timer(0.05, identity.set_result, [SECOND]).start()  # a cluster waits for it with the first record
        ingest.append("modbus", make_table(MODBUS, [make_record(1, "")]))
        ingest.append("asset", make_table(DATASETS["asset"], told))
        ingest.commit(NO_ALERTS, {}, "rules-1")
    (first, second) = list_records(store, "asset", newest_first=False)
    assert "asset.evidence" not in first
    found = store.get(str(second["asset.evidence"]))
    assert found is not None
    assert (found["event.id"], found["event.dataset"]) == (f"{'b' * 16}@north-modbus-2-0", "modbus")
    assert store.count("asset", f'asset.evidence:"{found["event.id"]}"') == 1
    assert store.count("asset", "_exists_:asset.evidence") == 1
    (bucket,) = store.aggregate("asset", Terms("asset.evidence"))
    assert (bucket.key, bucket.value) == (found["event.id"], 1)


def test_nothing_is_there_twice(store: Store) -> None:
    """A capture written again changes nothing."""
    taken = take_captures()[0]
    write(store, taken)
    before = {name: list_records(store, name) for name in store.datasets}
    write(store, taken)
    assert {name: list_records(store, name) for name in store.datasets} == before
    assert len(store.captures()) == 1


def test_an_interrupted_capture_is_read_again(store: Store) -> None:
    """Left without a commit it stays open; the second reading completes it, each record once."""
    records = make_records(range(100))
    with store.ingest(announce()) as ingest:  # no commit
        ingest.append("modbus", make_table(MODBUS, records[:60]))
    found = store.state(FIRST)
    assert found is None or not found.is_complete
    fill(store, records)
    assert len(ids(store)) == len(set(ids(store))) == 100
    found = store.state(FIRST)
    assert found is not None
    assert found.is_complete


def test_records_parsed_otherwise_take_the_place_of_the_old(store: Store) -> None:
    """With another parser's digest what was there goes, and only the new records stay."""
    fill(store, make_records(range(30)))
    fill(store, make_records(range(10, 20)), parser="2")
    assert len(ids(store)) == 10


def test_the_identity_may_come_later(store: Store) -> None:
    """A capture whose digest is still being computed is written all the same."""
    identity: Future[str] = Future()
    with store.ingest(announce(""), identity) as ingest:
        identity.set_result(FIRST)
        ingest.append("modbus", make_table(MODBUS, [make_record(1, "")]))
        ingest.commit(NO_ALERTS, {}, "")
    (record,) = list_records(store, "modbus")
    assert record["wanglou.capture"] == FIRST
    assert store.get(record["event.id"]) == record


def test_alerts_are_replaced_as_a_whole(store: Store) -> None:
    """New alerts stand in the place of that capture's, and of no other's; the same id holds the new values."""
    fill(store, make_records(range(5)), alerts=[make_alert("one"), make_alert("two", START_NS + 1)])
    fill(store, make_records(range(5), SECOND), SECOND, [make_alert("other", capture=SECOND)])
    changed = [make_alert("two", START_NS + 1) | {"rule.level": "high"}, make_alert("three", START_NS + 2)]
    store.replace_alerts(FIRST, make_table(ALERT, changed), "rules-2")
    found = {record["event.id"]: record.get("rule.level") for record in list_records(store, "alert")}
    assert found == {"alert-two": "high", "alert-three": None, "alert-other": None}
    state = store.state(FIRST)
    assert state is not None
    assert (state.detection_digest, state.counters) == ("rules-2", {"packets": 9})
    with pytest.raises(StoreError, match="not complete"):
        store.replace_alerts(make_identity("c"), NO_ALERTS, "rules-2")


def test_a_capture_is_deleted_with_all_that_came_from_it(store: Store) -> None:
    """Others stay; a second time there is nothing to delete."""
    fill(store, make_records(range(20)), alerts=[make_alert("one")])
    fill(store, make_records(range(7), SECOND), SECOND, [make_alert("other", capture=SECOND)])
    gone = store.delete_capture(FIRST)
    assert gone.rows == {"modbus": 20, "alert": 1}
    assert {record["wanglou.capture"] for record in list_records(store, "modbus")} == {SECOND}
    assert ids(store, "alert") == ["alert-other"]
    with pytest.raises(UsageError, match="no capture"):
        store.delete_capture(FIRST)


def test_another_capture_with_the_same_beginning_is_refused(store: Store) -> None:
    """Ids would clash, so the second one is not written."""
    fill(store, make_records(range(3)))
    twin = "a" * 16 + "b" * 48
    with pytest.raises(StoreError, match="another capture begins with"):
        fill(store, make_records(range(3), twin), twin)
    assert len(ids(store)) == 3


def test_tables_of_another_shape_are_refused(store: Store) -> None:
    """Unknown datasets, alerts as records, and other columns raise by the commit at the latest."""
    table = make_table(MODBUS, make_records(range(3)))
    for dataset, wrong in (("profinet", table), ("alert", NO_ALERTS), ("modbus", table.drop_columns(["event.action"]))):
        with pytest.raises(StoreError):
            put(store, dataset, wrong)


def put(store: Store, dataset: str, table: pa.Table) -> None:
    """Write one table."""
    with store.ingest(announce()) as ingest:
        ingest.append(dataset, table)
        ingest.commit(NO_ALERTS, {}, "")


def test_pages_while_records_arrive(store: Store) -> None:
    """Every record that was there at the first page comes once, whatever is written between the pages."""
    fill(store, make_records(range(0, 100, 2)))
    pages: list[Record] = []
    after = ""
    number = 0
    while page := list_records(store, "modbus", limit=9, after=after, newest_first=False):
        pages += page
        after = position_of(MODBUS, page[-1])
        number += 1
        if number < 4:
            later = make_identity("cde"[number - 1])
            fill(store, make_records(range(number * 20, number * 20 + 10), later), later)
    found = [record["event.id"] for record in pages]
    assert len(found) == len(set(found))
    there = [record["event.id"] for record in pages if record["wanglou.capture"] == FIRST]
    assert len(there) == 50
    assert [record["@timestamp"] for record in pages] == sorted(record["@timestamp"] for record in pages)


def test_a_search_that_began_is_not_disturbed(store: Store) -> None:
    """What arrives after the first batch does not change an unlimited search's order, and repeats nothing."""
    fill(store, make_records(range(50)))
    batches = store.search("modbus")
    first = next(batches)
    fill(store, make_records(range(50), SECOND), SECOND)
    found = [row["event.id"] for batch in (first, *batches) for row in read_records(batch)]
    assert len(found) == len(set(found)) >= 50


IMPOSSIBLE = (-(10**18), -1, 0, 631_151_999 * 10**9, 4_102_444_800 * 10**9, 8 * 10**18)
"""Before 1990 and from 2100 on."""


def test_impossible_times_are_kept_found_and_counted(store: Store) -> None:
    """Records of broken clocks come back as they went in, in order, and the capture tells how many they are."""
    times = [*IMPOSSIBLE, START_NS]
    fill(store, [make_record(number, time_ns=time) for number, time in enumerate(times)])
    found = [record["@timestamp"] for record in list_records(store, "modbus", newest_first=False)]
    assert found == sorted(times)
    assert store.count("modbus", end_ns=0) == 2
    assert store.count("modbus", "@timestamp:<1970") == 2
    state = store.state(FIRST)
    assert state is not None
    assert state.counters == {"packets": 9, "store_quarantined": len(IMPOSSIBLE)}


def test_a_capture_of_too_many_days_opens_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many partitions the rest goes to quarantine: kept, found, and counted."""
    days = 20
    monkeypatch.setattr(quarantine, "MOST_PARTITIONS", 12)
    fill(store, [make_record(number, time_ns=START_NS - number * DAY_NS) for number in range(days)])
    assert store.count("modbus") == days
    state = store.state(FIRST)
    assert state is not None
    assert state.counters["store_quarantined"] == days - 12


EXTREMES: list[Record] = [
    {"modbus.request.address": 0, "modbus.response.values": []},
    {"event.duration": 2**63 - 1, "modbus.response.values": [0, 65535, 65535]},
    {"event.duration": -(2**63), "event.action": 'quote " backslash \\ \x00 \x1f 写 é \U0001f600 \u2028'},
    {"event.action": "", "error.code": "x" * 8_000, "source.ip": "2001:db8::1"},
    {"event.action": "写" * 5_000, "source.ip": "255.255.255.255", "destination.ip": "::"},
]


def test_values_come_back_exactly(store: Store) -> None:
    """Largest and smallest numbers, empty and long texts, signs of every kind."""
    records = [replace_values(number, values) for number, values in enumerate(EXTREMES)]
    fill(store, records)
    for record, values in zip(list_records(store, "modbus", newest_first=False), EXTREMES, strict=True):
        assert {name: record.get(name) for name in values} == values


LARGEST = [0, 2**63 - 1, 2**63, 2**64 - 1]
"""Unsigned numbers within and beyond a signed one."""


def test_unsigned_numbers_beyond_a_long_are_kept_and_found(store: Store) -> None:
    """Every digit comes back, each is found by its digits alone, and as a number within what a double can tell."""
    opcua = store.datasets["opcua"]
    base = {"event.dataset": "opcua", "wanglou.capture": FIRST, "wanglou.pdu": 0}
    records = [
        base | {"@timestamp": START_NS + n, "wanglou.packet": n, "opcua.values": [str(value)],
                "opcua.numbers": [float(value)], "opcua.types": ["UInt64"]}
        for n, value in enumerate(LARGEST)
    ]  # fmt: skip
    with store.ingest(announce()) as ingest:
        ingest.append("opcua", make_table(opcua, records))
        ingest.commit(NO_ALERTS, {}, "")
    found = list_records(store, "opcua", newest_first=False)
    assert [record["opcua.values"] for record in found] == [[str(value)] for value in LARGEST]
    for value in LARGEST:
        assert store.count("opcua", f"opcua.values:{value}") == 1
    assert store.count("opcua", f"opcua.values:({2**64 - 1} OR {2**63})") == 2
    assert store.count("opcua", "opcua.numbers:>=9223372036854775807") == 3
    assert store.count("opcua", "opcua.numbers:>1e19") == 1
    assert [bucket.key for bucket in store.aggregate("opcua", Terms("opcua.values"))] == sorted(map(str, LARGEST))


def replace_values(number: int, values: Record) -> Record:
    """Make a record with these values."""
    return {**make_record(number), **values}


def test_several_captures_at_once(store: Store) -> None:
    """Two writers side by side do not disturb each other."""
    with store.ingest(announce(FIRST)) as one, store.ingest(announce(SECOND)) as two:
        for number in range(10):
            one.append("modbus", make_table(MODBUS, [make_record(number)]))
            two.append("modbus", make_table(MODBUS, [make_record(number, SECOND, START_NS + number * HOUR_NS)]))
        two.commit(NO_ALERTS, {}, "")
        one.commit(NO_ALERTS, {}, "")
    assert {capture.record.identity: capture.rows for capture in store.captures()} == {
        FIRST: {"modbus": 10},
        SECOND: {"modbus": 10},
    }
    assert replace(announce(), name="x").key == FIRST[:16]


def test_a_capture_that_was_moved_in_time_says_by_how_much(store: Store) -> None:
    """The offset is kept; with another one its records take the place of the earlier ones, on whatever day they are."""
    for shift_ns in (-3 * DAY_NS, 5 * DAY_NS):
        records = [{**one, "@timestamp": one["@timestamp"] + shift_ns} for one in make_records(range(10))]
        with store.ingest(replace(announce(parser=str(shift_ns)), shift_ns=shift_ns)) as ingest:
            ingest.append("modbus", make_table(MODBUS, records))
            ingest.commit(NO_ALERTS, {}, "rules-1")
        found = store.state(FIRST)
        assert found is not None
        assert (found.record.shift_ns, found.rows) == (shift_ns, {"modbus": 10})
        assert (found.min_ns, len(ids(store))) == (START_NS + shift_ns, 10)
