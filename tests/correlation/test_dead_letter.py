"""The file of refused documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.dead_letter import DeadLetter, DeadLetters
from wanglou.errors import StoreError

LETTER = DeadLetter("wanglou-x-2026.11", "a-modbus-1-0", "create", 400, "kind", "写 why", {"n": 2**64, "x": None})


def test_letters_come_back(tmp_path: Path) -> None:
    """As they went in, in order, over several writings; the folder is made."""
    letters = DeadLetters(tmp_path / "deep" / "dead.ndjson")
    assert list(letters.read()) == []
    letters.add([LETTER])
    letters.add([LETTER, LETTER])
    assert list(letters.read()) == [LETTER] * 3


def test_taking_leaves_room_for_new_ones(tmp_path: Path) -> None:
    """What is taken lies aside until it is settled: a crash between loses nothing."""
    letters = DeadLetters(tmp_path / "dead.ndjson")
    letters.add([LETTER])
    assert letters.take() == [LETTER]
    assert list(letters.read()) == []
    letters.add([LETTER])
    assert DeadLetters(tmp_path / "dead.ndjson").take() == [LETTER, LETTER]
    letters.forget_taken()
    assert letters.take() == []
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_line_is_told_with_its_number(tmp_path: Path) -> None:
    """It is neither passed over nor sent."""
    path = tmp_path / "dead.ndjson"
    letters = DeadLetters(path)
    letters.add([LETTER])
    with path.open("a", encoding="utf-8") as file:
        file.write("{half\n")
    with pytest.raises(StoreError, match=r"dead\.ndjson:2"):
        list(letters.read())


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """The reason is told."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        DeadLetters(tmp_path / "file" / "dead.ndjson").add([LETTER])
