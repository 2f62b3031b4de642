"""What is asked for on the captures page."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.captures import delete_capture, list_bundles, replay_bundle
from correlation.store import CaptureRecord
from tests.support.lakes import NO_ALERTS, make_identity, make_lake
from tests.support.workers import LI, open_console
from wanglou.errors import UsageError

CHEM, WATER = frozenset({"chem"}), frozenset({"water"})


def test_bundled_captures(tmp_path: Path) -> None:
    """All are listed, each with where the store has it; one click asks for one under its enterprise, moved or not."""
    ledger, jobs, _ = open_console(tmp_path)
    with ledger, make_lake(tmp_path / "lake") as lake:
        bundles = list_bundles(lake)
        assert len(bundles) > 60
        assert all(one.packets and one.size_bytes and {"zh", "en"} <= set(one.title) for one in bundles)
        job = replay_bundle(jobs, LI, "machining_write.pcap")
        assert (job.kind, job.enterprise, job.subject) == ("replay", "machining", {"bundled": "machining_write.pcap"})
        moved = replay_bundle(jobs, LI, "machining_write.pcap", enterprise="water", shift_to_ns=5)
        assert (moved.enterprise, moved.subject["shift_to_ns"]) == ("water", 5)
        for name in ("../manifest.yaml", "manifest.yaml", "nothing.pcap"):
            with pytest.raises(UsageError, match="no such bundled"):
                replay_bundle(jobs, LI, name)


def test_deletion_is_asked_for_by_those_who_see_the_capture(tmp_path: Path) -> None:
    """Of another tenant's capture, or the park's own, nobody else can."""
    ledger, jobs, _ = open_console(tmp_path)
    own = make_identity("a", "chem")
    with ledger, make_lake(tmp_path / "lake") as lake:
        with lake.ingest(CaptureRecord(own, "/captures/a.pcap", "chem")) as ingest:
            ingest.commit(NO_ALERTS, {}, "")
        assert delete_capture(jobs, lake, LI, own, WATER) is None
        assert delete_capture(jobs, lake, LI, make_identity("b"), None) is None
        job = delete_capture(jobs, lake, LI, own, CHEM)
        assert job is not None
        assert (job.kind, job.subject, job.enterprise, job.name) == ("delete", {"capture": own}, "chem", "a.pcap")
