"""The lake as its users see it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from correlation.lake import Lake, default_datasets
from correlation.manifest import HourCount
from correlation.opening import LEDGER
from correlation.query_error import QueryError
from correlation.store import CaptureRecord
from detection.alert import ALERT
from parsers.schema import DATASETS
from tests.support.lakes import (
    FLOW,
    NO_ALERTS,
    SMALL,
    START_NS,
    fill,
    find,
    make_alert,
    make_identity,
    make_lake,
    make_record,
    make_records,
    make_table,
)
from tests.support.postgresql import Server
from wanglou.component import VERSIONS
from wanglou.errors import StoreError


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """A lake with one capture of 60 records and an alert."""
    with make_lake(tmp_path / "lake") as lake:
        fill(lake, make_records(range(60)), alerts=[make_alert("x")])
        yield lake


def test_its_datasets() -> None:
    """Those of the parsers, and the alerts."""
    assert default_datasets() == {**DATASETS, "alert": ALERT}
    assert set(Lake(Path("nowhere")).datasets) == {*DATASETS, "alert"}


def test_one_record_by_its_id(lake: Lake) -> None:
    """Every record is found again by its event.id, with all its fields."""
    for record in find(lake)[::9]:
        assert lake.get(str(record["event.id"])) == record
    assert lake.get("a" * 16 + "-modbus-0-0") == {**make_record(0), "event.id": "a" * 16 + "-modbus-0-0"}


def test_one_alert_by_its_id(lake: Lake) -> None:
    """Alerts are found by the id they keep."""
    assert lake.get("alert-x") == make_alert("x")


@pytest.mark.parametrize(
    "text", ["", "x", "a" * 16 + "-modbus-1-0", "b" * 16 + "-modbus-0-0", "a" * 16 + "-dns-0-0", 'x" OR event.id:*']
)
def test_no_record_by_an_unknown_id(lake: Lake, text: str) -> None:
    """Other packets, captures and datasets, and texts that are no id, give None."""
    assert lake.get(text) is None


def test_the_id_in_a_query(lake: Lake) -> None:
    """event.id can be asked for, compared by its parts, and with wildcards."""
    assert len(find(lake, f"event.id:{'a' * 16}-modbus-4-0")) == 1
    assert len(find(lake, f"event.id:{'a' * 16}-modbus-1?-0")) == 5


def test_hours(lake: Lake) -> None:
    """Counts by hour come from the manifest."""
    assert lake.hours("modbus") == [HourCount("2026-09-21", 0, 60, START_NS, START_NS + 59 * 10**9)]


def test_what_is_known_of_a_capture(lake: Lake) -> None:
    """State, digest, counters, rows and times tell whether to read it again."""
    (capture,) = lake.captures()
    assert lake.state(make_identity("a")) == capture
    assert (capture.is_complete, capture.detection_digest, capture.counters) == (True, "rules-1", {"packets": 120})
    assert (capture.rows, capture.min_ns) == ({"alert": 1, "modbus": 60}, START_NS)
    assert lake.state(make_identity("b")) is None


def test_a_missing_lake_is_not_made_by_reading(tmp_path: Path) -> None:
    """Reading says to replay first and creates nothing; a capture's state is unknown, nothing expires."""
    folder = tmp_path / "missing"
    with make_lake(folder) as lake:
        reads: list[Callable[[], object]] = [
            lambda: list(lake.search("modbus")),
            lambda: lake.count("modbus"),
            lambda: lake.get("alert-x"),
            lake.captures,
            lake.disk_usage,
        ]
        for read in reads:
            with pytest.raises(StoreError, match=r"missing: there is no lake \(run `wanglou replay FILE` first\)"):
                read()
        assert lake.state(make_identity("a")) is None
        assert lake.expire(0) == []
    assert not folder.exists()


