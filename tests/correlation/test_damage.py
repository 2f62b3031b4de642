"""Files that are not as they were written are found, named, and kept out of packs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from correlation.damage import SegmentError, find_damage
from tests.support.lakes import fill, find, list_files, make_identity, make_lake, make_records


def cut(path: Path) -> None:
    """Half of the file is gone."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """One bit of the first page is another."""
    content = bytearray(path.read_bytes())
    content[40] ^= 4
    path.write_bytes(content)


def fill_with_garbage(path: Path) -> None:
    """As many bytes, none of them Parquet."""
    path.write_bytes(b"\x5a" * path.stat().st_size)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lake of three files."""
    with make_lake(tmp_path) as lake:
        fill(lake, make_records(range(75)))
    return tmp_path


def look(folder: Path, *, deep: bool = False) -> list[tuple[str, str, str]]:
    """What a check says of the files."""
    with make_lake(folder) as lake:
        return [(one.grade, one.what, one.do) for one in lake.check(deep=deep) if one.subject == "files"]


def test_nothing_is_wrong(folder: Path) -> None:
    """All files are there, of the right size and bytes, and all bytes are told of."""
    assert look(folder) == [("fine", f"{len(list_files(folder))} files of the right size", "")]
    told: list[int] = []
    with make_lake(folder) as lake:
        assert [one.grade for one in lake.check(deep=True, tell=told.append) if one.subject == "files"] == ["fine"]
        assert sum(told) == lake.disk_usage().records_bytes


@pytest.mark.parametrize(
    ("harm", "plain", "deep"),
    [
        (Path.unlink, "is missing", "is missing"),
        (cut, "should have", "should have"),
        (fill_with_garbage, "", "has other bytes than were written"),
        (flip, "", "has other bytes than were written"),
    ],
)
def test_harm_is_found(folder: Path, harm: Callable[[Path], None], plain: str, deep: str) -> None:
    """Missing and of another size always, other bytes when they are read; file and way out are named."""
    file = next(name for name in list_files(folder) if name.startswith("modbus"))
    harm(folder / file)
    (found,) = look(folder)
    assert found[0] == ("wrong" if plain else "fine")
    assert plain in found[1]
    ((grade, what, do),) = look(folder, deep=True)
    assert grade == "wrong"
    assert what.startswith(file)
    assert deep in what
    assert f"wanglou capture delete` for {'a' * 16}" in do


@pytest.mark.parametrize("harm", [Path.unlink, cut, fill_with_garbage])
def test_a_query_names_the_file(folder: Path, harm: Callable[[Path], None]) -> None:
    """A search and a count that meet it say which file it is and what to do."""
    file = next(name for name in list_files(folder) if name.startswith("modbus"))
    harm(folder / file)
    with make_lake(folder) as lake:
        for ask in (lambda: find(lake), lambda: lake.count("modbus", "modbus.unit_id:3 AND source.ip:10.0.0.1")):
            with pytest.raises(SegmentError, match=rf"{file} .*wanglou capture delete"):
                ask()


def test_harm_does_not_go_into_a_pack(folder: Path) -> None:
    """Compaction refuses a file with other bytes, so that they do not get a digest that fits."""
    with make_lake(folder) as lake:
        for digit in "bcdef":
            fill(lake, make_records(range(3), make_identity(digit)), make_identity(digit))
        flip(folder / next(name for name in list_files(folder) if name.startswith("modbus")))
        with pytest.raises(SegmentError, match="has other bytes"):
            lake.compact()


def test_packs_are_looked_at(folder: Path) -> None:
    """A pack has the size of all its segments together, and names all captures in it."""
    with make_lake(folder) as lake:
        for digit in "bcdef":
            fill(lake, make_records(range(3), make_identity(digit)), make_identity(digit))
        assert lake.compact().packs
        lake.delete_capture(make_identity("c"))
        segments = lake._segments()
        assert not list(find_damage(folder, segments, deep=True))
        pack = next(segment.pack for segment in segments if segment.pack)
        (folder / pack).unlink()
        (damage,) = find_damage(folder, segments)
        assert damage.captures == tuple(make_identity(digit) for digit in "abdef")
    assert "and others" in look(folder)[0][2]
