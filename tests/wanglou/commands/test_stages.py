"""What the later stages make of captures that were just read."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import Screen, run
from wanglou.bundled import captures_folder
from wanglou.commands.stages import update_stages


def test_a_replay_brings_the_later_stages_up(tmp_path: Path) -> None:
    """After a replay there are assets, an incident and figures of risk, without any other command."""
    lake, folder = tmp_path / "lake", captures_folder()
    done = run("replay", folder / "unauthorized_write.pcap", "--site", folder / "site.yaml", "--lake", lake)
    assert done.code == 0
    for command in ("assets", "incidents", "risk"):
        listed = run(command, "list", "--json", "--lake", lake)
        assert (listed.code, bool(listed.out.strip())) == (0, True), command


def test_a_cluster_and_an_empty_replay_have_none(tmp_path: Path) -> None:
    """Where there is no ledger, or nothing was read, nothing is done."""
    screen = Screen()
    update_stages(screen.terminal, "https://127.0.0.1:9", None, ["x"])
    update_stages(screen.terminal, tmp_path / "lake", None, [])
    assert (screen.out, screen.err) == ("", "")
    assert not (tmp_path / "lake").exists()


def test_a_cluster_has_no_ledger() -> None:
    """Commands that need one say so, and what to give."""
    done = run("incidents", "list", "--store", "https://127.0.0.1:9")
    assert done.code == 2
    assert "lake:DIR" in done.err
