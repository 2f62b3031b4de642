"""``wanglou incidents``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from correlation.lake import Lake
from correlation.opening import LEDGER
from tests.support.command_line import CAPTURES, SAMPLE, run
from wanglou.appliance import replay
from wanglou.commands.incidents import open_incidents
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site
from wanglou.stages import open_stages, update_stages

TITLE = "10.20.3.66 read data without right from and sent commands without right to 10.20.1.12 and 10.20.1.13"


@pytest.fixture
def folder(lake_copy: Path) -> Path:
    """A lake of one capture with an attack, its incidents grouped."""
    with Lake(lake_copy) as lake, open_stages(lake_copy / LEDGER) as ledger:
        update_stages(lake, ledger, None, [capture.record.identity for capture in lake.captures()])
    return lake_copy


def find(folder: Path) -> str:
    """Id of the incident."""
    with open_incidents(folder) as (incidents, _):
        return incidents.cases()[0].id


def test_ndjson(folder: Path) -> None:
    """One object a line, with timeline and graph; shown alone, with the ids of its alerts."""
    (line,) = run("incidents", "list", "--json", "--lake", folder).out.splitlines()
    told = json.loads(line)
    assert (told["incident.title.en"], told["incident.level"]) == (TITLE, 3)
    assert {node["role"] for node in told["incident.graph"]["nodes"]} == {"actor", "target"}
    assert sum(moment["alerts"] for moment in told["incident.timeline"]) == told["incident.alerts"]
    shown = json.loads(run("incidents", "show", told["incident.id"], "--json", "--lake", folder).out)
    assert len(shown["incident.alert_ids"]) == told["incident.alerts"]


def test_splitting_merging_and_rebuilding(folder: Path) -> None:
    """A part gets an id of its own, comes back by a merge, and a rebuild keeps what was decided."""
    identity = find(folder)
    done = run("incidents", "split", identity, "--destination", "10.20.1.13", "--lake", folder)
    assert done.code == 0
    kept, fresh = (line.split()[0] for line in done.out.splitlines())
    assert identity.startswith(kept)
    rebuilt = run("incidents", "rebuild", "--lake", folder)
    assert rebuilt.out.startswith("2 incidents from")
    assert "0 opened, 0 changed, 0 reopened, 0 removed" in rebuilt.out
    assert run("incidents", "merge", kept, fresh, "--lake", folder).code == 0
    assert run("incidents", "list", "--lake", folder).err == "1 of 1 incident\n"
    assert run("incidents", "split", identity, "--lake", folder).code == 2
    for given in (("--source", "not-an-ip"), ("--rule", "nosuchrule")):
        assert run("incidents", "split", identity, *given, "--lake", folder).code == 2


def test_taking_back(folder: Path) -> None:
    """The last decision goes first, or all at once; where there is none that is wrong use."""
    identity = find(folder)
    assert run("incidents", "undo", identity, "--lake", folder).code == 2
    for rule in ("modbus_level_skip_read", "modbus_read_unauthorized"):
        assert run("incidents", "split", identity, "--rule", rule, "--lake", folder).code == 0
    assert run("incidents", "list", "--lake", folder).out.count("incident-") == 3
    assert run("incidents", "undo", identity, "--lake", folder).err == "1 decision taken back\n"
    assert run("incidents", "list", "--lake", folder).out.count("incident-") == 2
    assert run("incidents", "undo", identity, "--all", "--lake", folder).code == 0
    assert run("incidents", "list", "--lake", folder).out.count("incident-") == 1


def test_closing_and_changing(folder: Path) -> None:
    """Status, verdict, assignee and level are set, told and audited; what is unknown is refused."""
    identity = find(folder)
    changed = run(
        "incidents",
        "change",
        identity,
        "--status",
        "investigating",
        "--assignee",
        "li",
        "--level",
        "2",
        "--lake",
        folder,
    )
    assert "investigating, no verdict yet, li" in changed.out
    assert "level II (major)" in run("incidents", "show", identity, "--lake", folder).out
    closed = run("incidents", "close", identity, "--verdict", "attack", "--comment", "taken off", "--lake", folder)
    assert "closed, attack, li" in closed.out
    assert "taken off" in run("incidents", "show", identity, "--lake", folder).out
    assert run("incidents", "close", identity, "--verdict", "maybe", "--lake", folder).code == 2
    assert run("incidents", "show", "nonsense", "--lake", folder).code == 2
    audit = run("audit", "list", "--kind", "incident", "--json", "--lake", folder).out.splitlines()
    assert [json.loads(line)["event.action"] for line in audit] == [
        "incident.closed",
        "incident.changed",
        "incident.opened",
    ]


def test_no_lake(tmp_path: Path) -> None:
    """Without a lake it says what to do."""
    done = run("incidents", "list", "--lake", tmp_path / "none")
    assert done.code == 3
    assert "wanglou replay" in done.err


def test_a_replay_groups_what_it_read(tmp_path: Path) -> None:
    """After a replay the incidents are there; a quiet capture gives none."""
    site = CAPTURES / "site.yaml"
    done = run("replay", SAMPLE, "--site", site, "--enterprise", "chem", "--lake", tmp_path / "lake", "--no-progress")
    assert done.code == 0
    assert json.loads(run("incidents", "list", "--json", "--lake", tmp_path / "lake").out)["incident.title.en"] == TITLE
    replay([CAPTURES / "water_normal.pcap.gz"], ReplayOptions(tmp_path / "other", load_site(site), "water"))
    rebuilt = run("incidents", "rebuild", "--lake", tmp_path / "other").out
    assert rebuilt.startswith("0 incidents from 0 alerts")
