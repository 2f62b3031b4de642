"""Where compiled kernels are kept between runs, and which source state they belong to.

Numba's own cache does not notice an edit in a module that a kernel calls, so the kernels of each module are kept in a
folder that is named after a digest of that module and of all that it imports.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_STATES_KEPT = 12
_DIGESTS_KEPT = 64
_DIGEST = re.compile(r"[0-9a-f]{16,64}")
_SETTLED_NS = 2 * 10**9
"""Age of a file from which a later change gives it another time; clocks of file systems tick at least so often."""
_STAGES = ("wanglou", "sensors", "parsers", "detection")
_IMPORTS = re.compile(rf"^from ((?:{'|'.join(_STAGES)})[.\w]*) import".encode(), re.MULTILINE)


def digest_sources() -> str:
    """Digest of all that kernels are made from, and of its place, which numba asks for too: 16 hex digits.

    Asked several times in a process, whose code stays as it was loaded.
    """
    return _digest_below(_ROOT)


@cache
def _digest_below(root: Path) -> str:
    return digest_once(_tell_sources(root), lambda: _digest_kernels(root))


def _digest_kernels(root: Path) -> str:
    paths = (path for stage in _STAGES for path in sorted((root / stage).rglob("*.py")))
    kernels = [path for path in paths if b"kernel\ndef " in _read(path)]
    return _digest(_follow([".".join(path.relative_to(root).with_suffix("").parts) for path in kernels]))


@cache
def _tell_sources(root: Path) -> FileStates:
    return tell_files([root / stage for stage in _STAGES], (".py",))


def tell_sources() -> FileStates:
    """Tell the state of all our sources that decide what is kept in the cache."""
    return _tell_sources(_ROOT)


@dataclass(frozen=True, slots=True)
class FileStates:
    """What changes when any of some files does: their names, sizes and times, of changes of their attributes too."""

    text: str
    newest_ns: int
    """When the last of them was changed."""


def tell_files(folders: Iterable[Path], endings: tuple[str, ...]) -> FileStates:
    """Tell the state of the files in and below ``folders`` whose names end so; nothing of what is not there."""
    told, newest = list[str](), 0
    for folder in folders:
        told.append(os.path.abspath(folder))  # noqa: PTH100 - links stay as they are
        for entry in _list_files(told[-1], endings):
            try:
                state = entry.stat()
            except OSError:  # it went away, or is a link to nothing
                told.append(entry.path)
                continue
            told.append(f"{entry.path} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns} {state.st_ino}")
            newest = max(newest, state.st_mtime_ns, state.st_ctime_ns)
    return FileStates("\n".join(told), newest)


def _list_files(folder: str, endings: tuple[str, ...]) -> list[os.DirEntry[str]]:
    found: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.endswith(endings):
                    found.append(entry)
                elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                    found += _list_files(entry.path, endings)
    except OSError:
        return []
    return found


def digest_once(states: FileStates, digest: Callable[[], str]) -> str:
    """Give what ``digest`` makes of files, or made of them when they were as they are: reading them takes longer.

    Nothing is kept of files that were changed a moment ago, as they may change once more without new times.
    """
    path = cache_folder("digests") / hashlib.sha256(states.text.encode()).hexdigest()[:32]
    with contextlib.suppress(OSError, UnicodeDecodeError):
        known = path.read_text("ascii")
        if _DIGEST.fullmatch(known):
            return known
    made = digest()
    if time.time_ns() - states.newest_ns > _SETTLED_NS:
        with contextlib.suppress(OSError):
            descriptor, name = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(descriptor, "w") as file:
                file.write(made)
            Path(name).replace(path)
            drop_oldest(path.parent, _DIGESTS_KEPT)
    return made


def digest_module(name: str) -> str:
    """Digest of a module and of all of ours that it imports, near or far: what its kernels are made from.

    How kernels are kept and called changes none of them.
    """
    return _digest(_follow([name]))


def _follow(waiting: list[str]) -> list[Path]:
    """Files of modules and of what they import: a constant of any of them may be frozen into a kernel."""
    found: set[Path] = set()
    while waiting:
        path = _ROOT.joinpath(*waiting.pop().split(".")).with_suffix(".py")
        if path not in found and path.is_file():
            found.add(path)
            names = [name.decode() for name in _IMPORTS.findall(_read(path))]
            waiting += [name for name in names if not name.startswith("wanglou.kernel_")]
    return sorted(found)


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256(str(_ROOT).encode())
    for path in paths:
        digest.update(path.name.encode() + b"\0" + _read(path))
    return digest.hexdigest()[:16]


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


@cache
def cache_folder(part: str = "kernels") -> Path:
    """Where what was made before is kept: kernels or another ``part``, in ``$WANGLOU_CACHE`` or ``~/.cache/wanglou``.

    Where neither can be written it is a temporary folder of this process alone, because what lies in the cache is
    executed: a folder that somebody else could have made is not trusted.
    """
    folder = Path(os.environ.get("WANGLOU_CACHE") or Path.home() / ".cache" / "wanglou") / part
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix=f"wanglou-{part}-"))


@cache
def module_folder(name: str) -> Path:
    """Where the kernels of a module live: an edit leaves the kernels of modules that do not import it as they are."""
    folder = cache_folder() / name / digest_module(name)
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        drop_oldest(folder.parent)
    return folder


def tell_state(package: str) -> str:
    """What changes when another version of a package is installed; the package is not loaded."""
    found = importlib.util.find_spec(package)
    where = Path(found.origin) if found and found.origin else None
    return f"{where} {where.stat().st_mtime_ns}" if where else ""


def drop_oldest(base: Path, kept: int = _STATES_KEPT) -> None:
    """Keep the newest states only."""
    paths = sorted(base.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in paths[:-kept]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def is_compiled() -> bool:
    """True when an earlier run noted that all kernels of this source state are compiled."""
    return _marker().exists()


def note_complete() -> None:
    """Note that all kernels of this source state are compiled; where that cannot be kept it is asked again."""
    with contextlib.suppress(OSError):
        _marker().parent.mkdir(exist_ok=True)
        _marker().mkdir(exist_ok=True)
        drop_oldest(_marker().parent)


def forget_states(kept: Iterable[str]) -> None:
    """Forget that states were compiled whose code is no longer kept; ``kept`` are the digests of those whose is."""
    with contextlib.suppress(OSError):
        for path in set(_marker().parent.iterdir()) - {_marker().with_name(digest) for digest in kept}:
            path.rmdir()


def _marker() -> Path:
    return cache_folder() / "complete" / digest_sources()
