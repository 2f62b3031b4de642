"""One capture on its way: what is kept of it, under which digest, and that a failure in either thread ends both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from correlation.lake import Lake
from detection.detector import Detector
from wanglou.appliance import replay
from wanglou.capture_replay import digest_parser
from wanglou.capture_report import Silent
from wanglou.errors import StoreError
from wanglou.replay_options import ReplayOptions


def read_options(tmp_path: Path) -> ReplayOptions:
    """Options for a lake of the test's own."""
    return ReplayOptions(tmp_path / "lake")


def test_other_parser_settings_read_anew(polls: Path, tmp_path: Path) -> None:
    """A setting that decides which records there are is part of what makes a capture known."""
    replay([polls], read_options(tmp_path))
    (report,) = replay([polls], ReplayOptions(tmp_path / "lake", verify_checksums=True))

    assert report.state == "read"
    with Lake(tmp_path / "lake") as lake:
        assert lake.count("modbus") == 410


def test_capture_is_committed_with_its_counters(polls: Path, tmp_path: Path) -> None:
    """The lake keeps the capture as complete, with what the stages counted and under the parser's digest."""
    options = read_options(tmp_path)
    (report,) = replay([polls], options)
    with Lake(Path(options.lake)) as lake:
        kept = lake.state(report.identity)

    assert kept is not None
    assert kept.is_complete
    assert kept.record.parser_digest == digest_parser(options)
    assert kept.counters["packets"] == 1000
    assert kept.counters["packets_decoded"] == 1000


def test_failure_of_the_second_thread_is_raised(polls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails while detecting is raised to the caller, and the capture stays unfinished."""

    def fail(_self: Detector, _tables: Sequence[pa.Table]) -> None:
        raise StoreError("no more", where="detector")

    monkeypatch.setattr(Detector, "feed", fail)
    options = read_options(tmp_path)
    with pytest.raises(StoreError, match="no more"):
        replay([polls], options)
    with Lake(Path(options.lake)) as lake:
        assert [capture.state for capture in lake.captures()] == ["ingesting"]


def test_interrupted_replay_stays_unfinished(polls: Path, tmp_path: Path) -> None:
    """An interrupt in the first thread ends both, and the capture is not marked complete."""

    class Impatient(Silent):
        def advance(self, *_so_far: int) -> None:
            raise KeyboardInterrupt

    options = read_options(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        replay([polls], options, Impatient())
    with Lake(Path(options.lake)) as lake:
        assert [capture.state for capture in lake.captures()] == ["ingesting"]
    assert replay([polls], options)[0].state == "read"
