"""Small segments are put together without anybody noticing, and nothing is lost or doubled however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from correlation import compaction, packing, retention, rollup
from correlation.compaction import Compacted
from correlation.ingest import ALERTS
from correlation.lake import Lake
from correlation.lock import LOCKS, hold
from correlation.manifest import Segment, Wanted, list_segments
from correlation.packing import PACK
from correlation.segments import present_columns
from correlation.store import CaptureRecord, DateHistogram, Terms
from correlation.writer import QUEUE_TABLES
from detection.alert import ALERT
from tests.support.lakes import (
    DAY_NS,
    MODBUS,
    SMALL,
    START_NS,
    Record,
    fill,
    find,
    list_files,
    make_alert,
    make_identity,
    make_lake,
    make_records,
    make_table,
)
from tests.support.requirements import ROOT
from wanglou.errors import StoreError

DIGITS = "abcde"
STEPS = ("seal", "publish", "list", "sweep", "unlink")
"""Where a compaction is killed: before or after what it does to the disk and the ledger."""


@pytest.fixture(autouse=True)
def _count_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files of a few records have rollups."""
    monkeypatch.setattr(rollup, "FEWEST_ROWS", 1)


def records_of(digit: str) -> list[Record]:
    """Records of a capture, in times that others have too."""
    place = 20 * DIGITS.index(digit)
    return make_records(range(place, place + 50), make_identity(digit))


def fill_one(lake: Lake, digit: str, **options: Any) -> None:
    """Ingest a capture with an alert."""
    capture = make_identity(digit)
    fill(lake, records_of(digit), capture, alerts=[make_alert(digit, capture=capture)], **options)


def fill_all(lake: Lake) -> Lake:
    """Ingest all captures: ten Modbus files and five of alerts."""
    for digit in DIGITS:
        fill_one(lake, digit)
    return lake


def state(lake: Lake) -> dict[str, Any]:
    """All that a reader can ask: records, alerts, summaries, captures, one record by its id."""
    return {
        "records": find(lake),
        "alerts": find(lake, dataset=ALERTS),
        "count": lake.count("modbus", "modbus.unit_id:2"),
        "captures": [(capture.record, capture.state, capture.rows, capture.min_ns) for capture in lake.captures()],
        "by capture": lake.aggregate("modbus", Terms("wanglou.capture")),
        "by second": lake.aggregate("modbus", DateHistogram(10**9)),
        "filtered": lake.aggregate("modbus", Terms("source.ip"), "modbus.response.values:3 OR wanglou.packet:<50"),
        "newest": find(lake, "event.action:write*", limit=3),
        "one": lake.get("b" * 16 + "-modbus-60-0"),
        "hours": lake.hours("modbus"),
    }


def segments(lake: Lake) -> list[Segment]:
    """All segments that are listed."""
    with lake._ledger().reading() as connection:
        return list_segments(connection, Wanted())


def check_files(folder: Path, lake: Lake) -> None:
    """The files are those that are listed, and take what the lake says."""
    assert list_files(folder) == sorted({segment.file for segment in segments(lake)})
    assert lake.disk_usage().records_bytes == sum((folder / path).stat().st_size for path in list_files(folder))


def test_small_files_become_one(tmp_path: Path) -> None:
    """One file a dataset and day, with the same answers to everything; a second compaction finds nothing to do."""
    with fill_all(make_lake(tmp_path)) as lake:
        before, names = state(lake), [segment.path for segment in segments(lake)]
        told: list[Compacted] = []
        assert lake.compact(told.append) == Compacted(15, 2, 255)
        assert told == [Compacted(5, 1, 5), Compacted(15, 2, 255)]
        assert state(lake) == before
        assert [segment.path for segment in segments(lake)] == names
        assert [Path(path).name[: len(PACK)] for path in list_files(tmp_path)] == [PACK] * 2
        check_files(tmp_path, lake)
        assert lake.compact() == Compacted()
        assert state(lake) == before


def test_a_lake_that_is_not_there(tmp_path: Path) -> None:
    """Nothing is done, and nothing is made."""
    with make_lake(tmp_path / "none") as lake:
        assert lake.compact() == Compacted()
    assert not (tmp_path / "none").exists()


def test_deleting_a_capture_takes_its_own_records(tmp_path: Path) -> None:
    """Rows of a pack that belong to it are gone at once, those of others stay; the pack goes with its last capture."""
    with fill_all(make_lake(tmp_path)) as lake:
        everything = find(lake)
        lake.compact()
        gone: set[Any] = set()
        for digit in DIGITS:
            lake.delete_capture(make_identity(digit))
            gone.add(make_identity(digit))
            left = [record for record in everything if record["wanglou.capture"] not in gone]
            assert find(lake) == left
            assert lake.count("modbus") == len(left) == lake.count("modbus", "NOT modbus.unit_id:99")
            assert sum(bucket.value for bucket in lake.aggregate("modbus", Terms("modbus.unit_id"))) == len(left)
            assert sum(bucket.value for bucket in lake.aggregate("modbus", DateHistogram(DAY_NS))) == len(left)
        assert list_files(tmp_path) == []


