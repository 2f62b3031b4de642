"""Stores by what people write."""

from __future__ import annotations

from pathlib import Path

import pytest
from elastic_transport import ConnectionError as NoConnection

from correlation.elastic import Elastic
from correlation.lake import Lake
from correlation.opening import (
    LEDGER,
    find_folder,
    find_ledger,
    may_hold,
    may_wait,
    open_elastic,
    open_ledger,
    open_store,
)
from tests.support.ledgers import NOTES, add_notes, list_notes
from wanglou.errors import StoreError, UsageError


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
        assert cluster._cluster.letters.path.parent == tmp_path / "state" / "wanglou"
    with open_store(f"http://127.0.0.1:1?dead={tmp_path}/dead") as named:
        assert isinstance(named, Elastic)
        assert named._cluster.letters.path == tmp_path / "dead"
    assert list(tmp_path.iterdir()) == []


def test_each_cluster_has_its_own_files() -> None:
    """Refused documents of one cluster, or of one prefix, never lie beside another's."""
    files = set()
    places = ("http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:1?prefix=a", "http://127.0.0.1:1?prefix=b")
    for place in (*places, "http://127.0.0.1:1?prefix=b&spool_max=1G"):
        with open_elastic(place) as store:
            files.add(store._cluster.letters.path)
    assert len(files) == len(places)


def test_where_state_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """In what is given, else in the lake, else below the user's folder of state, apart for each cluster and prefix."""
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    url = "postgresql://a@b/c"
    for store in ("lake:x", "https://a:9200"):
        assert find_ledger(url, store) == url
        assert find_ledger("y/z.db", store) == Path("y/z.db")
    assert find_ledger("", "lake:x") == find_ledger("", Path("x")) == Path("x") / LEDGER
    found = {find_ledger("", place) for place in ("https://a:9200", "https://b:9200", "https://a:9200?prefix=b")}
    assert len(found) == 3
    assert {Path(one).parent for one in found} == {Path("/state/wanglou")}
    assert find_ledger("", "https://a:9200?spool=x") in found


def test_a_ledger_elsewhere_is_made(place: Path | str, tmp_path: Path) -> None:
    """On both databases, and what was changed there is there again; a lake's own ledger stays out of it."""
    with open_store(tmp_path / "lake") as lake:
        lake.init()
    for name in "ab":
        with open_ledger(str(place), tmp_path / "lake", [NOTES]) as ledger:
            add_notes(ledger, name)
    with open_ledger(str(place), tmp_path / "lake", [NOTES]) as ledger:
        assert list_notes(ledger) == {"a", "b"}
    with pytest.raises(StoreError, match="belongs to another store"):
        open_ledger(str(place), "https://a:9200", [NOTES])
    with open_ledger("", tmp_path / "lake", [NOTES]) as own:
        assert list_notes(own) == set()


def test_a_lake_must_be_there(tmp_path: Path) -> None:
    """Without a lake there is no state, wherever it would be kept, and nothing is made."""
    assert not may_hold(tmp_path / "lake")
    assert may_hold("https://a:9200")
    for ledger in ("", str(tmp_path / "state.db")):
        with pytest.raises(StoreError, match=r"there is no lake .*wanglou replay"):
            open_ledger(ledger, tmp_path / "lake", [NOTES])
    assert list(tmp_path.iterdir()) == []


def test_the_state_of_a_cluster_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder is made, and nobody else may look into it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with open_ledger("", "https://a:9200", [NOTES]) as ledger:
        add_notes(ledger, "a")
    folder = tmp_path / "state" / "wanglou"
    assert Path(find_ledger("", "https://a:9200")).exists()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_may_wait() -> None:
    """What goes to a cluster that is out of reach, and has a spool that was named; nothing of a lake."""
    away, other = StoreError("away"), StoreError("other")
    away.__cause__, other.__cause__ = NoConnection("refused"), ValueError()
    assert may_wait("http://127.0.0.1:1?spool=x", away)
    assert not may_wait("http://127.0.0.1:1?spool=x", other)
    assert not may_wait("http://127.0.0.1:1", away)
    assert not may_wait("lake:x", away)
