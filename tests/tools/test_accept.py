"""``make accept`` prints each verdict and writes the page from the newest result of each check."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import accept
from tools.acceptance import page, result
from tools.acceptance.check import Check, Outcome


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a list of two checks, one of which fails, and the place its page goes to."""
    checks = (
        Check("good", "holds", lambda: Outcome(passed=True, measured="1 passed")),
        Check("bad", "does not", lambda: Outcome(passed=False, measured="7 s")),
    )
    monkeypatch.setattr(accept, "CHECKS", checks)
    monkeypatch.setattr(page, "PAGE", tmp_path / "acceptance.md")
    monkeypatch.setattr(accept, "PAGE", tmp_path / "acceptance.md")
    monkeypatch.setattr(result, "FOLDER", tmp_path / "kept")
    return tmp_path / "acceptance.md"


def test_a_whole_run_writes_the_page(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All checks run, the failed ones too, and the exit code tells of them."""
    assert accept.main([]) == 1
    assert "1 of 2 checks passed" in written.read_text()
    assert "FAILED: 7 s" in capsys.readouterr().out


def test_a_part_keeps_the_rest(written: Path) -> None:
    """Checks run by name are put in the page beside what was measured before, and alone decide the exit code."""
    assert accept.main(["good"]) == 0
    assert "1 of 2 checks passed, 1 not run" in written.read_text()
    assert accept.main(["bad"]) == 1
    assert "1 of 2 checks passed." in written.read_text()


def test_an_unknown_name_gets_the_list(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A check that does not exist is wrong use, and the names are told."""
    assert accept.main(["nothing"]) == 2
    assert "good bad" in capsys.readouterr().out
    assert not written.exists()
