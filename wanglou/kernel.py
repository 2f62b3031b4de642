"""Compiled kernels: the decorator, and the cache that keeps them between runs.

A kernel is a plain function over arrays, compiled by numba with bounds checks on and the interpreter lock released.
Numba's own cache does not notice an edit in a module that a kernel calls, so the cache folder is named after a
digest of all kernel sources. ``NUMBA_DISABLE_JIT=1`` runs every kernel as ordinary Python (coverage, fuzzing).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:

    def int64(value: Any) -> int:
        """Widen a number of an array: to a checker it is a plain number, which is how kernels use it."""
else:
    from numpy import int64  # noqa: F401 - kernels import it from here

_ROOT = Path(__file__).resolve().parent.parent
_STAGES = ("wanglou", "sensors", "parsers", "detection")

Function = TypeVar("Function", bound=Callable[..., Any])


def digest_sources() -> str:
    """Digest of every source file that may hold a kernel: 16 hex digits."""
    digest = hashlib.sha256()
    for stage in _STAGES:
        for path in sorted((_ROOT / stage).rglob("*.py")):
            source = path.read_bytes()
            if b"kernel\ndef " in source:
                digest.update(path.name.encode() + b"\0" + source)
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels live: in ``$WANGLOU_CACHE`` or ``~/.cache/wanglou``, or if need be a temporary folder."""
    base = Path(os.environ.get("WANGLOU_CACHE") or Path.home() / ".cache" / "wanglou")
    folder = base / "kernels" / digest_sources()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"wanglou-{os.getuid()}" / "kernels" / digest_sources()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


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
    config.CACHE_DIR = str(_CACHE)
    compile_function: Any = numba.njit
    options = {"cache": True, "boundscheck": True, "nogil": True, "_nrt": False, "inline": inline}
    return cast("Function", compile_function(**options)(function))


_CACHE = cache_folder()
