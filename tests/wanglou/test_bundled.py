"""The bundled captures are found in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanglou import bundled
from wanglou.errors import WanglouError


@pytest.mark.parametrize("place", ["wanglou/_captures", "pcaps"])
def test_captures_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    """Either place serves; a folder without the manifest does not."""
    monkeypatch.setattr(bundled, "_PACKAGE", tmp_path / "wanglou")
    (tmp_path / "pcaps").mkdir()
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    (tmp_path / place / bundled.MANIFEST).touch()
    assert bundled.captures_folder() == tmp_path / place


def test_missing_captures_say_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A tree without captures gets one message that names the place and the remedy."""
    monkeypatch.setattr(bundled, "_PACKAGE", tmp_path / "wanglou")
    with pytest.raises(WanglouError, match="reinstall"):
        bundled.captures_folder()
