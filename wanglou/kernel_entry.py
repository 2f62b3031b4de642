"""Calls into machine code without numba: how arguments become words, and how a result is read.

A compiled function takes (numba's calling convention for CPUs): where to put the result, where to put an error, and
the arguments in order, arrays as parent and memory pointers (unused here), items, item size, data, shape and strides.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

_RESULTS = {"int64": "q", "uint64": "Q", "int32": "i", "uint32": "I", "uint8": "B", "bool": "?", "none": ""}
"""Kinds of results a kernel may have, as ``struct`` writes them."""
_RESULT_BYTES = 64
_OK = (0, -2)
"""Status of a call that went well, without and with the result None."""

Key = tuple[str, Any]
"""A kernel's name, and the kinds of its arguments."""


class Unloadable(Exception):  # noqa: N818 - it is no error: the call goes to numba
    """Arguments or a result of a kind that the image does not know."""


def describe(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Tell the kinds of arguments, as far as they decide which code is right; raises Unloadable for other kinds."""
    return tuple([_describe(arg) for arg in args])


def _describe(arg: Any) -> Any:
    if isinstance(arg, np.ndarray):
        flags = arg.flags
        return arg.dtype, arg.ndim, flags.c_contiguous, flags.writeable
    if isinstance(arg, (bool, np.bool_)):
        return "bool"
    if isinstance(arg, (int, np.int64)):
        return "int64"
    if isinstance(arg, tuple):
        return type(arg), describe(arg)
    raise Unloadable


def tell_result(kind: Any) -> tuple[str, bool] | None:
    """How a result of numba's ``kind`` is read, and whether it is a tuple; None where the image cannot."""
    kinds = getattr(kind, "types", None)
    names = [str(each) for each in kinds or (kind,)]
    if not set(names) <= set(_RESULTS):
        return None
    return "@" + "".join(_RESULTS[name] for name in names) if names != ["none"] else "", kinds is not None


def enter_compiled(key: Key, compiled: Any) -> Callable[..., Any] | None:
    """Make callable what numba has compiled in this process; None where its result is of another kind."""
    told = tell_result(compiled.signature.return_type)
    if told is None:
        return None
    address = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
    return enter(address, key, *told)


@dataclass(frozen=True, slots=True)
class Entry:
    """Machine code in memory, ready to be called with arguments of one description."""

    name: str
    call: Callable[..., int]
    result: str
    is_tuple: bool

    def __call__(self, *args: Any) -> Any:
        """Run it; raises IndexError where a kernel left its bounds."""
        room = (ctypes.c_char * _RESULT_BYTES)()
        error = ctypes.c_void_p()
        flat: list[int] = []
        _flatten(args, flat)
        status = self.call(ctypes.addressof(room), ctypes.addressof(error), *flat)
        if status not in _OK:
            raise IndexError(f"{self.name} went beyond the end of an array")
        if not self.result:
            return None
        values = struct.unpack_from(self.result, room)
        return values if self.is_tuple else values[0]


def _flatten(args: tuple[Any, ...], flat: list[int]) -> None:
    """List the words of arguments; those of a tuple stand in its place."""
    for arg in args:
        if isinstance(arg, np.ndarray):
            flat += (0, 0, arg.size, arg.itemsize, arg.ctypes.data, *arg.shape, *arg.strides)
        elif isinstance(arg, tuple):
            _flatten(arg, flat)
        else:
            flat.append(int(arg))


def _count(kinds: tuple[Any, ...]) -> int:
    """Words that arguments of these kinds take."""
    return sum(_count_one(kind) for kind in kinds)


def _count_one(kind: Any) -> int:
    if isinstance(kind, str):
        return 1
    return _count(kind[1]) if isinstance(kind[0], type) else 5 + 2 * int(kind[1])


def enter(address: int, key: Key, result: str, is_tuple: bool) -> Entry:
    """Make code callable; a foreign call gives the interpreter lock up while it runs."""
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_ssize_t] * (2 + _count(key[1])))
    return Entry(key[0], prototype(address), result, is_tuple)
