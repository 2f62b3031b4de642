"""Writing a capture: interrupted, repeated, disturbed, refused."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from correlation.captures import CAPTURES
from correlation.ingest import LakeIngest
from correlation.lake import Lake
from correlation.lock import hold
from correlation.manifest import Segment, Wanted, list_segments
from correlation.opening import LEDGER
from correlation.partitions import Cut
from correlation.store import CaptureRecord
from correlation.writer import QUEUE_TABLES
from detection.alert import ALERT
from tests.support.lakes import (
    HOUR_NS,
    MODBUS,
    NO_ALERTS,
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
from wanglou.errors import LockedError, StoreError

CAPTURE = CaptureRecord(make_identity("a"), "a.pcap", parser_digest="1")
RECORDS = make_records(range(200), step_ns=HOUR_NS // 80)
"""Two and a half hours."""

KILLED = """
import os, signal, sys
from pathlib import Path
from correlation import ingest
from tests.support.lakes import *

lake = make_lake(Path(sys.argv[1]))
step, count = sys.argv[2], int(sys.argv[3])
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)

def after(function):
    def counted(*args):
        global count
        result = function(*args)
        count -= 1
        if count == 0:
            kill()
        return result
    return counted

from correlation.segments import SegmentFile
if step == "write":
    SegmentFile.write = after(SegmentFile.write)
elif step == "seal":
    SegmentFile.seal = after(SegmentFile.seal)
elif step == "list":
    ingest.add_segment = after(ingest.add_segment)
elif step == "listed":
    ingest.LakeIngest._list = after(ingest.LakeIngest._list)
elif step == "complete":
    ingest.complete_capture = after(ingest.complete_capture)
elif step == "sweep":
    ingest.retention.sweep = after(ingest.retention.sweep)
fill(lake, make_records(range(200), step_ns=HOUR_NS // 80), alerts=[make_alert("x"), make_alert("y")])
print("survived")
"""


def fill_whole(lake: Lake) -> None:
    """What the killed program does, undisturbed."""
    fill(lake, RECORDS, alerts=[make_alert("x"), make_alert("y")])


def segments(lake: Lake) -> list[Segment]:
    """All segments that are listed, with digests."""
    with lake._ledger().reading() as connection:
        return list_segments(connection, Wanted())


Undisturbed = tuple[list[Segment], list[Record]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Segments and records of a run that nothing disturbed."""
    with make_lake(tmp_path_factory.mktemp("whole")) as lake:
        fill_whole(lake)
        return segments(lake), find(lake)


def wait(ingest: LakeIngest) -> None:
    """Wait until the tables appended so far are written: the queue holds fewer tables than come after them here."""
    for _ in range(QUEUE_TABLES + 2):
        ingest.append("modbus", MODBUS.arrow.empty_table())


@pytest.mark.parametrize(
    ("step", "count"),
    [("write", 9), ("seal", 1), ("seal", 9), ("list", 2), ("listed", 5), ("complete", 1), ("sweep", 1), ("sweep", 3)],
)
def test_killed_and_read_again(undisturbed: Undisturbed, tmp_path: Path, step: str, count: int) -> None:
    """Kill -9 at any step, then the same capture again: the lake equals that of an undisturbed run, to the byte."""
    expected, records = undisturbed
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "lake"), step, str(count)],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - where the tests run
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with make_lake(tmp_path / "lake") as lake:
        left = lake.state(CAPTURE.identity)
        assert left is not None
        before = {segment.path: segment for segment in segments(lake)}
        assert left.rows.get("modbus", 0) == len(find(lake)), "what is listed can be read before the second run"
        if not left.is_complete:
            fill_whole(lake)
        assert segments(lake) == expected
        assert before.items() <= {segment.path: segment for segment in expected}.items(), "what was sealed is kept"
        assert find(lake) == records
        assert list_files(tmp_path / "lake") == sorted(segment.path for segment in expected)
        assert [capture.is_complete for capture in lake.captures()] == [True]


def test_sealed_segments_are_not_rewritten(tmp_path: Path) -> None:
    """The second run leaves the files of the first as they are."""
    with make_lake(tmp_path) as lake:
        with lake.ingest(CAPTURE) as ingest:
            ingest.append("modbus", make_table(MODBUS, RECORDS[:100]))
            wait(ingest)
        kept = {s.path: (tmp_path / s.path).stat().st_ino for s in segments(lake)}
        assert kept
        fill(lake, RECORDS, batch=100)
        assert kept.items() <= {s.path: (tmp_path / s.path).stat().st_ino for s in segments(lake)}.items()


