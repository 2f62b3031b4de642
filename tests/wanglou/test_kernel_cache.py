"""Where compiled kernels are kept, and when they are made anew."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from wanglou import kernel_cache
from wanglou.kernel_cache import (
    cache_folder,
    digest_module,
    digest_sources,
    forget_states,
    is_compiled,
    module_folder,
    note_complete,
)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A tree of stages with one kernel, and a cache of its own."""
    monkeypatch.setattr(kernel_cache, "_ROOT", tmp_path / "tree")
    monkeypatch.setenv("WANGLOU_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "tree" / "parsers"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("@kernel\ndef a(): ...\n")
    (folder / "b.py").write_text("def b(): ...\n")
    forget()
    yield folder
    forget()


def forget() -> None:
    """Let the next question look at the files again."""
    cleared = (kernel_cache._read, kernel_cache._digest_below, kernel_cache._tell_sources)
    for known in (cache_folder, module_folder, *cleared):
        known.cache_clear()


def test_an_edit_of_a_kernel_changes_the_digest(tree: Path) -> None:
    """Only files that hold kernels count, and any edit of one does."""
    before = digest_sources()
    (tree / "b.py").write_text("def other(): ...\n")
    forget()
    assert digest_sources() == before
    (tree / "a.py").write_text("@kernel\ndef a(): return 1\n")
    forget()
    assert digest_sources() != before
    assert len(before) == 16


def test_what_a_kernel_imports_counts(tree: Path) -> None:
    """A constant of a module without kernels may be frozen into machine code, so its edit changes the digest."""
    (tree / "a.py").write_text("from parsers.b import B\n@kernel\ndef a(): return B\n")
    forget()
    before = digest_sources()
    (tree / "b.py").write_text("B = 2\n")
    forget()
    assert digest_sources() != before


def test_a_module_is_what_it_imports(tree: Path) -> None:
    """An edit near or far changes the digest of every module that imports it, and of no other."""
    (tree / "c.py").write_text("from parsers.b import b\n")
    (tree / "d.py").write_text("from parsers.c import b\n")
    before = [digest_module(f"parsers.{name}") for name in "abcd"]
    (tree / "b.py").write_text("def b(): return 1\n")
    forget()
    after = [digest_module(f"parsers.{name}") for name in "abcd"]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, False, False]


def test_the_folder_lies_where_it_was_told_to(tree: Path, tmp_path: Path) -> None:
    """The cache is made, and each module has a folder in it."""
    assert cache_folder() == tmp_path / "cache" / "kernels"
    assert module_folder("parsers.a") == cache_folder() / "parsers.a" / digest_module("parsers.a")
    assert module_folder("parsers.a").is_dir()
    assert tree.is_dir()


@pytest.mark.usefixtures("tree")
def test_an_unwritable_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cache cannot be made a temporary folder takes its place."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WANGLOU_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = cache_folder()
    assert found.is_dir()
    assert found.is_relative_to(tmp_path)
    assert found.stat().st_mode & 0o077 == 0


def test_another_checkout_has_kernels_of_its_own(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiler asks for kernels by their place, so the same sources elsewhere are another state."""
    before = digest_sources()
    shutil.copytree(tree.parent, tmp_path / "elsewhere")
    monkeypatch.setattr(kernel_cache, "_ROOT", tmp_path / "elsewhere")

    assert digest_sources() != before


def test_only_the_newest_states_are_kept(tree: Path) -> None:
    """Kernels of older sources are removed when a new state is compiled."""
    for number in range(kernel_cache._STATES_KEPT + 3):
        (tree / "a.py").write_text(f"@kernel\ndef a(): return {number}\n")
        forget()
        os.utime(module_folder("parsers.a"), (number, number))

    kept = {path.name for path in (cache_folder() / "parsers.a").iterdir()}
    assert len(kept) == kernel_cache._STATES_KEPT
    assert digest_module("parsers.a") in kept


def test_a_compiled_state_is_noted(tree: Path) -> None:
    """Before the first run nothing is noted; an edit of a kernel makes a new state."""
    assert not is_compiled()
    note_complete()
    assert is_compiled()
    (tree / "a.py").write_text("@kernel\ndef a(): return 1\n")
    forget()
    assert not is_compiled()


@pytest.mark.usefixtures("tree")
def test_a_state_whose_code_is_gone_is_compiled_anew() -> None:
    """What was noted of it is forgotten, where code of other states is kept."""
    note_complete()
    forget_states([digest_sources(), "another"])
    assert is_compiled()
    forget_states(["another"])
    assert not is_compiled()


def age(folder: Path, seconds: int) -> None:
    """Make the clock say that all files of a folder were changed so long ago."""
    newest = max(path.stat().st_ctime_ns for path in folder.iterdir())
    kernel_cache.time = SimpleNamespace(time_ns=lambda: newest + seconds * 10**9)  # type: ignore[attr-defined,assignment]


@pytest.fixture
def clock() -> Iterator[None]:
    """Put the clock back."""
    yield
    kernel_cache.time = time  # type: ignore[attr-defined]


@pytest.mark.usefixtures("clock")
def test_files_that_stay_are_read_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later process asks for their states only; an edit, and even a touch, is a new state."""
    age(tree, 10)
    before = digest_sources()
    forget()
    with monkeypatch.context() as patch:
        patch.setattr(kernel_cache, "_digest_kernels", lambda _: pytest.fail("the files are read again"))
        assert digest_sources() == before
    (tree / "a.py").write_text("@kernel\ndef z(): ...\n")
    forget()
    assert digest_sources() != before


@pytest.mark.usefixtures("clock")
def test_files_of_a_moment_ago_are_read_again(tree: Path) -> None:
    """Two edits may come so close that the second gives a file no other time."""
    age(tree, 1)
    states = kernel_cache.tell_sources()
    assert kernel_cache.digest_once(states, lambda: "0" * 16) == "0" * 16
    assert kernel_cache.digest_once(states, lambda: "1" * 16) == "1" * 16
    age(tree, 10)
    assert kernel_cache.digest_once(states, lambda: "2" * 16) == "2" * 16
    assert kernel_cache.digest_once(states, lambda: "3" * 16) == "2" * 16
    (kept,) = cache_folder("digests").iterdir()
    kept.write_bytes(b"\xff nonsense")
    assert kernel_cache.digest_once(states, lambda: "4" * 16) == "4" * 16


def test_states_of_files(tree: Path) -> None:
    """Files of other endings and folders that are not there tell nothing; those below folders do."""
    before = kernel_cache.tell_files([tree], (".py",))
    (tree / "notes.txt").write_text("")
    assert kernel_cache.tell_files([tree], (".py",)) == before
    (tree / "below").mkdir()
    (tree / "below" / "c.py").write_text("")
    assert kernel_cache.tell_files([tree], (".py",)).text.startswith(before.text.split("\n")[0])
    assert kernel_cache.tell_files([tree], (".py",)) != before
    assert kernel_cache.tell_files([tree / "none"], (".py",)).newest_ns == 0
    (tree / "below" / "round").symlink_to(tree)
    (tree / "gone.py").symlink_to(tree / "none")
    assert f"{tree}/gone.py" in kernel_cache.tell_files([tree], (".py",)).text.split("\n")
