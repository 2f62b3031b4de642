"""The whole path held to its promises: reading again, being killed, enterprises side by side, deleting, expiring."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.traffic import write_capture
from correlation.lake import Lake
from detection.preparation import prepare_rules
from detection.rule import SHIPPED
from detection.tuning import Tuning
from detection.tuning_ledger import RuleTuning
from detection.tuning_tables import TUNING
from tests.support.requirements import ROOT
from wanglou.appliance import replay
from wanglou.audit import local_actor
from wanglou.bundled import captures_folder
from wanglou.capture_report import CaptureReport
from wanglou.ledger import Ledger
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site

# `make accept` interrupts a capture of several sealed segments; else one that is still in its first.
PACKETS = 5_000_000 if os.environ.get("CI") == "accept" else 120_000

Record = dict[str, Any]


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of polls, large enough to be interrupted."""
    path = tmp_path_factory.mktemp("traffic") / "polls.pcap"
    write_capture(path, PACKETS)
    return path


@pytest.fixture(scope="module")
def attack() -> Path:
    """A bundled capture that raises alerts."""
    return captures_folder() / "unauthorized_write.pcap"


@pytest.fixture(scope="module")
def other() -> Path:
    """Another one."""
    return captures_folder() / "function_scan.pcap"


def read_all(folder: Path) -> dict[str, list[Record]]:
    """All records of a lake by dataset, in the lake's own order."""
    with Lake(folder) as lake:
        return {name: [row for batch in lake.search(name) for row in batch.to_pylist()] for name in lake.datasets}


def list_files(folder: Path) -> dict[str, bytes]:
    """Every segment's name and bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def replay_one(path: Path, lake: Path, **options: Any) -> CaptureReport:
    """Replay one capture and give its report."""
    return replay([path], ReplayOptions(lake, **options))[0]


def test_reading_twice_changes_nothing(attack: Path, tmp_path: Path) -> None:
    """A capture that is already in the lake is recognised, and not a byte of the lake changes."""
    first = replay_one(attack, tmp_path / "lake")
    before = list_files(tmp_path / "lake")

    second = replay_one(attack, tmp_path / "lake")

    assert (first.state, second.state) == ("read", "known")
    assert list_files(tmp_path / "lake") == before


def test_copies_are_one_capture(attack: Path, tmp_path: Path) -> None:
    """A capture is known by its bytes and not by its name."""
    copy = tmp_path / "other-name.pcap"
    shutil.copyfile(attack, copy)
    replay_one(attack, tmp_path / "lake")

    assert replay_one(copy, tmp_path / "lake").state == "known"


def test_decisions_about_rules_hold_at_the_next_reading(other: Path, tmp_path: Path) -> None:
    """What the ledger says of rules makes a capture's alerts anew; taken back, they are as they were."""
    lake = tmp_path / "lake"
    replay_one(other, lake)
    before = read_all(lake)["alert"]
    name = before[0]["rule.name"]
    off = next(one for one in prepare_rules((SHIPPED,), None).rules if one.name == name)
    with Ledger(lake / "ledger.db", [TUNING]) as ledger:
        tuning = RuleTuning(ledger)
        for is_enabled, left in ((False, [one for one in before if one["rule.name"] != name]), (True, before)):
            tuning.tune(off, Tuning(off.id, is_enabled=is_enabled), "why", local_actor())
            assert replay_one(other, lake).state == "alerts_replaced"
            assert replay_one(other, lake).state == "known"
            assert [one["event.id"] for one in read_all(lake)["alert"]] == [one["event.id"] for one in left]


def test_changed_rules_replace_alerts_only(attack: Path, other: Path, tmp_path: Path) -> None:
    """With a site file given, the capture's alerts are made anew; its records, and other captures' alerts, stay."""
    lake = tmp_path / "lake"
    replay_one(attack, lake)
    replay_one(other, lake)
    before, files = read_all(lake), list_files(lake)

    report = replay_one(attack, lake, site=load_site(captures_folder() / "site.yaml"))
    after = read_all(lake)

    assert report.state == "alerts_replaced"
    records = {name for name in files if not name.startswith("alert")}
    assert {name: list_files(lake)[name] for name in records} == {name: files[name] for name in records}
    mine = [row for row in after["alert"] if row["wanglou.capture"] == report.identity]
    assert len(mine) == report.alerts
    assert mine != [row for row in before["alert"] if row["wanglou.capture"] == report.identity]
    others = [[row for row in rows["alert"] if row["wanglou.capture"] != report.identity] for rows in (before, after)]
    assert others[0] == others[1]


