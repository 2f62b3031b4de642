"""What stands behind the pages, opened and closed together."""

from __future__ import annotations

from pathlib import Path

from console.backstage import open_backstage
from tests.support.workers import make_settings, open_console, upload, wait_ended
from wanglou.bundled import captures_folder


def test_with_and_without_a_worker(tmp_path: Path) -> None:
    """With one, what is uploaded is read; without one, it waits for another console's."""
    ledger, _, _ = open_console(tmp_path)
    with ledger:
        with open_backstage(make_settings(tmp_path), ledger, with_worker=False) as alone:
            assert alone.supervisor is None
            job = upload(alone.uploads, alone.jobs, captures_folder() / "dns_update.pcap.gz")
        with open_backstage(make_settings(tmp_path), ledger) as whole:
            assert wait_ended(whole.jobs, job).state == "done"
            assert whole.supervisor is not None
            assert whole.feed.subscribers == 0
        assert whole.supervisor.status.pid is None
