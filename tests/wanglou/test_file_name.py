"""Names of files that are not UTF-8 become text, and lead to their file again."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from wanglou.file_name import find_path, write_path


def test_a_name_in_another_encoding(tmp_path: Path) -> None:
    """Bytes of GBK are escaped one by one; the text leads to the file."""
    path = tmp_path / os.fsdecode(b"\xb2\xe2.pcap")
    path.touch()
    assert write_path(path) == f"{tmp_path}/\\xb2\\xe2.pcap"
    assert find_path(write_path(path)) == path


def test_a_name_that_looks_escaped(tmp_path: Path) -> None:
    """A file that is really called so is meant by it."""
    path = tmp_path / "\\xb2.pcap"
    path.touch()
    assert find_path(write_path(path)) == path


@given(st.binary(min_size=1).filter(lambda name: 0 not in name))
def test_any_bytes_are_text(name: bytes) -> None:
    """What is written is UTF-8, and what is UTF-8 stays."""
    written = write_path(os.fsdecode(name))
    assert written.encode()
    assert written == name.decode("utf-8", "backslashreplace")
