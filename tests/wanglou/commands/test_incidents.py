"""``wanglou incidents``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command_line import CAPTURES, SAMPLE, run
from tests.support.found_incident import find_incident as find
from wanglou.appliance import replay
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site

TITLE = "10.20.3.66 read data without right from and sent commands without right to 10.20.1.12 and 10.20.1.13"


def test_ndjson(grouped_lake: Path) -> None:
    """One object a line, with timeline and graph; shown alone, with the ids of its alerts."""
    (line,) = run("incidents", "list", "--json", "--lake", grouped_lake).out.splitlines()
    told = json.loads(line)
    assert (told["incident.title.en"], told["incident.level"]) == (TITLE, 3)
    assert {node["role"] for node in told["incident.graph"]["nodes"]} == {"actor", "target"}
    assert sum(moment["alerts"] for moment in told["incident.timeline"]) == told["incident.alerts"]
    shown = json.loads(run("incidents", "show", told["incident.id"], "--json", "--lake", grouped_lake).out)
    assert len(shown["incident.alert_ids"]) == told["incident.alerts"]


def test_splitting_merging_and_rebuilding(grouped_lake: Path) -> None:
    """A part gets an id of its own, comes back by a merge, and a rebuild keeps what was decided."""
    identity = find(grouped_lake)
    done = run("incidents", "split", identity, "--destination", "10.20.1.13", "--lake", grouped_lake)
    assert done.code == 0
    kept, fresh = (line.split()[0] for line in done.out.splitlines())
    assert identity.startswith(kept)
    rebuilt = run("incidents", "rebuild", "--lake", grouped_lake)
    assert rebuilt.out.startswith("2 incidents from")
    assert "0 opened, 0 changed, 0 reopened, 0 removed" in rebuilt.out
    assert run("incidents", "merge", kept, fresh, "--lake", grouped_lake).code == 0
    assert run("incidents", "list", "--lake", grouped_lake).err == "1 of 1 incident\n"
    assert run("incidents", "split", identity, "--lake", grouped_lake).code == 2
    for given in (("--source", "not-an-ip"), ("--rule", "nosuchrule")):
        assert run("incidents", "split", identity, *given, "--lake", grouped_lake).code == 2


def test_taking_back(grouped_lake: Path) -> None:
    """The last decision goes first, or all at once; where there is none that is wrong use."""
    identity = find(grouped_lake)
    assert run("incidents", "undo", identity, "--lake", grouped_lake).code == 2
    for rule in ("modbus_level_skip_read", "modbus_read_unauthorized"):
        assert run("incidents", "split", identity, "--rule", rule, "--lake", grouped_lake).code == 0
    assert run("incidents", "list", "--lake", grouped_lake).out.count("incident-") == 3
    assert run("incidents", "undo", identity, "--lake", grouped_lake).err == "1 decision taken back\n"
    assert run("incidents", "list", "--lake", grouped_lake).out.count("incident-") == 2
    assert run("incidents", "undo", identity, "--all", "--lake", grouped_lake).code == 0
    assert run("incidents", "list", "--lake", grouped_lake).out.count("incident-") == 1


def test_closing_and_changing(grouped_lake: Path) -> None:
    """Status, verdict, assignee and level are set, told and audited; what is unknown is refused."""
    identity = find(grouped_lake)
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
        grouped_lake,
    )
    assert "investigating, no verdict yet, li" in changed.out
    assert "level II (major)" in run("incidents", "show", identity, "--lake", grouped_lake).out
    closed = run(
        "incidents", "close", identity, "--verdict", "attack", "--comment", "taken off", "--lake", grouped_lake
    )
    assert "closed, attack, li" in closed.out
    assert "taken off" in run("incidents", "show", identity, "--lake", grouped_lake).out
    assert run("incidents", "close", identity, "--verdict", "maybe", "--lake", grouped_lake).code == 2
    assert run("incidents", "show", "nonsense", "--lake", grouped_lake).code == 2
    audit = run("audit", "list", "--kind", "incident", "--json", "--lake", grouped_lake).out.splitlines()
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
