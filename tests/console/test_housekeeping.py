"""What a worker does by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.feed import read_events
from console.housekeeping import tidy
from console.upload_room import UploadLimits
from console.work import Work
from correlation.incidents import Incidents
from correlation.inventory import Inventory
from correlation.lake import Lake
from tests.support.workers import LI, SITE, make_settings, open_console, upload
from wanglou.appliance import replay
from wanglou.audit import Actor
from wanglou.bundled import captures_folder
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site

CAPTURE = captures_folder() / "unauthorized_write.pcap"
WORKER = Actor("system:worker", "box")
NOTHING = {"uploads": 0, "jobs": 0, "days": 0}


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """A worker's work in this process."""
    ledger, _, _ = open_console(tmp_path)
    with ledger:
        yield Work(make_settings(tmp_path), ledger, load_site(SITE), WORKER, threading.Event())


def test_nothing_to_tidy(work: Work, tmp_path: Path) -> None:
    """In a new lake there is nothing, and what is there and in time stays."""
    settings = make_settings(tmp_path, keep_days=100_000)
    assert tidy(settings, work._ledger, None, WORKER) == NOTHING


def test_retention(work: Work, tmp_path: Path) -> None:
    """Days beyond those kept go, a capture that has no record left goes with its file, abandoned uploads go."""
    upload(work.uploads, work.jobs, CAPTURE)
    assert work.do_next()
    abandoned = work.uploads.create(LI, "x.pcap", 5, enterprise="chem")
    site = load_site(SITE)
    assert tidy(work._settings, work._ledger, site, WORKER) == NOTHING
    keeping = replace(make_settings(tmp_path), keep_days=30, limits=UploadLimits(reserve_bytes=0, expiry_s=0))
    soon, later = datetime(2026, 11, 22, tzinfo=UTC), datetime(2027, 1, 22, tzinfo=UTC)
    assert tidy(keeping, work._ledger, site, WORKER, soon) == {**NOTHING, "uploads": 1}
    assert work.uploads.find(abandoned.id) is None
    assert tidy(keeping, work._ledger, site, WORKER, later) == {**NOTHING, "uploads": 1, "days": 1}
    with Lake(tmp_path / "lake") as lake:
        assert [*lake.captures()] == []
        assert Inventory(lake, work._ledger, LI).list_assets() == []
    assert Incidents(work._ledger).cases() == []
    assert work.uploads.list_uploads() == []


def test_what_was_left_undone_is_done(work: Work, tmp_path: Path) -> None:
    """Captures that the later stages never saw, as a worker died before, are brought up, and pages hear of it."""
    site = load_site(SITE)
    replay([CAPTURE], ReplayOptions(tmp_path / "lake", site, "chem"))
    assert Incidents(work._ledger).cases() == []
    tidy(work._settings, work._ledger, site, WORKER)
    (case,) = Incidents(work._ledger).cases()
    events = read_events(work._ledger, 0)
    assert ("incident.changed", case.id, "chem") in {(one.kind, one.subject, one.enterprise) for one in events}
    tidy(work._settings, work._ledger, site, WORKER)
    assert read_events(work._ledger, events[-1].number) == []


def test_files_of_captures_that_somebody_deleted_go(work: Work, tmp_path: Path) -> None:
    """As by the command line, which leaves files alone."""
    upload(work.uploads, work.jobs, CAPTURE)
    assert work.do_next()
    with Lake(tmp_path / "lake") as lake:
        lake.delete_capture(lake.captures()[0].record.identity)
    assert tidy(work._settings, work._ledger, None, WORKER)["uploads"] == 1
    assert work.uploads.list_uploads() == []
