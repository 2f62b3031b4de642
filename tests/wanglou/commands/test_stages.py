"""What the later stages make of captures that were just read."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from console.feed import last_number, read_events
from console.job_tables import JOBS
from tests.support.command_line import Screen, run
from tools.elasticsearch.server import Cluster
from wanglou.bundled import captures_folder
from wanglou.commands.stages import update_stages
from wanglou.stages import open_stages


def test_a_replay_brings_the_later_stages_up(tmp_path: Path) -> None:
    """After a replay there are assets, an incident and figures of risk, without any other command."""
    lake, folder = tmp_path / "lake", captures_folder()
    done = run("replay", folder / "unauthorized_write.pcap", "--site", folder / "site.yaml", "--lake", lake)
    assert done.code == 0
    for command in ("assets", "incidents", "risk"):
        listed = run(command, "list", "--json", "--lake", lake)
        assert (listed.code, bool(listed.out.strip())) == (0, True), command


def test_an_empty_replay_has_none(tmp_path: Path) -> None:
    """Where nothing was read, nothing is done; where there is no cluster, that is told."""
    screen = Screen()
    for place in ("https://127.0.0.1:9", tmp_path / "lake"):
        update_stages(screen.terminal, place, None, [])
    assert (screen.out, screen.err) == ("", "")
    assert not (tmp_path / "lake").exists()


def test_open_pages_hear_of_a_replay(tmp_path: Path) -> None:
    """Once a console ran over the ledger: of alerts that were made, of the capture; of a known one no alerts again."""
    lake, folder = tmp_path / "lake", captures_folder()
    other, replayed = (folder / name for name in ("machining_write.pcap", "unauthorized_write.pcap"))
    assert run("replay", other, "--lake", lake).code == 0
    with open_stages(lake / "ledger.db", [JOBS], create=True) as ledger:
        assert read_events(ledger, 0) == []
        for kinds in ({"alerts.made", "capture.changed", "incident.changed"}, {"capture.changed"}):
            last = last_number(ledger)
            assert run("replay", replayed, "--site", folder / "site.yaml", "--lake", lake).code == 0
            told = read_events(ledger, last)
            assert {one.kind for one in told if one.kind not in ("assets.changed", "risk.changed")} == kinds
            assert all(one.subject for one in told if one.kind == "capture.changed")


def test_state_is_kept_where_it_is_said(place: Path | str, tmp_path: Path) -> None:
    """On both databases: each command finds there what the others left, and the lake's own ledger has none of it."""
    lake, folder = tmp_path / "lake", captures_folder()
    state = ("--lake", lake, "--ledger", place)
    read = ("replay", folder / "unauthorized_write.pcap", "--site", folder / "site.yaml", *state)
    assert run(*map(str, read)).code == 0
    incident = json.loads(run("incidents", "list", "--json", *map(str, state)).out.splitlines()[0])
    shown = json.loads(run("incidents", "show", incident["incident.id"], "--json", *map(str, state)).out)
    alert = shown["incident.alert_ids"][0]
    asset = json.loads(run("assets", "list", "--json", *map(str, state)).out.splitlines()[0])
    for command in (
        ("incidents", "close", incident["incident.id"], "--verdict", "attack"),
        ("alerts", "triage", alert, "--state", "closed"),
        ("alerts", "suppress", "--source", "192.0.2.1", "--until", "2099-01-01", "--reason", "test"),
        ("assets", "edit", asset["id"], "owner=li"),
        ("risk", "rebuild"),
        ("risk", "list"),
        ("audit", "verify"),
    ):
        done = run(*command, *map(str, state))
        assert done.code == 0, (command, done.err)
    actions = {row["event.action"] for row in _list_audit("--ledger", str(place), "--lake", str(lake))}
    assert {"incident.changed", "incident.opened"} & actions
    assert not any(action.startswith("capture.") for action in actions)
    own = {row["event.action"] for row in _list_audit("--lake", str(lake))}
    assert own == {"component.created", "capture.started", "capture.read", "setting.created"}


def test_state_may_be_named_by_the_environment(tmp_path: Path) -> None:
    """``WANGLOU_LEDGER`` holds where no option does."""
    lake, folder = tmp_path / "lake", captures_folder()
    named = {"WANGLOU_LEDGER": str(tmp_path / "state.db"), "WANGLOU_STORE": str(lake)}
    assert run("replay", folder / "unauthorized_write.pcap", environment=named).code == 0
    assert (tmp_path / "state.db").exists()
    assert run("incidents", "list", environment=named).out == run("incidents", "list", environment=named).out != ""
    assert run("risk", "list", "--ledger", tmp_path / "other.db", environment=named).code == 3


def _list_audit(*arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("audit", "list", "--json", "--limit", "0", *arguments).out.splitlines()]


@pytest.mark.needs_elasticsearch
def test_a_cluster_has_the_later_stages_too(elasticsearch: Cluster, tmp_path: Path) -> None:
    """Assets, incidents and risk of records in a cluster, their state below the user's folder of state."""
    folder = captures_folder()
    named = {
        "WANGLOU_STORE": f"{elasticsearch.urls[0]}?prefix=t{secrets.token_hex(6)}",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    capture = folder / "unauthorized_write.pcap"
    done = run("replay", capture, "--site", folder / "site.yaml", environment=named)
    assert done.code == 0, done.err
    for command in ("assets", "incidents", "risk"):
        listed = run(command, "list", "--json", environment=named)
        assert (listed.code, bool(listed.out.strip())) == (0, True), (command, listed.err)
    assert len(list((tmp_path / "state" / "wanglou").glob("ledger-*.db"))) == 1
    assert run("audit", "verify", environment=named).code == 0