def test_left_without_commit(tmp_path: Path) -> None:
    """The capture stays ingesting, what was sealed can be searched, what was not leaves no file."""
    with make_lake(tmp_path) as lake:
        with lake.ingest(CAPTURE) as ingest:
            ingest.append("modbus", make_table(MODBUS, RECORDS[:45]))
            wait(ingest)
        state = lake.state(CAPTURE.identity)
        assert state is not None
        assert not state.is_complete
        assert (len(find(lake)), state.rows) == (30, {"modbus": 30})
        assert list_files(tmp_path) == [s.path for s in segments(lake)]


def test_another_parser_starts_anew(tmp_path: Path) -> None:
    """Records that another program or setting parsed are replaced, not mixed."""
    with make_lake(tmp_path) as lake:
        fill(lake, RECORDS, parser="1")
        fill(lake, RECORDS[:50], parser="2")
        assert find(lake) == find(lake, limit=50)
        assert len(find(lake)) == 50


def test_another_cut_starts_anew(tmp_path: Path) -> None:
    """Segments cut otherwise could not be told apart by name, so they are replaced."""
    with make_lake(tmp_path) as lake:
        fill(lake, RECORDS)
    with make_lake(tmp_path, Cut()) as lake:
        fill(lake, RECORDS)
        assert [segment.rows for segment in segments(lake)] == [80, 80, 40]


def test_reading_again_changes_nothing(tmp_path: Path) -> None:
    """A complete capture written once more has the same segments; its alerts are replaced by equal ones."""
    with make_lake(tmp_path) as lake:
        fill_whole(lake)
        before, records, alerts = segments(lake), find(lake), find(lake, dataset="alert")
        fill_whole(lake)
        assert [s for s in segments(lake) if s.dataset != "alert"] == [s for s in before if s.dataset != "alert"]
        assert (find(lake), find(lake, dataset="alert")) == (records, alerts)
        assert len(list_files(tmp_path)) == len(before)


def test_fewer_records_leave_no_stale_segments(tmp_path: Path) -> None:
    """When a run gives fewer records than one before, what it did not make again is removed."""
    with make_lake(tmp_path) as lake:
        fill(lake, RECORDS)
        fill(lake, RECORDS[:60])
        assert len(find(lake)) == 60
        assert list_files(tmp_path) == sorted(segment.path for segment in segments(lake))


def test_alerts_of_one_capture_are_replaced(tmp_path: Path) -> None:
    """replace_alerts changes that capture's alerts and digest, and nothing else."""
    other = make_identity("b")
    with make_lake(tmp_path) as lake:
        fill(lake, RECORDS[:20], alerts=[make_alert("old"), make_alert("gone", RECORDS[-1]["@timestamp"])])
        fill(lake, make_records(range(20), other), other, alerts=[make_alert("other", capture=other)])
        records = find(lake)
        for names in (["new"], ["newer", "newest"], [], ["last"]):
            alerts = make_table(ALERT, [make_alert(name) for name in names])
            lake.replace_alerts(CAPTURE.identity, alerts, f"rules-{names}")
            state = lake.state(CAPTURE.identity)
            assert state is not None
            assert (state.detection_digest, state.is_complete) == (f"rules-{names}", True)
            assert state.counters == {"packets": 40}
            found = {alert["rule.name"] for alert in find(lake, dataset="alert")}
            assert found == {*names, "other"}
            assert list_files(tmp_path) == sorted(segment.path for segment in segments(lake))
        assert find(lake) == records


def test_alerts_of_what_is_not_complete_cannot_be_replaced(tmp_path: Path) -> None:
    """An interrupted or unknown capture has to be read first."""
    with make_lake(tmp_path) as lake:
        with lake.ingest(CAPTURE):
            pass
        for identity in (CAPTURE.identity, make_identity("b")):
            with pytest.raises(StoreError, match=r"is not complete .*replay it first"):
                lake.replace_alerts(identity, NO_ALERTS, "")


def test_one_writer_for_a_capture(tmp_path: Path) -> None:
    """A second writer of the same capture is refused, one of another capture is not."""
    other = CaptureRecord(make_identity("b"), "b.pcap")
    with make_lake(tmp_path) as lake, make_lake(tmp_path) as second, lake.ingest(CAPTURE) as ingest:
        with pytest.raises(StoreError, match=r"another process is writing the capture a\.pcap"), second.ingest(CAPTURE):
            pytest.fail("two writers")
        with pytest.raises(StoreError, match="another process is writing"):
            second.delete_capture(CAPTURE.identity)
        with second.ingest(other) as beside:
            beside.append("modbus", make_table(MODBUS, make_records(range(3), other.identity)))
            beside.commit(NO_ALERTS, {}, "")
        ingest.append("modbus", make_table(MODBUS, RECORDS[:3]))
        ingest.commit(NO_ALERTS, {}, "")
    with make_lake(tmp_path) as lake:
        assert len(find(lake)) == 6


