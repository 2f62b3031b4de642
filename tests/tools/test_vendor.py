"""The scripts that browsers get."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.requirements import require
from tools import vendor
from tools.vendor import FILES, LOCK, TARGET, is_right, keep


def test_another_file_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a package index sends."""
    monkeypatch.setattr(vendor, "TARGET", tmp_path)
    with pytest.raises(ValueError, match="not the file"):
        keep(FILES[0], b"alert(1)")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_fetched_where_all_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run asks nobody."""
    require(all(is_right(TARGET / script.name, script) for script in FILES), "tools/vendor.py has not run here")
    monkeypatch.setattr(vendor, "fetch_by_pip", None)
    assert vendor.main() == 0


def test_the_wheels_are_pinned() -> None:
    """Each by version and digest."""
    text = LOCK.read_text(encoding="utf-8")
    for script in FILES:
        assert f"{script.wheel.rstrip('-').replace('_', '-')}==" in text
    assert text.count("--hash=sha256:") == len(FILES)


def test_what_cannot_be_fetched_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do."""
    monkeypatch.setattr(vendor, "TARGET", tmp_path)
    monkeypatch.setattr(vendor, "fetch_by_pip", lambda *_: False)
    monkeypatch.setattr(vendor, "fetch_by_npm", lambda *_: False)
    assert vendor.main() == 1
    assert "npm" in capsys.readouterr().err
