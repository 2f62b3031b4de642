"""Compiled kernels: the decorator, and the cache that keeps them between runs.

A kernel is a plain function over arrays, compiled by numba with bounds checks on and the interpreter lock released.
Numba's own cache does not notice an edit in a module that a kernel calls, so the kernels of each module are kept in a
folder that is named after a digest of that module and of all that it imports. ``NUMBA_DISABLE_JIT=1`` runs every kernel
as ordinary Python (coverage, fuzzing).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:

    def int64(value: Any) -> int:
        """Widen a number of an array: to a checker it is a plain number, which is how kernels use it."""
else:
    from numpy import int64  # noqa: F401 - kernels import it from here

_ROOT = Path(__file__).resolve().parent.parent
_STATES_KEPT = 6
_STAGES = ("wanglou", "sensors", "parsers", "detection")
_IMPORTS = re.compile(rf"^from ((?:{'|'.join(_STAGES)})[.\w]*) import".encode(), re.MULTILINE)

Function = TypeVar("Function", bound=Callable[..., Any])


def digest_sources() -> str:
    """Digest of every source file that may hold a kernel, and of its place, which numba asks for too: 16 hex digits."""
    paths = (path for stage in _STAGES for path in sorted((_ROOT / stage).rglob("*.py")))
    return _digest(path for path in paths if b"kernel\ndef " in _read(path))


def digest_module(name: str) -> str:
    """Digest of a module and of all of ours that it imports, near or far: what its kernels are made from."""
    found: set[Path] = set()
    waiting = [name]
    while waiting:
        path = _ROOT.joinpath(*waiting.pop().split(".")).with_suffix(".py")
        if path not in found and path.is_file():
            found.add(path)
            waiting += [imported.decode() for imported in _IMPORTS.findall(_read(path))]
    return _digest(sorted(found))


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256(str(_ROOT).encode())
    for path in paths:
        digest.update(path.name.encode() + b"\0" + _read(path))
    return digest.hexdigest()[:16]


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


@cache
def cache_folder() -> Path:
    """Where compiled kernels live: in ``$WANGLOU_CACHE`` or ``~/.cache/wanglou``.

    Where neither can be written it is a temporary folder of this process alone, because what lies in the cache is
    executed: a folder that somebody else could have made is not trusted.
    """
    folder = Path(os.environ.get("WANGLOU_CACHE") or Path.home() / ".cache" / "wanglou") / "kernels"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="wanglou-kernels-"))


@cache
def _module_folder(name: str) -> Path:
    """Where the kernels of a module live: an edit leaves the kernels of modules that do not import it as they are."""
    folder = cache_folder() / name / digest_module(name)
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _drop_oldest(folder.parent)
    return folder


def _drop_oldest(base: Path) -> None:
    """Keep the newest states only."""
    paths = sorted(base.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in paths[:-_STATES_KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def is_compiled() -> bool:
    """True when an earlier run noted that all kernels of this source state are compiled."""
    return _marker().exists()


def note_compiled() -> None:
    """Note that all kernels of this source state are compiled; where that cannot be kept it is asked again."""
    with contextlib.suppress(OSError):
        _marker().parent.mkdir(exist_ok=True)
        _marker().mkdir(exist_ok=True)
        _drop_oldest(_marker().parent)


def _marker() -> Path:
    return cache_folder() / "complete" / digest_sources()


def kernel(function: Function) -> Function:
    """Compile ``function`` on first call and keep the result on disk.

    Bounds checks stay on because traffic is hostile; they are the net and not the check (``a[-1]`` passes them).
    A kernel cannot allocate arrays: without that right numba counts no references, which halves the time of small
    functions. Callers allocate what kernels fill.
    """
    return _compile(function, "never")


def inlined_kernel(function: Function) -> Function:
    """As ``kernel``, copied into each kernel that calls it: for small functions that run once a packet."""
    return _compile(function, "always")


def _compile(function: Function, inline: str) -> Function:
    """Wrap ``function`` for numba; imported here, so that ``--help`` does not pay for it."""
    import numba

    config: Any = numba.config
    config.CACHE_DIR = str(_module_folder(function.__module__))
    compile_function: Any = numba.njit
    options = {"cache": True, "boundscheck": True, "nogil": True, "_nrt": False, "inline": inline}
    return cast("Function", compile_function(**options)(function))
