"""``wanglou store``."""

from __future__ import annotations

import io
import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from correlation.asset_ledger import ASSETS
from correlation.incident_tables import INCIDENTS
from correlation.lake import Lake
from correlation.opening import open_elastic
from correlation.triage_tables import TRIAGE
from tests.support.command_line import run
from tools.elasticsearch.server import Cluster
from wanglou.bundled import captures_folder
from wanglou.ledger import Ledger


def test_a_lake_is_made_and_looked_at(tmp_path: Path) -> None:
    """Made once, fine, nothing to migrate, in both languages."""
    place = f"lake:{tmp_path / 'new'}"
    assert run("store", "init", "--store", place).out == f"{place} is ready\n"
    done = run("store", "check", "--store", place)
    assert done.code == 0
    assert "Version" in done.out
    assert run("store", "check", "--store", place, "--lang", "zh").out.count("正常") >= 2
    assert run("store", "migrate", "--store", place).code == 0


def test_a_lake_that_is_not_there(tmp_path: Path) -> None:
    """Told, with a code of its own."""
    done = run("store", "check", "--store", tmp_path / "none")
    assert done.code == 3
    assert "there is no lake" in done.err


def tomorrow() -> str:
    """The last day that may be the first to stay."""
    return (datetime.now(UTC).date() + timedelta(days=1)).isoformat()


