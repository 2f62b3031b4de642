"""Compiled kernels: the decorators, and what calls a kernel.

A kernel is a plain function over arrays, compiled by numba with bounds checks on and the interpreter lock released.
Loading numba and a kernel of its cache takes far longer than most kernels run, so a process that finds an image
(``wanglou.kernel_image``) calls the machine code in it and never loads numba. ``NUMBA_DISABLE_JIT=1`` runs every
kernel as ordinary Python (coverage, fuzzing).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from wanglou.kernel_cache import module_folder, note_complete
from wanglou.kernel_image import Native, Unloadable, describe, enter_compiled, load_image, save_image

if TYPE_CHECKING:

    def int64(value: Any) -> int:
        """Widen a number of an array: to a checker it is a plain number, which is how kernels use it."""
else:
    from numpy import int64  # noqa: F401 - kernels import it from here

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile ``function`` on first call and keep the result on disk.

    Bounds checks stay on because traffic is hostile; they are the net and not the check (``a[-1]`` passes them).
    A kernel cannot allocate arrays: without that right numba counts no references, which halves the time of small
    functions. Callers allocate what kernels fill.
    """
    return _wrap(function, "never")


def inlined_kernel(function: Function) -> Function:
    """As ``kernel``, copied into each kernel that calls it: for small functions that run once a packet."""
    return _wrap(function, "always")


def _wrap(function: Function, inline: str) -> Function:
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return function
    return cast("Function", Kernel(function, inline))


_CALLED: dict[tuple[str, Any], Callable[[], Native | None]] = {}
"""What Python called in this process that is in no image: by kernel and kinds of arguments, how to get its code."""


def keep_called() -> None:
    """Add to the image what Python called in this process that is not in it."""
    if _CALLED:
        save_image({key: fetch() for key, fetch in _CALLED.items()})
        _CALLED.clear()


def note_compiled() -> None:
    """Note that all kernels of this source state are compiled, and keep them."""
    keep_called()
    note_complete()


class Kernel:
    """A function that runs as machine code: that of the image, else what numba compiles or has kept."""

    def __init__(self, function: Callable[..., Any], inline: str) -> None:
        """Prepare; nothing is loaded before the first call."""
        self.py_func = function
        """The function as Python, for numba and for tests."""
        self.targetoptions = {"inline": inline}
        """Numba looks here when another kernel calls this one."""
        self.__name__, self.__doc__, self.__module__ = function.__name__, function.__doc__, function.__module__
        self.__wrapped__ = function
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._known: dict[Any, Callable[..., Any]] = {}

    def __call__(self, *args: Any) -> Any:
        """Run it."""
        try:
            key = describe(args)
        except Unloadable:
            return self._boxed(*args)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._find(key, args)
        return known(*args)

    def _find(self, key: Any, args: tuple[Any, ...]) -> Callable[..., Any]:
        """Code for arguments of those kinds: the image's, or numba's."""
        image = load_image()
        known = image.get((self._name, key)) if image else None
        return known or self._compile(key, args)

    def _compile(self, key: Any, args: tuple[Any, ...]) -> Callable[..., Any]:
        """Let numba compile for arguments of those kinds, or load what it kept, and call that as the image does."""
        signature = tuple(self.dispatcher.typeof_pyval(arg) for arg in args)
        self.dispatcher.compile(signature)
        called = enter_compiled((self._name, key), self.dispatcher.overloads[signature])
        if called is None:
            boxed: Callable[..., Any] = self._boxed
            return boxed
        _CALLED[self._name, key] = lambda: Native.pack(self.dispatcher, signature)
        return called

    @cached_property
    def dispatcher(self) -> Any:
        """Numba's side of it; loaded here, so that ``--help`` and processes with an image do not pay for it.

        It cannot be called: what numba makes for calls from Python is left out, as it takes as long as the rest.
        """
        return self._dispatch(module_folder(self.py_func.__module__), no_cpython_wrapper=True)

    @cached_property
    def _boxed(self) -> Any:
        """The same with what calls from Python need, for arguments and results of other kinds, as tests have them."""
        return self._dispatch(module_folder(self.py_func.__module__) / "boxed")

    def _dispatch(self, folder: Path, **more: bool) -> Any:
        import numba

        config: Any = numba.config
        config.CACHE_DIR = str(folder)
        compile_function: Any = numba.njit
        options = {"cache": True, "boundscheck": True, "nogil": True, "_nrt": False, **self.targetoptions}
        return compile_function(**options, **more)(self.py_func)

    @property
    def _numba_type_(self) -> Any:
        """Numba asks so for the type of what one of its functions calls."""
        return self.dispatcher._numba_type_
