"""Commands open a store of the kind they need, and tell what to name where it is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import run


def test_a_lake_has_no_dead_letters(tmp_path: Path) -> None:
    """It refuses nothing."""
    assert run("store", "replay-dead-letters", "--store", tmp_path).code == 2


@pytest.mark.parametrize("command", [("drain",), ("mirror",), ("init", "--keep", "modbus:rollup")])
def test_what_only_a_cluster_has(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A lake is told to need none of it."""
    done = run("store", *command, "--store", tmp_path)
    assert done.code == 2
    assert "name a cluster" in done.err


@pytest.mark.parametrize("place", ["http://127.0.0.1:1", "ftp://a:1", "https://u:p@a:1"])
def test_a_cluster_that_is_none(place: str) -> None:
    """A message with advice, and no code 0."""
    done = run("store", "check", "--store", place)
    assert done.code in (2, 3)
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err
