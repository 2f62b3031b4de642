"""The image: machine code of all kernels that Python calls, in one file, and calls into it without numba.

Numba keeps each kernel's object code in its cache, but needs its whole compiler loaded to use it: about half a second
before the first packet. The image holds the same object code with a note of how to call it. LLVM links it in some 20
milliseconds. It belongs to one source state, one version of LLVM, and one kind of processor.

A compiled function takes (numba's calling convention for CPUs): where to put the result, where to put an error, and
the arguments in order, arrays as parent and memory pointers (unused here), items, item size, data, shape and strides.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import pickle
import struct
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wanglou.kernel_cache import cache_folder, digest_sources, drop_oldest
from wanglou.object_code import list_undefined

_RESULTS = {"int64": "q", "uint64": "Q", "int32": "i", "uint32": "I", "uint8": "B", "bool": "?", "none": ""}
"""Kinds of results a kernel may have, as ``struct`` writes them."""
_RESULT_BYTES = 64
_FORMAT = 2
"""Raised whenever what an image holds of a kernel changes."""
_LIBRARY = {"memcpy": "ptr", "memmove": "ptr", "memset": "ptr", "memcmp": "i32"}
"""Functions of C that LLVM puts in the place of loops, and what they give."""
_PYTHON = ("Py", "_Py", "numba_")
"""How names begin that only calls from Python need."""
_OK = (0, -2)
"""Status of a call that went well, without and with the result None."""

Key = tuple[str, Any]


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


@dataclass(frozen=True, slots=True)
class Native:
    """A kernel's machine code, and how its result is read."""

    symbol: str
    result: str
    """Format of the result, as ``struct`` writes it; empty: None."""
    is_tuple: bool
    needs: frozenset[str]
    """What it calls that is not in it."""
    code: bytes
    """Object code (ELF) that holds ``symbol``."""

    @staticmethod
    def pack(dispatcher: Any, signature: tuple[Any, ...]) -> Native | None:
        """Take what numba keeps of a compiled function; None for one whose result is of another kind."""
        found = dispatcher.overloads.get(signature)
        told = _tell_result(found.signature.return_type) if found else None
        if found is None or told is None:
            return None
        kept = dispatcher._cache  # noqa: SLF001 - numba has no other way to its object code
        reduced = kept._cache_file.load(kept._index_key(found.signature.args, found.library.codegen))  # noqa: SLF001
        if reduced is None:
            return None
        (_, kind, content), description = reduced[0], reduced[1]
        if kind != "object":
            return None
        code = bytes(content[0])
        needs = frozenset(list_undefined(code))
        return Native(description.llvm_func_name, *told, needs, code) if _can_link(needs) else None


def _can_link(needs: frozenset[str]) -> bool:
    """True where all that is called is there: C's own functions; what numba asks of Python only calls from it need."""
    return all(name in _LIBRARY or name.startswith(_PYTHON) for name in needs)


def _tell_result(kind: Any) -> tuple[str, bool] | None:
    """How a result of numba's ``kind`` is read, and whether it is a tuple; None where the image cannot."""
    kinds = getattr(kind, "types", None)
    names = [str(each) for each in kinds or (kind,)]
    if not set(names) <= set(_RESULTS):
        return None
    return "@" + "".join(_RESULTS[name] for name in names) if names != ["none"] else "", kinds is not None


def enter_compiled(key: Key, compiled: Any) -> Callable[..., Any] | None:
    """Make callable what numba has compiled in this process; None where its result is of another kind."""
    told = _tell_result(compiled.signature.return_type)
    if told is None:
        return None
    address = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
    return _enter(address, key, *told)


@dataclass(frozen=True, slots=True)
class _Entry:
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


_LOCK = threading.Lock()
_LOADED: list[Mapping[Key, _Entry]] = []
_ENGINES: list[Any] = []
"""Keeps the code in memory: LLVM frees it with its engine."""


def load_image() -> Mapping[Key, _Entry]:
    """Link the image of this source state once in a process; empty when there is none."""
    if not _LOADED:
        with _LOCK:
            if not _LOADED:
                _LOADED.append(_link(_read(_path())))
    return _LOADED[0]


def save_image(made: Mapping[Key, Native | None]) -> None:
    """Add code to the image on the disk; where it cannot be written the next process compiles as before."""
    path = _path()
    content = {**_read(path), **{key: native for key, native in made.items() if native is not None}}
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            pickle.dump(content, file, protocol=5)
        Path(name).replace(path)
        drop_oldest(path.parent)


def _path() -> Path:
    """File of this source state's image for this LLVM and this kind of processor."""
    import llvmlite
    import llvmlite.binding as llvm

    facts = f"{_FORMAT} {llvmlite.__version__} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    return cache_folder() / "image" / f"{digest_sources()}-{hashlib.sha256(facts.encode()).hexdigest()[:8]}"


def _read(path: Path) -> dict[Key, Native]:
    """What an image holds; nothing when it is not there or of another processor."""
    try:
        content: dict[Key, Native] = pickle.loads(path.read_bytes())  # noqa: S301 - as trusted as the code beside it
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError):
        return {}
    return content


def _link(content: Mapping[Key, Native]) -> dict[Key, _Entry]:
    """Give the code addresses."""
    if not content:
        return {}
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple().create_target_machine(jit=True, codemodel="jitdefault")
    called = frozenset().union(*(native.needs for native in content.values()))
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly("".join(map(_define, sorted(called)))), target)
    _ENGINES.append(engine)
    for native in content.values():
        engine.add_object_file(llvm.ObjectFileRef.from_data(native.code))
    engine.finalize_object()
    addresses = {key: engine.get_function_address(native.symbol) for key, native in content.items()}
    return {key: _enter(addresses[key], key, native.result, native.is_tuple) for key, native in content.items()}


def _define(name: str) -> str:
    """Write a function that object code calls, in LLVM's language; as long as one is missing LLVM links none.

    Numba's own functions are called from Python's side of a kernel only, which nobody calls: here they trap.
    """
    if name.startswith(_PYTHON):
        return f"define void @{name}() {{\n  call void @llvm.trap()\n  unreachable\n}}\n"
    address = ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value
    given, result = ("ptr %a, i32 %b, i64 %c" if name == "memset" else "ptr %a, ptr %b, i64 %c"), _LIBRARY[name]
    return (
        f"define {result} @{name}({given}) {{\n  %f = inttoptr i64 {address} to ptr\n"
        f"  %r = call {result} %f({given})\n  ret {result} %r\n}}\n"
    )


def _enter(address: int, key: Key, result: str, is_tuple: bool) -> _Entry:
    """Make code callable; a foreign call gives the interpreter lock up while it runs."""
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_ssize_t] * (2 + _count(key[1])))
    return _Entry(key[0], prototype(address), result, is_tuple)
