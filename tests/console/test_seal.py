"""The key file and what is sealed with it."""

from __future__ import annotations

import base64
import stat
import threading
from pathlib import Path

import pytest

from console.seal import Seal
from wanglou.errors import StoreError


def test_what_is_sealed_opens_for_its_owner(tmp_path: Path) -> None:
    """And for nobody else; the sealed text shows nothing, and differs each time."""
    seal = Seal(tmp_path / "key")
    first, second = seal.seal("SECRET", "li"), seal.seal("SECRET", "li")
    assert first != second
    assert b"SECRET" not in base64.b64decode(first)
    assert Seal(tmp_path / "key").open(first, "li") == "SECRET"
    with pytest.raises(StoreError, match="sealed with another key"):
        seal.open(first, "wu")


def test_the_key_is_its_owners(tmp_path: Path) -> None:
    """It is made with mode 0600, once, and refused where others may read it."""
    seal = Seal(tmp_path / "key")
    seal.make()
    assert stat.S_IMODE(seal.path.stat().st_mode) == 0o600
    content = seal.path.read_bytes()
    Seal(seal.path).make()
    assert seal.path.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    seal.path.chmod(0o640)
    with pytest.raises(StoreError, match="others may read the key") as told:
        Seal(seal.path).make()
    assert "chmod 600" in told.value.do


def test_a_key_that_is_gone(tmp_path: Path) -> None:
    """Opening never makes a new one: it says what to do."""
    sealed = Seal(tmp_path / "key").seal("SECRET", "li")
    (tmp_path / "key").unlink()
    with pytest.raises(StoreError, match="cannot read the key") as told:
        Seal(tmp_path / "key").open(sealed, "li")
    assert "restore the key" in told.value.do
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("content", [b"", b"short", b"#" * 44, base64.b64encode(b"x" * 31)])
def test_a_file_that_is_no_key(tmp_path: Path, content: bytes) -> None:
    """It is told, and left as it is."""
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StoreError, match="this is no key"):
        Seal(path).seal("x", "li")
    assert path.read_bytes() == content


@pytest.mark.parametrize("sealed", ["", "AAAA", "no base 64", base64.b64encode(b"x" * 40).decode()])
def test_what_was_never_sealed(tmp_path: Path, sealed: str) -> None:
    """It does not open, and says so."""
    seal = Seal(tmp_path / "key")
    seal.make()
    with pytest.raises(StoreError, match="another key"):
        seal.open(sealed, "li")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """It is told."""
    with pytest.raises(StoreError, match="cannot write the key"):
        Seal(tmp_path / "nowhere" / "key").make()


def test_two_that_make_the_key_at_once(tmp_path: Path) -> None:
    """Both use the same."""
    seals = [Seal(tmp_path / "key") for _ in range(8)]
    sealed: list[str] = []
    threads = [threading.Thread(target=lambda one=one: sealed.append(one.seal("x", "li"))) for one in seals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {Seal(tmp_path / "key").open(one, "li") for one in sealed} == {"x"}
    assert len(sealed) == 8