def test_room_of_deleted_captures_is_given_back(tmp_path: Path) -> None:
    """A pack whose rows are mostly gone is written anew without them."""
    with fill_all(make_lake(tmp_path)) as lake:
        lake.compact()
        for digit in "abc":
            lake.delete_capture(make_identity(digit))
        before = state(lake)
        assert lake.compact() == Compacted(2, 2, 102)
        assert state(lake) == before
        assert {segment.pack_rows for segment in segments(lake)} == {2, 100}
        check_files(tmp_path, lake)


def test_a_capture_is_read_again(tmp_path: Path) -> None:
    """What lies in a pack is recognised by name and stays there; nothing is written twice."""
    with fill_all(make_lake(tmp_path)) as lake:
        lake.compact()
        before, places = state(lake), {s.path: s.file for s in segments(lake) if s.dataset == "modbus"}
        fill_one(lake, "b")
        assert state(lake) == before
        assert {s.path: s.file for s in segments(lake) if s.dataset == "modbus"} == places


def test_a_capture_is_read_by_another_program(tmp_path: Path) -> None:
    """Its records of before are gone from the pack, the new ones lie in files of the old names."""
    with fill_all(make_lake(tmp_path)) as lake:
        before = state(lake)
        lake.compact()
        fill_one(lake, "b", parser="2")
        after = state(lake)
        assert [after.pop("captures")[1][0].parser_digest, before.pop("captures")[1][0].parser_digest] == ["2", "1"]
        assert after == before
        lake.compact()
        assert state(lake) | {"captures": None} == before | {"captures": None}


def test_alerts_are_replaced(tmp_path: Path) -> None:
    """The old ones are gone from the pack, again and again, and compaction takes the new ones in."""
    with fill_all(make_lake(tmp_path)) as lake:
        for name in ("x", "y", "z"):
            lake.compact()
            alerts = make_table(ALERT, [make_alert(name, capture=make_identity("c"))])
            lake.replace_alerts(make_identity("c"), alerts, "rules-2")
            assert sorted(str(alert["rule.name"]) for alert in find(lake, dataset=ALERTS)) == sorted(f"abde{name}")


def test_captures_that_are_being_read_stay_as_they_are(tmp_path: Path) -> None:
    """Segments of an interrupted capture are not put together until it was read to its end."""
    with make_lake(tmp_path) as lake:
        with lake.ingest(CaptureRecord(make_identity("a"), "a.pcap", parser_digest="1")) as ingest:
            for first in range(0, 150, 30):
                ingest.append("modbus", make_table(MODBUS, make_records(range(first, first + 30))))
            for _ in range(QUEUE_TABLES + 2):
                ingest.append("modbus", MODBUS.arrow.empty_table())  # once these fit the queue, the others are written
        assert len(segments(lake)) == 5
        assert all(segment.pack == "" for segment in segments(lake))
        assert lake.compact() == Compacted()


def test_with_a_ledger_of_either_kind(place: Path | str, tmp_path: Path) -> None:
    """Rollups, packs and what becomes of them are the same on PostgreSQL."""
    ledger = place if isinstance(place, str) else ""
    with Lake(tmp_path / "lake", cut=SMALL, reserve_bytes=0, clock=lambda: START_NS, ledger=ledger) as lake:
        before = state(fill_all(lake))
        assert lake.compact() == Compacted(15, 2, 255)
        assert state(lake) == before
        lake.delete_capture(make_identity("a"))
        assert lake.count("modbus", "NOT modbus.unit_id:99") == 200
        check_files(tmp_path / "lake", lake)


def test_days_and_datasets_stay_apart(tmp_path: Path) -> None:
    """Expiring a day takes packs of that day whole."""
    with make_lake(tmp_path) as lake:
        for digit in DIGITS:
            records = make_records(range(0, 40, 8), make_identity(digit), step_ns=3_600 * 10**9)
            fill(lake, records, make_identity(digit), batch=1)
        lake.compact()
        assert {path.split("/")[1] for path in list_files(tmp_path)} == {"dt=2026-09-21", "dt=2026-09-22"}
        assert lake.expire(lake.disk_usage().total_bytes - 1)[0].rows == {"modbus": 3 * 5}
        assert lake.count("modbus") == len(find(lake)) == 2 * 5
        check_files(tmp_path, lake)


