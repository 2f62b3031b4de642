"""Results are kept from run to run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.acceptance import result
from tools.acceptance.check import Outcome


def test_the_newest_result_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was measured last is found again whole, and what was never measured is None."""
    monkeypatch.setattr(result, "FOLDER", tmp_path / "kept")
    result.keep("rate", result.Result(Outcome(passed=False, measured="2"), 1.0, "2026-11-20", "a"))
    newest = result.Result(Outcome(passed=True, measured="3"), 1.5, "2026-11-21", "b")
    result.keep("rate", newest)
    assert result.find_kept("rate") == newest
    assert result.find_kept("other") is None


def test_a_result_tells_when_and_of_what() -> None:
    """Day and commit are noted; outside a checkout the commit is empty."""
    made = result.make_result(Outcome(passed=True, measured=""), 2.0)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", made.day)
    assert re.fullmatch(r"([0-9a-f]{7,}\+?)?", made.commit)