@pytest.fixture
def children() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes a test started; killed at its end if they still run."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def test_killed_replay_continues(traffic: Path, tmp_path: Path, children: list[subprocess.Popen[bytes]]) -> None:
    """After kill -9 at several moments, reading again gives the lake of an undisturbed run, file by file."""
    replay_one(traffic, tmp_path / "calm")
    lake = tmp_path / "killed"
    command = [sys.executable, "-m", "wanglou", "replay", str(traffic), "--lake", str(lake), "--no-progress"]
    killed = 0
    for moment, delay_s in (("*", 0.0), ("*", 0.1), ("*.parquet", 0.0), ("*.parquet", 0.4)):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        children.append(process)
        wait_for_file(lake, f"modbus/*/{moment}", process)
        time.sleep(delay_s)
        killed += process.poll() is None
        process.kill()
        process.wait()

    report = replay_one(traffic, lake)

    assert killed
    assert report.state in ("read", "known")
    assert list_files(lake) == list_files(tmp_path / "calm")
    with Lake(lake) as after, Lake(tmp_path / "calm") as calm:
        assert [after.count(name) for name in after.datasets] == [calm.count(name) for name in calm.datasets]
        assert [one.state for one in after.captures()] == ["complete"]


def wait_for_file(lake: Path, pattern: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the replay has such a file, or has already ended."""
    for _ in range(6000):
        if process.poll() is not None or any(lake.glob(pattern)):
            return
        time.sleep(0.01)
    pytest.fail("the replay wrote nothing within a minute")


def test_enterprises_share_nothing(attack: Path, tmp_path: Path) -> None:
    """One capture read for two enterprises with the same private addresses gives two sets of records and alerts."""
    lake = tmp_path / "lake"
    reports = [replay_one(attack, lake, enterprise=name) for name in ("east", "west")]
    rows = read_all(lake)

    assert [report.state for report in reports] == ["read", "read"]
    for name, report in zip(("east", "west"), reports, strict=True):
        mine = {kind: [row for row in rows[kind] if row["organization.id"] == name] for kind in rows}
        assert {row["wanglou.capture"] for kind in mine.values() for row in kind} == {report.identity}
        assert len(mine["modbus"]) == report.records["modbus"]
        assert len(mine["alert"]) == report.alerts
    ids = [row["event.id"] for kind in rows.values() for row in kind]
    assert len(ids) == len(set(ids))


def test_state_of_one_capture_does_not_reach_the_next(attack: Path, other: Path, tmp_path: Path) -> None:
    """Two captures replayed together give what each gives alone."""
    replay([attack, other], ReplayOptions(tmp_path / "together"))
    for path in (attack, other):
        replay_one(path, tmp_path / "apart")

    assert read_all(tmp_path / "together") == read_all(tmp_path / "apart")


def test_deleted_capture_leaves_nothing(attack: Path, tmp_path: Path) -> None:
    """Deleting a capture removes its records, alerts and files, and it can be read again."""
    lake = tmp_path / "lake"
    report = replay_one(attack, lake)
    with Lake(lake) as opened:
        opened.delete_capture(report.identity)

    assert not any(read_all(lake).values())
    assert list_files(lake) == {}
    assert replay_one(attack, lake).state == "read"


def test_oldest_days_expire_first(attack: Path, traffic: Path, tmp_path: Path) -> None:
    """With a bound on the disk the oldest day goes and the younger one stays."""
    lake = tmp_path / "lake"
    reports = [replay_one(path, lake) for path in (attack, traffic)]
    days = {path.parent.name for path in lake.rglob("*.parquet")}
    with Lake(lake) as opened:
        whole = opened.disk_usage().total_bytes
        gone = opened.expire(whole - 1)

    assert len(days) == 2
    assert [expired.day for expired in gone] == [min(days).removeprefix("dt=")]
    assert {row["wanglou.capture"] for row in read_all(lake)["flow"]} < {report.identity for report in reports}


def test_cut_off_capture_keeps_what_was_read(attack: Path, tmp_path: Path) -> None:
    """A capture cut off in mid-record is stored as far as it goes, and the fault names file and byte."""
    whole = attack.read_bytes()
    broken = tmp_path / "broken.pcap"
    broken.write_bytes(whole[: len(whole) * 2 // 3])
    report = replay_one(broken, tmp_path / "lake")

    assert report.fault is not None
    assert f"{broken}: byte " in str(report.fault)
    assert len(read_all(tmp_path / "lake")["modbus"]) == report.records["modbus"] > 0


def test_bad_file_does_not_stop_the_others(attack: Path, tmp_path: Path) -> None:
    """A file that is no capture is refused with a message, and the next one is read."""
    text = tmp_path / "notes.pcap"
    text.write_text("not a capture at all, only words", encoding="utf-8")
    refused, read = replay([text, attack], ReplayOptions(tmp_path / "lake"))

    assert (refused.state, read.state) == ("refused", "read")
    assert refused.fault is not None
