"""The worker on a cluster, its ledger in a file of its own: the same jobs come to the same."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

from console.captures import delete_capture
from console.work import Work
from console.work_settings import WorkSettings
from console.worker import open_ledger
from correlation.incidents import Incidents
from correlation.inventory import Inventory
from correlation.opening import open_elastic
from tests.support.workers import LI, SITE, make_settings, upload
from tools.elasticsearch.server import Cluster
from wanglou.audit import Actor
from wanglou.bundled import captures_folder
from wanglou.site import load_site


def test_jobs_on_a_cluster(elasticsearch: Cluster, tmp_path: Path) -> None:
    """An upload becomes records, alerts, an incident and assets, moved in time; deleting it leaves nothing."""
    address = f"{elasticsearch.urls[0]}?prefix=t{secrets.token_hex(6)}&dead={tmp_path}/dead.ndjson"
    limits = make_settings(tmp_path).limits
    settings = WorkSettings(address, str(tmp_path / "uploads"), str(tmp_path / "ledger.db"), str(SITE), limits=limits)
    end_ns = 1_800_000_000 * 10**9
    with open_ledger(settings) as ledger, open_elastic(address) as store:
        store.init()
        try:
            work = Work(settings, ledger, load_site(SITE), Actor("system:worker", "box"), threading.Event())
            job = upload(work.uploads, work.jobs, captures_folder() / "unauthorized_write.pcap", shift_to_ns=end_ns)
            assert work.do_next()
            done = work.jobs.find(job.id)
            assert done is not None
            assert (done.state, done.outcome.fault, done.outcome.incidents) == ("done", None, 1)
            (capture,) = store.captures()
            assert (dict(capture.rows), capture.record.shift_ns != 0) == (dict(done.outcome.records), True)
            assert store.count("alert", start_ns=end_ns - 300 * 10**9, end_ns=end_ns) == done.outcome.records["alert"]
            assert delete_capture(work.jobs, store, LI, done.outcome.capture) is not None
            assert work.do_next()
            assert ([*store.captures()], Incidents(ledger).cases()) == ([], [])
            assert Inventory(store, ledger, LI).list_assets() == []
        finally:
            store.remove_all()
