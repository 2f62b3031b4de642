"""Incidents as a terminal shows them: a line of the list, and one with its timeline, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import run
from tests.support.found_incident import find_incident as find


def test_the_list(grouped_lake: Path) -> None:
    """Each incident has its title, severity, class and level, count, stage and state, in both languages."""
    done = run("incidents", "list", "--lake", grouped_lake)
    assert done.code == 0
    words = " ".join(done.out.split())
    for part in ("82 high", "10.20.3.66 read data", "chem · 违规操作事件 III", "Impair process control", "new"):
        assert part in words
    assert done.err == "1 of 1 incident\n"
    out = run("incidents", "list", "--lake", grouped_lake, "--lang", "zh", width=80).out
    assert "越权控制" in out
    assert "chem · 新" in out
    assert run("incidents", "list", "--lake", grouped_lake, "--severity", "90").err == "0 of 0 incidents\n"
    assert run("incidents", "list", "--lake", grouped_lake, "--status", "closed").err == "0 of 0 incidents\n"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 120])
def test_one_incident(grouped_lake: Path, language: str, width: int) -> None:
    """Who and whom, stages and techniques, and a timeline with ids to go on with; it fits the terminal."""
    out = run("incidents", "show", find(grouped_lake)[:15], "--lake", grouped_lake, "--lang", language, width=width).out
    for part in ("10.20.3.66", "10.20.1.12, 10.20.1.13", "T0855", "alert-", "GB/T 20986"):
        assert part in out
    assert ("proposed" if language == "en" else "建议") in out