def test_a_lake_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file in the place of the folder is a StoreError with the path and what to do."""
    (tmp_path / "lake").write_text("in the way")
    with (
        make_lake(tmp_path / "lake") as lake,
        pytest.raises(StoreError, match=r"lake: cannot write: File exists .*use another --lake"),
        lake.ingest(CaptureRecord(make_identity("a"), "x")),
    ):
        pytest.fail("written into a file")


def test_a_newer_lake_is_refused(lake: Lake) -> None:
    """A lake of a newer program is neither read nor written."""
    with lake._ledger().transaction() as connection:
        connection.execute(sa.update(VERSIONS).where(VERSIONS.c.component == "lake").values(version=99))
    with make_lake(lake.folder) as other:
        with pytest.raises(StoreError, match="lake: written in version 99"):
            other.count("modbus")
        with pytest.raises(StoreError, match="use the newer Wanglou"), other.ingest(CaptureRecord("x", "x")):
            pytest.fail("written")


def test_a_damaged_ledger_is_told(tmp_path: Path) -> None:
    """A ledger that is no database is a StoreError."""
    (tmp_path / LEDGER).write_bytes(b"x" * 1000)
    with make_lake(tmp_path) as lake, pytest.raises(StoreError, match="not a database"):
        lake.captures()


def test_wrong_queries_are_pointed_at(lake: Lake) -> None:
    """The mistake is told before anything is read."""
    with pytest.raises(QueryError, match=r"\^"):
        lake.search("modbus", "modbus.unit:5")


def test_now_is_the_clock(lake: Lake) -> None:
    """Relative times count from the clock that the lake was given, a day after the records."""
    assert lake.count("modbus", "@timestamp:[now-1d TO now-1d+29s]") == 30


def test_flows_with_their_own_columns(lake: Lake) -> None:
    """Datasets do not mix."""
    other = CaptureRecord(make_identity("b"), "b.pcap")
    flow = {"@timestamp": START_NS, "event.end": START_NS + 5, "wanglou.capture": other.identity, "wanglou.packet": 1}
    flow |= {"wanglou.pdu": 0, "network.bytes": 2**40, "flow.state": "closed"}
    with lake.ingest(other) as ingest:
        ingest.append("flow", make_table(FLOW, [flow]))
        ingest.commit(NO_ALERTS, {}, "")
    assert find(lake, "event.end:>2026-09-21T00:00:00 flow.state:closed", "flow") == []
    found = find(lake, "event.end:>=2026-09-21T00:00:00 flow.state:closed", "flow")
    assert found == [{**flow, "event.id": "b" * 16 + "-flow-1-0"}]
    assert lake.count("modbus") == 60


READ = """
import sys
from pathlib import Path
from tests.support.lakes import *
with make_lake(Path(sys.argv[1])) as lake:
    print(len(find(lake)), lake.count("modbus", "modbus.unit_id:1"))
"""


def test_other_processes_read(lake: Lake) -> None:
    """Several processes read while this one holds the lake open and writes into it."""
    with lake.ingest(CaptureRecord(make_identity("b"), "b.pcap")):
        readers = [
            subprocess.Popen(
                [sys.executable, "-c", READ, str(lake.folder)],
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parents[2],
            )
            for _ in range(3)
        ]
        assert [reader.communicate()[0] for reader in readers] == ["60 12\n"] * 3


def test_other_programs_read_the_segments(lake: Lake) -> None:
    """The files are plain Parquet in folders that tools understand."""
    sql = "SELECT dt, count(*) FROM read_parquet(?, hive_partitioning = true) GROUP BY dt"
    found = duckdb.execute(sql, [f"{lake.folder}/modbus/*/*.parquet"]).fetchall()
    assert [(str(day), rows) for day, rows in found] == [("2026-09-21", 60)]


def test_times_before_1970_and_after_2200(tmp_path: Path) -> None:
    """Captures with clocks that are far off are kept and found like others."""
    times = [-(10**18), -1, 0, 8 * 10**18]
    with make_lake(tmp_path) as lake:
        fill(lake, [make_record(number, time_ns=time) for number, time in enumerate(times)])
        assert [record["@timestamp"] for record in find(lake, newest_first=False)] == times
        assert lake.count("modbus", end_ns=0) == 2
        assert [hour.day for hour in lake.hours("modbus")] == ["quarantine"]


@pytest.mark.needs_postgresql
def test_a_ledger_on_a_server(tmp_path: Path, postgresql: Server) -> None:
    """With its ledger in PostgreSQL a lake reads, replaces, deletes and expires as with its own file."""
    place = postgresql.create_schema()
    other = make_identity("b")
    with Lake(tmp_path / "lake", cut=SMALL, reserve_bytes=0, ledger=place) as lake:
        assert lake.state(other) is None
        assert lake.expire(0) == []
        for capture in (make_identity("a"), other):
            fill(lake, make_records(range(100), capture), capture, alerts=[make_alert(capture[0], capture=capture)])
        assert [type(count) for count in lake.captures()[0].rows.values()] == [int, int]
        assert lake.count("modbus") == len(find(lake)) == 200
        assert sum(hour.rows for hour in lake.hours("modbus")) == 200
        lake.replace_alerts(other, NO_ALERTS, "rules-2")
        assert lake.count("alert") == 1
        assert lake.delete_capture(other).rows == {"modbus": 100}
        assert sum(sum(day.rows.values()) for day in lake.expire(0)) == 101
        assert lake.captures() == []
        assert lake.disk_usage().ledger_bytes == 0
        assert lake._ledger().verify().findings == []
    assert not (tmp_path / "lake" / LEDGER).exists()
