"""The later stages after records were removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from correlation.lake import Lake
from tests.support.command_line import CAPTURES, run
from wanglou.appliance import replay
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site

FILES = ("rogue_master.pcap", "broadcast_write.pcap")
"""Two captures of one attacker that overlap in time."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lake of two captures with an attack each, all stages brought up."""
    lake, site = tmp_path / "lake", CAPTURES / "site.yaml"
    done = run("replay", *(CAPTURES / name for name in FILES), "--site", site, "--enterprise", "chem", "--lake", lake)
    assert done.code == 0
    return lake


def told(command: str, folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """What a command lists."""
    return [json.loads(line) for line in run(command, *arguments, "--json", "--lake", folder).out.splitlines()]


def test_a_deleted_capture_is_told_of_no_more(folder: Path) -> None:
    """Its incident goes, devices that it alone showed go, and no figure rests on what is not there."""
    before = told("incidents", folder, "list")
    done = run("capture", "delete", FILES[1], "--yes", "--lake", folder)
    assert (done.code, done.err.strip()) == (0, "incidents: 0 opened, 0 changed, 1 removed")
    after = told("incidents", folder, "list")
    assert len(before) == 2
    assert {one["incident.id"] for one in after} < {one["incident.id"] for one in before}
    with Lake(folder) as lake:
        (capture,) = lake.captures()
        assert all(one["incident.captures"] == [capture.record.identity] for one in after)
        evidence = {
            event
            for figure in told("risk", folder, "list", "--limit", "0")
            for part in figure["risk.parts"]
            for event in part.get("evidence", ())
        }
        assert evidence
        assert all(lake.get(event) is not None for event in evidence)


def test_when_everything_expires(folder: Path) -> None:
    """An incident with a note stays and says that its alerts are gone; figures stay as history, without evidence."""
    (one, _) = told("incidents", folder, "list")
    run("incidents", "change", one["incident.id"], "--comment", "look", "--lake", folder)
    done = run("store", "expire", "--older-than", "2026-11-22", "--yes", "--lake", folder)
    assert "1 incident has no alerts any more" in done.err
    (left,) = told("incidents", folder, "list")
    assert (left["incident.comment"], left["incident.alerts_gone"]) == ("look", True)
    shown = run("incidents", "show", left["incident.id"], "--lake", folder)
    assert "no longer in the store" in shown.err
    assert "已不在存储中" in run("incidents", "show", left["incident.id"], "--lake", folder, "--lang", "zh").err
    assert told("assets", folder, "list") == []
    figures = told("risk", folder, "list")
    assert figures
    assert not any(part.get("evidence") for figure in figures for part in figure["risk.parts"])


def test_stages_that_were_never_brought_up(tmp_path: Path) -> None:
    """Who left them alone finds them left alone."""
    lake = tmp_path / "lake"
    replay([CAPTURES / name for name in FILES], ReplayOptions(lake, load_site(CAPTURES / "site.yaml"), "chem"))
    assert run("capture", "delete", FILES[1], "--yes", "--lake", lake).err == ""
    assert told("incidents", lake, "list") == []


def test_captures_that_are_one_recording(folder: Path) -> None:
    """Declared so, they are grouped together, which is audited; taken back, they are what they were."""
    before = told("incidents", folder, "list")
    done = run("capture", "join", *FILES, "--series", "mirror", "--lake", folder)
    assert (done.code, done.out.strip()) == (0, "2 captures are parts of the recording mirror.")
    assert len(told("incidents", folder, "list")) == 1
    assert "capture.joined" in run("audit", "list", "--lake", folder).out
    assert run("capture", "join", *FILES, "--series", "", "--lake", folder).code == 0
    assert len(told("incidents", folder, "list")) == len(before) == 2
    assert run("capture", "join", FILES[0], "--series", "x" * 101, "--lake", folder).code == 2
