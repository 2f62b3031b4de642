"""Facts about ``detection.attack``."""

from __future__ import annotations

from pathlib import Path

from detection.attack import Catalogue, load_catalogue


def test_the_shipped_catalogue() -> None:
    """Techniques of both versions are known by id, with names and tactics; v18 and v19 ids differ."""
    catalogue = load_catalogue()

    assert (catalogue.has("v18", "T0855"), catalogue.has("v19", "T0855")) == (True, False)
    assert catalogue.has("v19", "T1692.001")
    assert catalogue.names("v18", ["T0855", "T9999"]) == ["Unauthorized Command Message", "T9999"]
    assert catalogue.tactics("v18", ["T0855", "T0855"]) == ["Impair Process Control"]
    assert "网络攻击事件" in catalogue.classes


def test_without_its_files_nothing_is_refused(tmp_path: Path) -> None:
    """Where the data is missing there is nothing to check against."""
    assert load_catalogue(tmp_path) == Catalogue()
    assert Catalogue().has("v18", "T9999")
