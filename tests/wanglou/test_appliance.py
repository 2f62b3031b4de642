"""The composition: what a replay reports, tells its progress, and does when a stage fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanglou.appliance import replay
from wanglou.capture_report import CaptureReport
from wanglou.errors import FaultsError, StoreError
from wanglou.replay_options import ReplayOptions


class Told:
    """A Progress that remembers."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self.started: list[tuple[Path, int]] = []
        self.advanced: list[tuple[int, int, int]] = []
        self.identities: list[str] = []
        self.finished: list[CaptureReport] = []

    def start(self, path: Path, size_bytes: int) -> None:
        """Remember."""
        self.started.append((path, size_bytes))

    def advance(self, position_bytes: int, packets: int, dropped: int) -> None:
        """Remember."""
        self.advanced.append((position_bytes, packets, dropped))

    def kept(self, identity: str) -> None:
        """Remember."""
        self.identities.append(identity)

    def done(self, report: CaptureReport) -> None:
        """Remember."""
        self.finished.append(report)


def read_options(tmp_path: Path) -> ReplayOptions:
    """Options for a lake of the test's own."""
    return ReplayOptions(tmp_path / "lake")


def test_report_counts_packets_and_records(polls: Path, tmp_path: Path) -> None:
    """A report says how many packets, bytes and rows of each dataset there were."""
    (report,) = replay([polls], read_options(tmp_path))

    assert (report.state, report.packets, report.fault) == ("read", 1000, None)
    assert {name: report.records[name] for name in ("flow", "modbus")} == {"flow": 60, "modbus": 410}
    assert report.records.keys() == {"flow", "modbus", "asset"}
    assert report.bytes == polls.stat().st_size - 24 - 16 * 1000
    assert report.counters["packets_decoded"] == 1000


def test_progress_is_told_in_order(polls: Path, tmp_path: Path) -> None:
    """Progress hears of the start with the file's size, of packets so far, and of the report."""
    told = Told()
    reports = replay([polls], read_options(tmp_path), told)

    assert told.started == [(polls, polls.stat().st_size)]
    assert told.advanced[-1] == (polls.stat().st_size, 1000, 0)
    assert told.finished == reports


def test_faulty_rules_stop_before_anything_is_read(polls: Path, tmp_path: Path) -> None:
    """A fault in a rule file is told before the lake is touched."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "bad.yml").write_text("title: only a title\n", encoding="utf-8")

    with pytest.raises(FaultsError, match=r"bad\.yml"):
        replay([polls], ReplayOptions(tmp_path / "lake", rules=(rules,)))
    assert not (tmp_path / "lake").exists()


def test_lake_that_is_a_file_is_a_store_error(polls: Path, tmp_path: Path) -> None:
    """A lake that cannot be written gives one StoreError that names the place."""
    (tmp_path / "lake").write_text("taken", encoding="utf-8")

    with pytest.raises(StoreError, match="lake"):
        replay([polls], read_options(tmp_path))
