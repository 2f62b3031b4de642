"""``wanglou capture``."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NoReturn

import pytest

from correlation.lake import Lake
from tests.support.command_line import SAMPLE, run


def test_captures_are_listed(lake_folder: Path, lake: Lake) -> None:
    """Each capture has its short id, name, enterprise, state, times, records and alerts."""
    done = run("capture", "list", "--lake", lake_folder)
    assert done.code == 0
    (capture,) = lake.captures()
    records = sum(lake.count(dataset) for dataset in lake.datasets if dataset != "alert")
    for part in (capture.record.key[:6], SAMPLE.name, "chem complete", f"{records:,}", str(lake.count("alert"))):
        assert part in done.out
    assert done.err.startswith("the lake takes ")


def test_a_capture_is_deleted(lake_copy: Path) -> None:
    """With ``--yes`` nobody is asked; the records go, the file stays, and the lake is empty."""
    with Lake(lake_copy) as lake:
        key = lake.captures()[0].record.key
    done = run("capture", "delete", key[:6], "--yes", "--lake", lake_copy)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Deleted ")
    assert SAMPLE.name in done.out
    assert SAMPLE.is_file()
    with Lake(lake_copy) as lake:
        assert lake.captures() == []
        assert lake.count("modbus") == 0


@pytest.mark.parametrize(("answer", "is_left"), [("n\n", True), ("\n", True), ("", True), ("y\n", False)])
def test_it_is_asked_before(lake_copy: Path, monkeypatch: pytest.MonkeyPatch, answer: str, is_left: bool) -> None:
    """Only a yes deletes; anything else, and no answer at all, is code 1 and leaves everything as it was."""
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    done = run("capture", "delete", SAMPLE.name, "--lake", lake_copy)
    assert done.code == (1 if is_left else 0)
    assert "Traceback" not in done.err
    with Lake(lake_copy) as lake:
        assert bool(lake.captures()) is is_left


def test_an_unknown_capture(lake_folder: Path) -> None:
    """It is wrong use, and nothing is asked."""
    done = run("capture", "delete", "ffffff", "--lake", lake_folder)
    assert done.code == 2
    assert "no capture 'ffffff'" in done.err


def test_an_interrupt_is_no_answer(lake_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C at the question is an interrupt, and nothing is deleted."""

    class Interrupted(io.StringIO):
        def readline(self, _: int | None = -1, /) -> NoReturn:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Interrupted())
    assert run("capture", "delete", SAMPLE.name, "--lake", lake_copy).code == 130
    with Lake(lake_copy) as lake:
        assert len(lake.captures()) == 1
