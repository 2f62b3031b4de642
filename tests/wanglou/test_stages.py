"""The stages after a replay: called again nothing changes, and what changed is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.incidents import Incidents
from correlation.inventory import Inventory
from correlation.lake import LEDGER, Lake
from tests.support.ledgers import ACTOR
from tests.support.workers import SITE
from wanglou.appliance import ReplayOptions, replay
from wanglou.bundled import captures_folder
from wanglou.errors import StoreError
from wanglou.site import load_site
from wanglou.stages import find_ledger, open_stages, update_stages

CAPTURE = captures_folder() / "unauthorized_write.pcap"


def test_stages_follow_reading_and_deleting(tmp_path: Path) -> None:
    """Assets, an incident and risk come with a capture, and go with it."""
    site = load_site(SITE)
    (report,) = replay([CAPTURE], ReplayOptions(tmp_path, site, "chem"))
    with Lake(tmp_path) as lake, open_stages(tmp_path / LEDGER) as ledger:
        first = update_stages(lake, ledger, site, [report.identity], ACTOR)
        (case,) = Incidents(ledger).cases()
        assert first.assets.changes["new"] == len(Inventory(lake, ledger, ACTOR).list_assets())
        assert (first.incident_count, first.incidents.opened) == (1, 1)
        assert [*first.changed_incidents] == [(case.id, "chem")]
        assert first.risk is not None
        assert first.risk.park is not None
        again = update_stages(lake, ledger, site, [report.identity], ACTOR)
        assert (again.incident_count, again.changed_incidents, dict(again.assets.changes)) == (1, [], {})
        lake.delete_capture(report.identity)
        gone = update_stages(lake, ledger, site, [report.identity], ACTOR)
        assert (gone.incident_count, [*gone.changed_incidents]) == (0, [(case.id, "chem")])
        assert Inventory(lake, ledger, ACTOR).list_assets() == []


def test_where_the_ledger_is(tmp_path: Path) -> None:
    """Beside the records of a lake, or where it is said to be; a cluster has none of its own."""
    assert find_ledger(tmp_path) == tmp_path / LEDGER
    assert find_ledger("lake:x") == Path("x") / LEDGER
    assert find_ledger("https://127.0.0.1:9", "postgresql://u@h/d") == "postgresql://u@h/d"
    assert find_ledger("https://127.0.0.1:9", "/x/l.db") == Path("/x/l.db")
    with pytest.raises(StoreError, match="keeps no ledger"):
        find_ledger("https://127.0.0.1:9")
