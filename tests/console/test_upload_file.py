"""The file of an upload is written by one sender, up to its size, and through no link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.upload_file import Sink, holding, rename
from wanglou.errors import LockedError, StoreError, UsageError


def test_a_link_in_the_place_of_a_part_is_not_followed(tmp_path: Path) -> None:
    """Somebody who could put a link there makes nobody write through it."""
    part, target = tmp_path / "part", tmp_path / "target"
    target.touch()
    part.symlink_to(target)
    with pytest.raises(StoreError, match="cannot be kept"), holding(part):
        raise AssertionError("it was opened")
    assert target.read_bytes() == b""


def test_one_holds_a_part(tmp_path: Path) -> None:
    """A second one is refused while it is held, and taken after that."""
    part = tmp_path / "part"
    part.touch()
    with holding(part) as descriptor:
        os.write(descriptor, b"ab")
        with pytest.raises(LockedError), holding(part):
            raise AssertionError("two hold it")
    with holding(part) as descriptor:
        assert os.lseek(descriptor, 0, os.SEEK_END) == 2


def test_no_byte_beyond_the_size(tmp_path: Path) -> None:
    """What would go beyond is refused as a whole; what fits is there, and the offset tells of it."""
    part = tmp_path / "part"
    part.touch()
    with holding(part) as descriptor:
        sink = Sink(descriptor, 0, 4)
        sink.write(b"abc")
        with pytest.raises(UsageError, match="more bytes than the 4"):
            sink.write(b"de")
        assert sink.offset == 3
        sink.write(memoryview(b"d"))
    assert part.read_bytes() == b"abcd"


def test_a_file_that_cannot_have_its_name(tmp_path: Path) -> None:
    """It is a StoreError that names the place."""
    with pytest.raises(StoreError, match="cannot be kept"):
        rename(tmp_path / "part", tmp_path / "x.pcap")
