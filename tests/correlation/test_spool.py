"""What waits on the disk: in order, bounded, whole after any crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.spool import RESERVED, Spool
from tests.support.requirements import ROOT
from wanglou.errors import StoreError


def take_all(spool: Spool) -> list[bytes]:
    """Take everything out, the oldest first."""
    taken = []
    with spool.taking() as is_mine:
        assert is_mine
        while (entry := spool.first()) is not None:
            taken.append(spool.read(entry))
            spool.remove(entry)
    return taken


@given(contents=st.lists(st.binary(max_size=200), max_size=12))
def test_entries_come_out_as_they_went_in(tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]) -> None:
    """In order, once, whatever they hold; a spool that nothing was put in makes no folder."""
    spool = Spool(tmp_path_factory.mktemp("spool") / "below")
    for content in contents:
        assert spool.add(content, 3)
    waiting = spool.measure()
    assert (waiting.entries, waiting.rows, waiting.lost) == (len(contents), 3 * len(contents), 0)
    assert spool.is_empty() == (not contents)
    assert take_all(spool) == contents
    assert spool.is_empty()


def test_there_is_no_more_than_it_may_hold(tmp_path: Path) -> None:
    """Records leave a part free for what is urgent; what finds no room is counted."""
    spool = Spool(tmp_path, 8_000)
    records = 0
    while spool.add(os.urandom(500), 1):
        records += 1
    assert 10 < records < 16
    assert spool.measure().size_bytes <= 8_000 - 8_000 // RESERVED
    urgent = 0
    while spool.add(os.urandom(500), 1, urgent=True):
        urgent += 1
    assert urgent in (1, 2)
    assert spool.measure().size_bytes <= 8_000
    spool.lose(5)
    spool.lose(2)
    assert spool.measure().lost == 7
    first = spool.first()
    assert first is not None
    spool.remove(first)
    assert spool.add(b"small", 1, urgent=True)


def test_two_that_add_keep_one_order(tmp_path: Path) -> None:
    """Numbers go on, whoever adds."""
    one, two = Spool(tmp_path), Spool(tmp_path)
    for number in range(6):
        assert (one, two)[number % 2].add(str(number).encode(), 1)
    assert take_all(one) == [b"0", b"1", b"2", b"3", b"4", b"5"]


def test_one_at_a_time_takes_entries_out(tmp_path: Path) -> None:
    """The other is told, and tries later."""
    spool = Spool(tmp_path)
    spool.add(b"x", 1)
    with spool.taking() as first, Spool(tmp_path).taking() as second:
        assert (first, second) == (True, False)
    with spool.taking() as again:
        assert again


def test_what_was_half_written_is_no_entry(tmp_path: Path) -> None:
    """What a crash left beside is passed over, and written over."""
    spool = Spool(tmp_path)
    spool.add(b"whole", 1)
    (tmp_path / "000000000002-9-1.entry.new").write_bytes(b"hal")
    (tmp_path / "notes.txt").write_text("none of ours", encoding="utf-8")
    assert take_all(spool) == [b"whole"]


def test_a_damaged_entry_is_told(tmp_path: Path) -> None:
    """With its file, so that somebody can look at it; what comes after it stays."""
    spool = Spool(tmp_path)
    spool.add(b"first" * 50, 1)
    spool.add(b"second", 1)
    entry = spool.first()
    assert entry is not None
    entry.path.write_bytes(b"rubbish")
    with pytest.raises(StoreError, match=r"damaged.*move this file away"):
        spool.read(entry)
    assert spool.measure().entries == 2


_WRITER = """
import sys
from pathlib import Path
from correlation.spool import Spool
spool = Spool(Path(sys.argv[1]))
number = 0
while spool.add(str(number).encode() * 1000, 1):
    print(number, flush=True)
    number += 1
"""


def test_a_killed_writer_loses_nothing_that_it_kept(tmp_path: Path) -> None:
    """Killed by signal 9 at any moment: what was said to be kept is there, in order, and nothing half."""
    command = [sys.executable, "-c", _WRITER, str(tmp_path / "spool")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as writer:
        assert writer.stdout is not None
        said = [int(next(writer.stdout)) for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
        said += [int(line) for line in writer.stdout if line.endswith("\n")]
    taken = take_all(Spool(tmp_path / "spool"))
    assert taken[: len(said)] == [str(number).encode() * 1000 for number in said]
    assert len(taken) in (len(said), len(said) + 1)
