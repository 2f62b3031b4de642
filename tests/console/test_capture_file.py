"""Where the files of captures lie."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from console.capture_file import find_capture_file
from console.work import Work
from correlation.lake import Lake
from tests.support.consoles import Console
from tests.support.hunting import find_newest
from tests.support.workers import LI, SITE, make_settings, open_console, upload
from wanglou.audit import Actor
from wanglou.bundled import captures_folder
from wanglou.site import load_site


def test_a_file_is_found_by_its_bytes_only(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among the bundled captures by name; another file of that name, or none, is not taken."""
    state = console.services.store.state(str(find_newest(console)[0]["wanglou.capture"]))
    assert state is not None
    uploads, ledger = console.services.backstage.uploads, console.services.ledger
    assert find_capture_file(ledger, uploads, state.record) is not None
    monkeypatch.setattr("console.capture_file.captures_folder", lambda: tmp_path)
    assert find_capture_file(ledger, uploads, state.record) is None
    (tmp_path / state.record.name).write_bytes(bytes(state.record.size_bytes))
    assert find_capture_file(ledger, uploads, state.record) is None
    strange = replace(state.record, name="\0", identity="x")
    assert find_capture_file(ledger, uploads, strange) is None


def test_the_file_of_an_upload_is_found_where_uploads_lie(tmp_path: Path) -> None:
    """By the capture that came of it, wherever it lay when it was read; not once it is gone or has other bytes."""
    ledger, _, _ = open_console(tmp_path)
    with ledger:
        work = Work(make_settings(tmp_path), ledger, load_site(SITE), Actor("system:worker", "box"), threading.Event())
        job = upload(work.uploads, work.jobs, captures_folder() / "unauthorized_write.pcap", "chem")
        assert work.do_next()
        done = work.jobs.find(job.id)
        assert done is not None
        with Lake(Path(work._settings.store)) as lake:
            capture = lake.state(done.outcome.capture)
        assert capture is not None
        record = replace(capture.record, name="/elsewhere/before-the-move.pcap")
        kept = work.uploads.find(str(job.subject["upload"]))
        assert kept is not None
        assert find_capture_file(ledger, work.uploads, record) == kept.path
        assert find_capture_file(ledger, work.uploads, replace(record, identity="0" * 64)) is None
        kept.path.write_bytes(bytes(record.size_bytes))
        assert find_capture_file(ledger, work.uploads, record) is None
        work.uploads.remove_capture(record.identity, LI)
        assert find_capture_file(ledger, work.uploads, record) is None
