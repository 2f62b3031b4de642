"""What is missing skips a test here and fails it under CI."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from tests.support import requirements
from tests.support.requirements import MARKERS, ROOT, is_ci, require, require_shared, suricata_version


@pytest.mark.parametrize("value", ["true", "1", "false"])
def test_missing_fails_under_ci(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Whatever ``CI`` is set to, a missing thing is a failure that names it."""
    monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.fail.Exception, match="no such program"):
        require(None, "no such program")


def test_missing_skips_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ``CI`` the test is skipped with the reason."""
    monkeypatch.delenv("CI", raising=False)
    assert not is_ci()
    with pytest.raises(pytest.skip.Exception, match="no such program"):
        require(None, "no such program")


def test_what_is_there_lets_the_test_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A condition that holds changes nothing, under CI too."""
    monkeypatch.setenv("CI", "true")
    require("somewhere", "unused")


def test_reference_captures_are_told_by_their_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An absent folder is named in the reason."""
    monkeypatch.setattr(requirements, "SHARED", tmp_path)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"\.\./shared"):
        require_shared()


def test_no_suricata_is_version_0(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Suricata has version 0, which is below every requirement."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert suricata_version.__wrapped__() == 0


def test_every_marker_is_declared() -> None:
    """Each ``needs_*`` marker with a check stands in pyproject.toml, and no other does."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert {line.split(":")[0] for line in options["markers"]} == {*MARKERS, "heavy"}