def test_many_captures_are_put_together_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The capture with which a day has many small files is followed by a compaction; before, files stay as they are."""
    monkeypatch.setattr(compaction, "DUE_FILES", 10)
    with make_lake(tmp_path) as lake:
        for digit in "abcd":
            fill_one(lake, digit)
        assert len(list_files(tmp_path)) == 12
        fill_one(lake, "e")
        assert len(list_files(tmp_path)) == 2
        check_files(tmp_path, lake)


def test_what_cannot_be_put_together_spoils_no_capture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture is complete though the compaction after it fails; asked for by itself, it tells why."""
    monkeypatch.setattr(compaction, "DUE_FILES", 10)
    monkeypatch.setattr(packing, "_read", _fail)
    with fill_all(make_lake(tmp_path)) as lake:
        assert all(capture.is_complete for capture in lake.captures())
        with pytest.raises(StoreError, match="cannot be read"):
            lake.compact()
        assert len(find(lake)) == 250


def _fail(*_: object) -> pa.Table:
    raise pa.ArrowInvalid("no Parquet file")


def test_only_one_compacts_at_a_time(tmp_path: Path) -> None:
    """While another process does, nothing is done, and that is no error."""
    with fill_all(make_lake(tmp_path)) as lake:
        with hold(tmp_path / LOCKS / "compaction", "compaction"):
            assert lake.compact() == Compacted()
        assert lake.compact().packs == 2


def test_a_capture_deleted_while_its_pack_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That pack is dropped, and the next round writes one of what is left."""
    with fill_all(make_lake(tmp_path)) as lake:
        monkeypatch.setattr(packing, "present_columns", _once(lambda: lake.delete_capture(make_identity("b"))))
        lake.compact()
        found = {(record["wanglou.capture"], record["wanglou.packet"]) for record in find(lake)}
        assert found == {(r["wanglou.capture"], r["wanglou.packet"]) for digit in "acde" for r in records_of(digit)}
        assert lake.count("modbus") == 200
        check_files(tmp_path, lake)


def _once(action: Callable[[], object]) -> Callable[[pa.Table], set[str]]:
    """Do something at the first call of ``present_columns``."""
    waiting = [action]

    def find_present(table: pa.Table) -> set[str]:
        if waiting:
            waiting.pop()()
        return present_columns(table)

    return find_present


def test_searches_that_were_begun_before(tmp_path: Path) -> None:
    """A search that has listed the old files goes on in the pack, each record once."""
    with fill_all(make_lake(tmp_path)) as lake:
        everything = find(lake)
        search = lake.search("modbus")
        lake.compact()
        assert [row for batch in search for row in batch["wanglou.packet"].to_pylist()] == [
            record["wanglou.packet"] for record in everything
        ]


def test_readers_notice_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While files are put together again and again, every answer is the same."""
    monkeypatch.setattr(compaction, "_is_worth", lambda _files: True)
    with fill_all(make_lake(tmp_path)) as lake:
        before, stop, wrong = state(lake), threading.Event(), []

        def read() -> None:
            with make_lake(tmp_path) as reader:
                while not stop.is_set():
                    found = state(reader)
                    if found != before:
                        wrong.append(found)

        reading = threading.Thread(target=read)
        reading.start()
        for _ in range(5):
            _compact_once(lake)
        stop.set()
        reading.join()
        assert not wrong
        assert state(lake) == before


def _compact_once(lake: Lake) -> None:
    """Write every pack anew once."""
    for files in list(compaction._plan(lake._ledger(), set(lake.datasets))):
        packing.write_pack(lake.folder, lake._ledger(), lake.datasets[files[0].segments[0].dataset], files)
    retention.sweep(lake.folder, lake._ledger())


KILLED = """
import os, sys
from pathlib import Path
from correlation import compaction, packing, retention, rollup
from tests.support.lakes import make_lake
rollup.FEWEST_ROWS = 1
step, when = sys.argv[2], sys.argv[3]
place, name = {
    "seal": (packing.SegmentFile, "seal"), "publish": (packing.SegmentFile, "publish"), "list": (packing, "_list"),
    "sweep": (retention, "sweep"), "unlink": (retention, "_unlink"),
}[step]
work = getattr(place, name)
calls = 0

def die(*arguments, **options):
    global calls
    calls += 1
    is_due = calls == (2 if step == "sweep" else 1)
    if is_due and when == "before":
        os._exit(9)
    result = work(*arguments, **options)
    if is_due:
        os._exit(9)
    return result

setattr(place, name, die)
make_lake(Path(sys.argv[1])).compact()
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed(tmp_path: Path, step: str, when: str) -> None:
    """Wherever it is killed, all answers stay as they were, and the next compaction leaves no file behind."""
    with fill_all(make_lake(tmp_path)) as lake:
        before = state(lake)
    command = [sys.executable, "-c", KILLED, str(tmp_path), step, when]
    killed = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert killed.returncode == 9
    with make_lake(tmp_path) as lake:
        assert state(lake) == before
        fill_one(lake, "c")
        assert state(lake) == before
        lake.compact()
        assert state(lake) == before
        check_files(tmp_path, lake)
        lake.delete_capture(make_identity("a"))
        assert len(find(lake)) == 200