def test_two_enterprises_with_the_same_bytes(tmp_path: Path) -> None:
    """The same file under two enterprises is two captures, with files, records and ids of their own."""
    identities = [make_identity("a", name) for name in ("north", "south", "../../x", "厂")]
    with make_lake(tmp_path) as lake:
        for identity in identities:
            fill(lake, make_records(range(3), identity), identity)
        assert len({record["event.id"] for record in find(lake)}) == 12
        assert len(list_files(tmp_path)) == 4
        found = lake.get("a" * 16 + "@../../x-modbus-2-0")
        assert found is not None
        assert found["wanglou.capture"] == identities[2]


def test_captures_that_begin_alike_are_refused(tmp_path: Path) -> None:
    """A second capture whose ids would be the first one's is told, and the first stays as it is."""
    with make_lake(tmp_path) as lake:
        fill(lake, RECORDS[:5])
        twin = CaptureRecord("a" * 63 + "b", "twin.pcap")
        with pytest.raises(StoreError, match=r"twin\.pcap: another capture begins with a{16}"), lake.ingest(twin):
            pytest.fail("two captures of one key")
        assert len(find(lake)) == 5


@pytest.mark.parametrize("dataset", ["alert", "nonsense"])
def test_what_is_appended_must_be_records(tmp_path: Path, dataset: str) -> None:
    """Alerts come with the commit, and unknown datasets nowhere."""
    with (
        make_lake(tmp_path) as lake,
        lake.ingest(CAPTURE) as ingest,
        pytest.raises(StoreError, match="no dataset that records are appended to"),
    ):
        ingest.append(dataset, NO_ALERTS)


def test_a_full_disk(tmp_path: Path) -> None:
    """Below the reserve nothing is written, and the message says how much is free and what to do."""
    with (
        Lake(tmp_path, reserve_bytes=1 << 60) as lake,
        pytest.raises(StoreError, match=r"only \d+ MiB are free, .* kept in reserve \(free some disk space"),
        lake.ingest(CAPTURE),
    ):
        pytest.fail("began on a full disk")


LIMITED = """
import resource, sys
import numpy as np
from pathlib import Path
from tests.support.lakes import *

with make_lake(Path(sys.argv[1]), Cut(group_rows=100, segment_rows=10_000)) as lake:
    with lake.ingest(CaptureRecord(make_identity("a"), "a.pcap")):
        pass
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    noise = np.random.default_rng(1).integers(0, 65_536, (400, 2_000), dtype=np.uint16)
    records = make_records(range(400))
    for number, record in enumerate(records):
        record["modbus.response.values"] = noise[number].tolist()
    try:
        fill(lake, records, batch=50)
    except StoreError as error:
        print(error)
"""


