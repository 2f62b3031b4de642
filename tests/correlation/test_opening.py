"""Stores by what people write."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.elastic import Elastic
from correlation.lake import Lake
from correlation.opening import find_folder, open_store
from wanglou.errors import UsageError


@pytest.mark.parametrize(
    ("place", "folder"),
    [
        ("lake:x/y", "x/y"),
        ("x", "x"),
        (Path("x"), "x"),
        (" lake:x ", "x"),
        ("https://a:9200", None),
        ("http://a:1", None),
    ],
)
def test_what_is_meant(place: str | Path, folder: str | None) -> None:
    """A folder with or without its word, or addresses."""
    assert find_folder(place) == (None if folder is None else Path(folder))


@pytest.mark.parametrize("place", ["", "lake:", "ftp://a", "es://a:9200"])
def test_what_is_no_store(place: str) -> None:
    """Told at once, with both ways to write one."""
    with pytest.raises(UsageError, match="lake:DIR"):
        find_folder(place)


def test_opening_touches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a folder nor a cluster has to be there; refused documents go below the user's folder of state."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with open_store(tmp_path / "none") as lake, open_store("http://127.0.0.1:1") as cluster:
        assert isinstance(lake, Lake)
        assert isinstance(cluster, Elastic)
        assert cluster._cluster.letters.path == tmp_path / "state" / "wanglou" / "dead-letters.ndjson"
    with open_store(f"http://127.0.0.1:1?dead={tmp_path}/dead") as named:
        assert isinstance(named, Elastic)
        assert named._cluster.letters.path == tmp_path / "dead"
    assert list(tmp_path.iterdir()) == []
