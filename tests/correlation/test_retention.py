"""Taking records away: captures, days, leftovers; and crashes in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from correlation import retention
from correlation.lake import Lake
from correlation.manifest import Wanted, discard_segments, list_segments
from correlation.opening import LEDGER
from correlation.store import CaptureRecord
from tests.support.lakes import (
    DAY_NS,
    START_NS,
    Record,
    fill,
    find,
    list_files,
    make_alert,
    make_identity,
    make_lake,
    make_record,
    make_records,
)
from wanglou.errors import StoreError, UsageError

FIRST, SECOND = make_identity("a"), make_identity("b")


def on_day(day: int, capture: str, count: int = 40) -> list[Record]:
    """Records of one day."""
    return [make_record(number, capture, START_NS + day * DAY_NS + number) for number in range(count)]


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """A lake of two captures: the first on days 0 and 1, the second on day 1, each with an alert."""
    with make_lake(tmp_path) as lake:
        fill(lake, [*on_day(0, FIRST), *on_day(1, FIRST)], FIRST, alerts=[make_alert("a")])
        second = make_alert("b", START_NS + DAY_NS, SECOND)
        fill(lake, on_day(1, SECOND), SECOND, alerts=[second])
        yield lake


def test_a_deleted_capture_leaves_nothing(lake: Lake) -> None:
    """Its records, alerts, files and entry go, empty folders too; the other capture stays."""
    before = find(lake, f"wanglou.capture:{SECOND}")
    gone = lake.delete_capture(FIRST)
    assert (gone.record.identity, gone.rows) == (FIRST, {"alert": 1, "modbus": 80})
    assert [capture.record.identity for capture in lake.captures()] == [SECOND]
    assert find(lake) == before
    assert [alert["rule.name"] for alert in find(lake, dataset="alert")] == ["b"]
    assert not [path for path in list_files(lake.folder) if "a" * 16 in path]
    assert not (lake.folder / "modbus" / "dt=2026-09-21").exists()


def test_an_unknown_capture_cannot_be_deleted(lake: Lake) -> None:
    """The message says where to look."""
    with pytest.raises(UsageError, match=r"no capture c{64} in the lake \(`wanglou capture list`"):
        lake.delete_capture(make_identity("c"))


def test_the_oldest_day_goes_first(lake: Lake) -> None:
    """Whole days of all datasets go until it fits; what went is told by day."""
    total, records = lake.disk_usage().total_bytes, lake.disk_usage().records_bytes
    (gone,) = lake.expire(total - 1)
    assert (gone.day, gone.rows) == ("2026-09-21", {"alert": 1, "modbus": 40})
    assert lake.disk_usage().records_bytes == records - gone.size_bytes
    assert {record["@timestamp"] // DAY_NS * DAY_NS for record in find(lake)} == {START_NS + DAY_NS}
    assert len(lake.captures()) == 2
    assert lake.expire(2 * total) == []


def test_a_capture_without_records_left_is_forgotten(lake: Lake) -> None:
    """When a capture's last day goes, so does its entry, and it can be read again."""
    gone = lake.expire(0)
    assert [day.day for day in gone] == ["2026-09-21", "2026-09-22"]
    assert (lake.captures(), list_files(lake.folder)) == ([], [])
    fill(lake, on_day(0, FIRST), FIRST)
    assert len(find(lake)) == 40


def test_a_capture_being_read_is_not_forgotten(tmp_path: Path) -> None:
    """Retention beside a writer takes sealed days, not the capture's entry."""
    with make_lake(tmp_path) as lake:
        with lake.ingest(CaptureRecord(FIRST, "x")):
            assert lake.expire(0) == []
        assert len(lake.captures()) == 1


def test_an_interrupted_deletion_is_finished_later(lake: Lake) -> None:
    """Off the list is gone for readers at once; the files go when the lake is next written."""
    ledger = lake._ledger()
    with ledger.transaction() as connection:
        discard_segments(connection, list_segments(connection, Wanted(captures=[SECOND])))
    assert len(find(lake)) == 80
    assert [path for path in list_files(lake.folder) if "b" * 16 in path]
    fill(lake, on_day(1, SECOND), SECOND)
    assert len(find(lake)) == 120
    with ledger.reading() as connection:
        listed = {segment.path for segment in list_segments(connection, Wanted())}
    assert set(list_files(lake.folder)) == listed


def test_sweeping_twice_does_no_harm(lake: Lake) -> None:
    """Files that are gone already are no error."""
    ledger = lake._ledger()
    with ledger.transaction() as connection:
        gone = list_segments(connection, Wanted(captures=[FIRST]))
        discard_segments(connection, gone)
    (lake.folder / gone[0].path).unlink()
    assert [retention.sweep(lake.folder, ledger) for _ in range(2)] == [len(gone), 0]


def test_disk_usage(lake: Lake) -> None:
    """Records are what the segment files take, the ledger is its files, and the rest of the disk is free."""
    usage = lake.disk_usage()
    assert usage.records_bytes == sum((lake.folder / path).stat().st_size for path in list_files(lake.folder))
    assert usage.ledger_bytes >= (lake.folder / LEDGER).stat().st_size
    assert usage.free_bytes > 0


def test_room_on_the_disk(tmp_path: Path) -> None:
    """Enough room says nothing, too little or a missing folder is a StoreError."""
    retention.check_space(tmp_path, 0)
    with pytest.raises(StoreError, match="free some disk space"):
        retention.check_space(tmp_path, 1 << 62)
    with pytest.raises(StoreError, match="No such file"):
        retention.check_space(tmp_path / "missing", 0)


def test_records_read_while_a_day_expires(lake: Lake) -> None:
    """A search that has begun goes on without the files that went, or says that they went; it never mixes them up."""
    found = lake.search("modbus", newest_first=True)
    lake.expire(0)
    assert sum(batch.num_rows for batch in found) == 0
    assert make_records([]) == find(lake)
