"""Compiled kernels: the decorator, and the cache that keeps them between runs.

A kernel is a plain function over arrays, compiled by numba with bounds checks on and the interpreter lock released.
Numba's own cache does not notice an edit in a module that a kernel calls, so the cache folder is named after a
digest of all kernel sources. ``NUMBA_DISABLE_JIT=1`` runs every kernel as ordinary Python (coverage, fuzzing).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
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

Function = TypeVar("Function", bound=Callable[..., Any])


def digest_sources() -> str:
    """Digest of every source file that may hold a kernel, and of its place, which numba asks for too: 16 hex digits."""
    digest = hashlib.sha256(str(_ROOT).encode())
    for stage in _STAGES:
        for path in sorted((_ROOT / stage).rglob("*.py")):
            source = path.read_bytes()
            if b"kernel\ndef " in source:
                digest.update(path.name.encode() + b"\0" + source)
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> Path:
    """Where compiled kernels live: in ``$WANGLOU_CACHE`` or ``~/.cache/wanglou``.

    Where neither can be written it is a temporary folder of this process alone, because what lies in the cache is
    executed: a folder that somebody else could have made is not trusted.
    """
    base = Path(os.environ.get("WANGLOU_CACHE") or Path.home() / ".cache" / "wanglou") / "kernels"
    folder = base / digest_sources()
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _drop_oldest(base)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="wanglou-kernels-"))


def _drop_oldest(base: Path) -> None:
    """Keep the kernels of the newest source states only; each takes some megabytes."""
    folders = sorted((path for path in base.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for folder in folders[:-_STATES_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def is_compiled() -> bool:
    """True when the kernels of this source state have been compiled and kept by an earlier run."""
    return any(cache_folder().glob("**/*.nbi"))


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
    config.CACHE_DIR = str(cache_folder())
    compile_function: Any = numba.njit
    options = {"cache": True, "boundscheck": True, "nogil": True, "_nrt": False, "inline": inline}
    return cast("Function", compile_function(**options)(function))
