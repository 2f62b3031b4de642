"""The file of refused documents."""

from __future__ import annotations

import fcntl
import json
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.dead_letter import DeadLetter, DeadLetters, Held
from wanglou.errors import LockedError, StoreError

LETTER = DeadLetter("wanglou-x-2026.11", "a-modbus-1-0", "create", 400, "kind", "写 why", {"n": 2**64, "x": None})


def test_letters_come_back(tmp_path: Path) -> None:
    """As they went in, in order, over several writings; the folder is made."""
    letters = DeadLetters(tmp_path / "deep" / "dead.ndjson")
    assert list(letters.read()) == []
    letters.add([LETTER])
    letters.add([LETTER, LETTER])
    assert list(letters.read()) == [LETTER] * 3


def take(letters: DeadLetters) -> list[DeadLetter]:
    """Take all letters as one who sends them does."""
    with letters.taking() as taken:
        return list(taken)


def interrupt(letters: DeadLetters) -> None:
    """Take all letters, and die before they are settled."""
    with suppress(KeyboardInterrupt), letters.taking() as taken:
        assert list(taken)
        raise KeyboardInterrupt


def test_taking_leaves_room_for_new_ones(tmp_path: Path) -> None:
    """What is taken lies aside until it is settled: a crash between loses nothing, and it is counted."""
    letters = DeadLetters(tmp_path / "dead.ndjson")
    assert take(letters) == []
    letters.add([LETTER])
    interrupt(letters)
    assert list(letters.read()) == []
    assert letters.measure() == Held(letters=1, taken=1)
    letters.add([LETTER])
    assert letters.measure() == Held(letters=2, taken=1)
    assert take(DeadLetters(tmp_path / "dead.ndjson")) == [LETTER, LETTER]
    assert take(letters) == []
    assert list(tmp_path.iterdir()) == []


BAD = [b"{half", b"\xff\xfe", b"[]", b"null", b"9" * 5000, b"[" * 100_000, b'{"time": "x", "index": 1}',
       json.dumps({"time": "", **asdict(LETTER), "document": "no"}).encode(),
       json.dumps({"time": "", **asdict(LETTER), "action": "update"}).encode()]  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_damaged_lines_hold_up_no_letter(tmp_path: Path, bad: bytes) -> None:
    """They are set aside in a file of their own once the others are settled, as they were, and counted all the time."""
    letters = DeadLetters(tmp_path / "dead.ndjson")
    letters.add([LETTER])
    with letters.path.open("ab") as file:
        file.write(bad + b"\n")
    letters.add([LETTER])
    assert list(letters.read()) == [LETTER, LETTER]
    assert letters.measure() == Held(letters=2, damaged=1)
    interrupt(letters)
    assert letters.measure() == Held(letters=2, taken=2, damaged=1)
    assert take(letters) == [LETTER, LETTER]
    assert letters.measure() == Held(damaged=1)
    assert letters.damaged.read_bytes() == bad + b"\n"


@given(cut=st.integers(min_value=1), again=st.booleans())
def test_a_line_that_was_cut_off_spoils_no_other(cut: int, *, again: bool) -> None:
    """Killed, or out of room, in mid-append: what is added later stands on lines of its own, here and once taken."""
    with TemporaryDirectory() as folder:
        letters = DeadLetters(Path(folder) / "dead.ndjson")
        letters.add([LETTER])
        whole = letters.path.read_bytes()
        letters.path.write_bytes(whole + whole[: 1 + cut % (len(whole) - 2)])
        if again:
            interrupt(letters)
        letters.add([LETTER])
        assert letters.measure() == Held(letters=2, taken=int(again), damaged=1)
        assert take(letters) == [LETTER, LETTER]


def test_only_one_process_sends(tmp_path: Path) -> None:
    """Another one is told; what is refused meanwhile can be added all the time."""
    letters = DeadLetters(tmp_path / "dead.ndjson")
    letters.add([LETTER])
    with letters.taking() as taken:
        with pytest.raises(LockedError, match="another process"), DeadLetters(letters.path).taking():
            pass
        letters.add(list(taken))
    assert take(letters) == [LETTER]


def test_a_writer_that_waited_loses_nothing(tmp_path: Path) -> None:
    """Its file was taken away while it waited for its turn: it writes to the new one."""
    letters = DeadLetters(tmp_path / "dead.ndjson")
    letters.add([LETTER])
    with letters.path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        writer = threading.Thread(target=letters.add, args=([LETTER],))
        writer.start()
        time.sleep(0.1)  # it waits by now, or comes later, which is as good
        letters.path.unlink()
    writer.join()
    assert list(letters.read()) == [LETTER]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """The reason is told."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        DeadLetters(tmp_path / "file" / "dead.ndjson").add([LETTER])
