"""Incidents as a terminal shows them: a line of the list, and one with its timeline, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.lake import Lake
from correlation.opening import LEDGER
from tests.support.command_line import run
from wanglou.commands.incidents import open_incidents
from wanglou.stages import open_stages, update_stages


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


def test_the_list(folder: Path) -> None:
    """Each incident has its title, severity, class and level, count, stage and state, in both languages."""
    done = run("incidents", "list", "--lake", folder)
    assert done.code == 0
    words = " ".join(done.out.split())
    for part in ("82 high", "10.20.3.66 read data", "chem · 违规操作事件 III", "Impair process control", "new"):
        assert part in words
    assert done.err == "1 of 1 incident\n"
    out = run("incidents", "list", "--lake", folder, "--lang", "zh", width=80).out
    assert "越权控制" in out
    assert "chem · 新" in out
    assert run("incidents", "list", "--lake", folder, "--severity", "90").err == "0 of 0 incidents\n"
    assert run("incidents", "list", "--lake", folder, "--status", "closed").err == "0 of 0 incidents\n"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 120])
def test_one_incident(folder: Path, language: str, width: int) -> None:
    """Who and whom, stages and techniques, and a timeline with ids to go on with; it fits the terminal."""
    out = run("incidents", "show", find(folder)[:15], "--lake", folder, "--lang", language, width=width).out
    for part in ("10.20.3.66", "10.20.1.12, 10.20.1.13", "T0855", "alert-", "GB/T 20986"):
        assert part in out
    assert ("proposed" if language == "en" else "建议") in out