def test_days_are_shown_before_they_go(lake_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run changes nothing, nor does a question without an answer; then the days go."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with Lake(lake_copy) as lake:
        before = sum(lake.count(name) for name in lake.datasets)
    done = run("store", "expire", "--older-than", tomorrow(), "--dry-run", "--store", lake_copy)
    assert done.code == 0
    assert f"{before:,} records" in done.out
    done = run("store", "expire", "--older-than", tomorrow(), "--store", lake_copy)
    assert done.code == 1
    assert "Remove " in done.err
    assert run("store", "expire", "--older-than", "9999-12-31", "--yes", "--store", lake_copy).code == 2
    with Lake(lake_copy) as lake:
        assert sum(lake.count(name) for name in lake.datasets) == before
    assert run("store", "expire", "--older-than", tomorrow(), "--yes", "--store", lake_copy).code == 0
    with Lake(lake_copy) as lake:
        assert sum(lake.count(name) for name in lake.datasets) == 0


@pytest.mark.needs_elasticsearch
def test_how_much_a_cluster_keeps(
    elasticsearch: Cluster, lake_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said once, shown by the check and by searches; the counts are found."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    place = f"{elasticsearch.urls[0]}?prefix=keeps&dead={tmp_path}/dead"
    try:
        assert run("store", "init", "--keep", "modbus:rollup,dns:noteworthy", "--store", place).code == 0
        assert "dns:noteworthy,modbus:rollup" in run("store", "check", "--store", place).out
        assert run("store", "init", "--keep", "modbus:some", "--store", place).code == 2
        assert run("store", "copy", f"lake:{lake_folder}", place).code == 0
        done = run("search", "*", "--store", place, width=200)
        assert "counted by the minute: --dataset rollup" in done.err
        assert "按分钟计数" in run("search", "*", "--store", place, "--lang", "zh").err
        counted = run("search", "*", "--dataset", "rollup", "--store", place, "--json", "--limit", "0").out.splitlines()
        whole = run("search", "*", "--store", lake_folder, "--json", "--limit", "0").out.splitlines()
        assert sum(json.loads(line)["wanglou.rollup.count"] for line in counted) == len(whole)
        assert run("search", "*", "--dataset", "rollup", "--store", place).code == 0
    finally:
        with open_elastic(place) as store:
            store.remove_all()


@pytest.mark.needs_elasticsearch
def test_a_cluster_gets_its_mirror_and_what_waits(
    elasticsearch: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the ledger that is named; nothing waits where there was no outage."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    place = f"{elasticsearch.urls[0]}?prefix=mirrors"
    try:
        assert run("store", "init", "--store", place).code == 0
        assert run("store", "drain", "--store", place).out == (
            "0 documents sent in 0 steps, 0 still wait, 0 were lost for lack of room\n"
        )
        Ledger(tmp_path / "mine.db", (ASSETS, INCIDENTS, TRIAGE), create=True).close()
        done = run("store", "mirror", "--ledger", tmp_path / "mine.db", "--store", place)
        assert done.out == "0 alerts, 0 incidents and 0 assets written\n", done.err
        assert run("store", "mirror", "--ledger", tmp_path / "none.db", "--store", place).code == 3
    finally:
        with open_elastic(place) as store:
            store.remove_all()


@pytest.mark.needs_elasticsearch
def test_every_command_takes_a_cluster(
    elasticsearch: Cluster, lake_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copied there, found there by every command, and copied back the same."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    place = f"{elasticsearch.urls[0]}?prefix=shell&dead={tmp_path}/dead"
    assert "is ready" in " ".join(run("store", "init", "--store", place).out.split())
    done = run("store", "copy", f"lake:{lake_folder}", place)
    assert done.code == 0
    assert " 1 capture " in done.out
    for command in (("alerts", "--json"), ("search", "modbus.unit_id:*", "--json", "--limit", "0")):
        there, here = (run(*command, "--store", one) for one in (place, lake_folder))
        assert there.code == here.code == 0
        assert there.out == here.out
    environment = {"WANGLOU_STORE": place}
    assert run("capture", "list", environment=environment).code == 0
    assert run("store", "check", environment=environment).code in (0, 3)
    assert run("store", "expire", "--older-than", tomorrow(), "--yes", environment=environment).code == 0
    assert run("store", "replay-dead-letters", environment=environment).out.startswith("0 documents sent")
    assert run("search", "*", "--json", environment=environment).out == ""


def test_small_files_are_put_together(lake_copy: Path) -> None:
    """As many as there are days with several; what was there is found again, and the second time there is nothing."""
    before = run("search", "", "--limit", "0", "--json", "--lake", lake_copy).out
    for name in ("dns_tunnel", "dns_update", "mqtt_command_write", "machining_write"):
        capture = next(captures_folder().glob(f"{name}.pcap*"))
        assert run("replay", capture, "--no-stages", "--lake", lake_copy).code == 0
    flows = run("search", "", "-d", "flow", "--limit", "0", "--json", "--lake", lake_copy).out
    done = run("store", "compact", "--lake", lake_copy)
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"\d+ files put together into [1-9]\d*, \d+ records\n", done.out)
    assert run("search", "", "-d", "flow", "--limit", "0", "--json", "--lake", lake_copy).out == flows
    assert before.splitlines()[0] in run("search", "", "--limit", "0", "--json", "--lake", lake_copy).out
    again = run("store", "compact", "--lake", lake_copy, "--lang", "zh")
    assert again.out.startswith("已将 0 个文件合并为 0 个")


def test_what_compaction_needs(tmp_path: Path) -> None:
    """A cluster does so by itself; a lake must be there."""
    assert run("store", "compact", "--store", "https://127.0.0.1:1").code == 2
    done = run("store", "compact", "--lake", tmp_path / "none")
    assert (done.code, "there is no lake" in done.err) == (3, True)
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_is_adopted(tmp_path: Path) -> None:
    """Named for another store it is refused, with what to do; after that command it serves the other."""
    sample = captures_folder() / "unauthorized_write.pcap"
    one, other, state = tmp_path / "one", tmp_path / "other", tmp_path / "state.db"
    for folder in (one, other):
        assert run("replay", sample, "--store", folder, "--no-stages").code == 0
    assert run("incidents", "rebuild", "--store", one, "--ledger", state).code == 0
    refused = run("incidents", "list", "--store", other, "--ledger", state)
    assert refused.code == 3
    assert "belongs to another store" in refused.err
    assert "wanglou store adopt" in refused.err
    done = run("store", "adopt", "--store", other, "--ledger", state, width=300)
    assert done.code == 0
    assert str(one) in done.out
    assert run("incidents", "list", "--store", other, "--ledger", state).code == 0
    assert run("incidents", "list", "--store", one, "--ledger", state).code == 3
    assert run("store", "adopt", "--store", tmp_path / "none", "--ledger", state).code == 3


def test_a_copy_has_its_stages_and_tells_what_stays(lake_copy: Path, tmp_path: Path) -> None:
    """Incidents are there after it; what people decided is counted, and nothing said where there is none."""
    assert run("incidents", "rebuild", "--lake", lake_copy).code == 0
    target = tmp_path / "other"
    done = run("store", "copy", f"lake:{lake_copy}", f"lake:{target}")
    assert (done.code, "people decided" in done.err) == (0, False)
    listed = [run("incidents", "list", "--json", "--lake", one).out for one in (lake_copy, target)]
    assert len(listed[0].splitlines()) == len(listed[1].splitlines()) > 0
    suppress = (
        "alerts",
        "suppress",
        "--rule",
        "modbus_write_unauthorized",
        "--until",
        "2099-12-31",
        "--reason",
        "scan",
        "--lake",
        lake_copy,
    )
    assert run(*suppress).code == 0
    done = run("store", "copy", f"lake:{lake_copy}", f"lake:{target}")
    assert f"people decided it: 1 suppression; it stays in {lake_copy}" in " ".join(done.err.split())
    assert "1 条抑制" in run("store", "copy", lake_copy, target, "--lang", "zh", width=400).err


def test_what_people_decided_moves_with_the_ledger(lake_copy: Path, tmp_path: Path) -> None:
    """A store is left for good: copied, its ledger adopted, the old one deleted; all decisions hold."""
    assert run("incidents", "rebuild", "--lake", lake_copy).code == 0
    old, new = ("--store", lake_copy), ("--store", tmp_path / "new", "--ledger", tmp_path / "state.db")
    with Lake(lake_copy) as lake:
        alert = str(next(lake.search("alert", limit=1)).column("event.id")[0].as_py())
    incident = json.loads(run("incidents", "list", "--json", *old).out.splitlines()[0])["incident.id"]
    until = ("--until", "2099-12-31", "--reason", "own scanner")
    decisions = (
        ("alerts", "triage", alert, "--state", "acknowledged", "--comment", "seen by li"),
        ("alerts", "suppress", "--source", "10.20.3.99", *until),
        ("incidents", "close", incident, "--verdict", "attack", "--comment", "laptop taken off"),
        ("assets", "edit", "10.20.1.11", "name=tank-farm", "--reason", "walk-down"),
    )
    for decision in decisions:
        assert run(*decision, *old).code == 0, decision
    assert run("store", "copy", f"lake:{lake_copy}", f"lake:{tmp_path / 'new'}").code == 0
    for end in ("", "-anchor"):
        shutil.copy(lake_copy / f"ledger.db{end}", tmp_path / f"state.db{end}")
    shutil.rmtree(lake_copy)
    assert run("store", "adopt", *new).code == 0
    assert run("incidents", "rebuild", *new).code == 0
    triaged = run("alerts", "triage", alert, *new).out
    assert "acknowledged" in triaged
    assert "seen by li" in triaged
    assert "own scanner" in run("alerts", "suppress", "--list", *new).out
    shown = run("incidents", "show", incident, *new, width=400).out
    assert "attack" in shown
    assert "laptop taken off" in shown
    assert "tank-farm" in run("assets", "show", "10.20.1.11", *new).out
    assert run("audit", "verify", *new[2:]).code == 0
