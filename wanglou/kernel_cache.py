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
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_STATES_KEPT = 12
_STAGES = ("wanglou", "sensors", "parsers", "detection")
_IMPORTS = re.compile(rf"^from ((?:{'|'.join(_STAGES)})[.\w]*) import".encode(), re.MULTILINE)


def digest_sources() -> str:
    """Digest of all that kernels are made from, and of its place, which numba asks for too: 16 hex digits.

    Asked several times in a process, whose code stays as it was loaded.
    """
    return _digest_below(_ROOT)


@cache
def _digest_below(root: Path) -> str:
    paths = (path for stage in _STAGES for path in sorted((root / stage).rglob("*.py")))
    kernels = [path for path in paths if b"kernel\ndef " in _read(path)]
    return _digest(_follow([".".join(path.relative_to(root).with_suffix("").parts) for path in kernels]))


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


def drop_oldest(base: Path) -> None:
    """Keep the newest states only."""
    paths = sorted(base.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in paths[:-_STATES_KEPT]:
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


def _marker() -> Path:
    return cache_folder() / "complete" / digest_sources()