def test_a_file_that_cannot_grow(tmp_path: Path) -> None:
    """A real error of the system while writing is a StoreError, and nothing half-written is listed or left."""
    done = subprocess.run(
        [sys.executable, "-c", "from wanglou.errors import StoreError\n" + LIMITED, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - where the tests run
    )
    assert "cannot write: File too large" in done.stdout, done.stderr
    assert "replay the capture again" in done.stdout
    with make_lake(tmp_path) as lake:
        assert (segments(lake), list_files(tmp_path)) == ([], [])
        assert [capture.is_complete for capture in lake.captures()] == [False]


def test_a_wrong_table_fails_the_commit(tmp_path: Path) -> None:
    """What the writing thread refuses surfaces at the commit at the latest, and the capture is not complete."""
    with make_lake(tmp_path) as lake:
        with lake.ingest(CAPTURE) as ingest:
            ingest.append("modbus", pa.table({"x": [1]}))
            with pytest.raises(StoreError, match="does not have the dataset's columns"):
                ingest.commit(NO_ALERTS, {}, "")
        assert [capture.is_complete for capture in lake.captures()] == [False]


def test_orphans_of_this_capture_only_are_removed(tmp_path: Path) -> None:
    """Files that nothing lists go when their capture is written again; other captures' files are not touched."""
    day = tmp_path / "modbus" / "dt=2026-09-21"
    key = "a" * 16
    mine = [day / f"00-{key}-0007.parquet", day / f"00-{key}-0000.parquet.tmp"]
    others = [day / f"00-{key}-deadbeef-0000.parquet", day / f"00-{'b' * 16}-0000.parquet.tmp"]
    day.mkdir(parents=True)
    for path in mine + others:
        path.write_bytes(b"half a file")
    with make_lake(tmp_path) as lake:
        fill(lake, RECORDS[:5])
        assert [path for path in mine if path.exists()] == []
        assert [path.exists() for path in others] == [True, True]
        assert len(find(lake)) == 5


def test_records_are_written_before_the_capture_is_known(tmp_path: Path) -> None:
    """A capture whose identity comes late is the same as one that was known from the start."""
    with make_lake(tmp_path / "a") as known, make_lake(tmp_path / "b") as late:
        fill(known, RECORDS)
        identity: Future[str] = Future()
        with late.ingest(dataclasses.replace(CAPTURE, identity=""), identity) as ingest:
            for first in range(0, len(RECORDS), 10):
                if first == 50:
                    assert late.captures() == []
                    identity.set_result(CAPTURE.identity)
                ingest.append("modbus", make_table(MODBUS, RECORDS[first : first + 10]))
            ingest.commit(NO_ALERTS, {}, "")
        assert find(late) == find(known)
        assert list_files(tmp_path / "b") == list_files(tmp_path / "a")
        assert not list((tmp_path / "b").rglob("*new-*"))


def test_a_capture_that_turns_out_to_be_held(tmp_path: Path) -> None:
    """When it becomes known that somebody else writes the capture, nothing of it is kept here."""
    identity: Future[str] = Future()
    with make_lake(tmp_path) as first, make_lake(tmp_path) as second, first.ingest(CAPTURE) as ingest:
        with second.ingest(dataclasses.replace(CAPTURE, identity=""), identity) as other:
            other.append("modbus", make_table(MODBUS, RECORDS[:40]))
            identity.set_result(CAPTURE.identity)
            with pytest.raises(LockedError, match="another process is writing the capture"):
                other.commit(NO_ALERTS, {}, "")
        ingest.commit(NO_ALERTS, {}, "")
        assert find(first) == []
        assert list_files(tmp_path) == []


def test_what_killed_writers_left_without_a_name_is_removed(tmp_path: Path) -> None:
    """Files without a capture go with the next capture, unless their writer lives."""
    day = tmp_path / "modbus" / "dt=2026-09-21"
    day.mkdir(parents=True)
    left, held = (day / f"00-new-{digit * 16}-0000.parquet.tmp" for digit in "12")
    for path in (left, held):
        path.write_bytes(b"half a file")
    with hold(tmp_path / "locks" / f"new-{'2' * 16}", "x"), make_lake(tmp_path) as lake:
        fill(lake, RECORDS[:5])
    assert (left.exists(), held.exists()) == (False, True)


def test_a_reader_sees_only_whole_segments(tmp_path: Path) -> None:
    """Searching while a capture is written gives a growing number of whole segments' records."""
    seen: list[int] = []
    with make_lake(tmp_path) as lake, make_lake(tmp_path) as reader:
        with lake.ingest(CAPTURE) as ingest:
            for first in range(0, 200, 10):
                ingest.append("modbus", make_table(MODBUS, RECORDS[first : first + 10]))
                seen.append(len(find(reader)))
            ingest.commit(NO_ALERTS, {}, "")
        seen.append(reader.count("modbus"))
    assert seen == sorted(seen)
    assert seen[-1] == 200
    assert {count % 10 for count in seen} == {0}


def test_the_ledger_knows_nothing_of_the_moment(tmp_path: Path) -> None:
    """Two lakes of the same captures have equal ledgers, so that runs can be compared."""

    def dump(folder: Path) -> list[tuple[object, ...]]:
        with make_lake(folder) as lake:
            fill_whole(lake)
        engine = sa.create_engine(f"sqlite:///{folder / LEDGER}")
        with engine.connect() as connection:
            rows: list[tuple[object, ...]] = [tuple(row) for row in connection.execute(sa.select(CAPTURES))]
        engine.dispose()
        return rows

    assert dump(tmp_path / "a") == dump(tmp_path / "b")


def test_alerts_over_days(tmp_path: Path) -> None:
    """Alerts lie in the day and hour of their own time."""
    alerts: list[Record] = [make_alert(str(day), RECORDS[0]["@timestamp"] + day * 24 * HOUR_NS) for day in range(3)]
    with make_lake(tmp_path) as lake:
        fill(lake, [], alerts=alerts)
        days = [segment.day for segment in segments(lake)]
        assert days == ["2026-09-21", "2026-09-22", "2026-09-23"]
        assert find(lake, dataset="alert", newest_first=False) == alerts
