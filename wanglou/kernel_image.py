"""The image: machine code of all kernels that Python calls, in one file, and calls into it without numba.

Numba keeps each kernel's object code in its cache, but needs its whole compiler loaded to use it: about half a second
before the first packet. The image holds the same object code with a note of how to call it, and belongs to one source
state, one installed numba, and one kind of processor. Beside it lies the same, linked (``wanglou.kernel_linkage``): a
process maps that in a millisecond. Where it cannot, LLVM links the image in some 80.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import pickle
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from wanglou.kernel_cache import cache_folder, digest_sources, drop_oldest, forget_states, tell_state
from wanglou.kernel_entry import Entry, Key, Unloadable, describe, enter, enter_compiled, tell_result
from wanglou.kernel_linkage import Linked, Unlinkable, can_map, link, map_code
from wanglou.object_code import list_undefined

__all__ = ["Native", "Unloadable", "describe", "enter_compiled", "load_image", "save_image"]

_FORMAT = 3
"""Raised whenever what an image holds of a kernel changes."""
_LIBRARY = {"memcpy": "ptr", "memmove": "ptr", "memset": "ptr", "memcmp": "i32"}
"""Functions of C that LLVM puts in the place of loops, and what they give."""
_PYTHON = ("Py", "_Py", "numba_")
"""How names begin that only calls from Python need."""


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
        told = tell_result(found.signature.return_type) if found else None
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


_LOCK = threading.Lock()
_LOADED: list[Mapping[Key, Entry]] = []
_ENGINES: list[Any] = []
"""Keeps the code in memory: LLVM frees it with its engine."""


def load_image() -> Mapping[Key, Entry]:
    """Map or link the image of this source state once in a process; empty when there is none."""
    if not _LOADED:
        with _LOCK:
            if not _LOADED:
                _LOADED.append(_map(_linked_path()) or _link(_read(_path())))
    return _LOADED[0]


def save_image(made: Mapping[Key, Native | None]) -> None:
    """Add code to the image on the disk; where it cannot be written the next process compiles as before."""
    path = _path()
    content = {**_read(path), **{key: native for key, native in made.items() if native is not None}}
    with contextlib.suppress(OSError):
        _write(path, content)
        forget_states(other.name.partition("-")[0] for other in path.parent.iterdir())
        linked = _link_once(content)
        if linked is None:
            _linked_path().unlink(missing_ok=True)
        else:
            _write(_linked_path(), linked)


def _write(path: Path, content: object) -> None:
    """Put a file in its place as a whole."""
    path.parent.mkdir(exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        pickle.dump(content, file, protocol=5)
    Path(name).replace(path)
    drop_oldest(path.parent)


@cache
def _path() -> Path:
    """File of this source state's image for what compiled it and this kind of processor."""
    facts = f"{_FORMAT} {tell_state('llvmlite')} {tell_state('numba')} {_tell_processor()}"
    return cache_folder() / "image" / f"{digest_sources()}-{hashlib.sha256(facts.encode()).hexdigest()[:8]}"


def _linked_path() -> Path:
    return _path().parent.parent / "linked" / _path().name


_PROCESSOR = re.compile(
    rb"^(?:vendor_id|cpu family|model|model name|stepping|flags|CPU \w+|Features|isa|uarch|cpu)\s*:.*", re.MULTILINE
)
"""Lines of Linux's /proc/cpuinfo that tell of the kind of a processor, on x86, ARM, RISC-V and POWER."""


def _tell_processor() -> str:
    """What a processor is and can do, by the system's own words; LLVM is only loaded where it has none."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", "rb") as file:  # noqa: PTH123 - unbuffered reading of a part
        first = file.read(1 << 14).partition(b"\n\n")[0]
        if found := _PROCESSOR.findall(first):
            return b"\n".join(found).decode("utf-8", "replace")
    import llvmlite.binding as llvm

    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def _read(path: Path) -> dict[Key, Native]:
    """What an image holds; nothing when it is not there or of another processor."""
    try:
        content: dict[Key, Native] = pickle.loads(path.read_bytes())  # noqa: S301 - as trusted as the code beside it
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError):
        return {}
    return content


@dataclass(frozen=True, slots=True)
class _Image:
    """The linked code, and of each kernel by name, packed, by kinds of arguments: symbol, result, whether a tuple."""

    linked: Linked
    kernels: Mapping[str, bytes]


def _link_once(content: Mapping[Key, Native]) -> _Image | None:
    """Link for all processes to come; None where only LLVM can."""
    if not can_map():
        return None
    try:
        linked = link({native.symbol: native.code for native in content.values()}, _LIBRARY, _is_python)
    except (Unlinkable, ValueError):
        return None
    kernels: dict[str, dict[Any, tuple[str, str, bool]]] = {}
    for (name, kinds), native in content.items():
        kernels.setdefault(name, {})[kinds] = (native.symbol, native.result, native.is_tuple)
    return _Image(linked, {name: pickle.dumps(known, protocol=5) for name, known in kernels.items()})


def _is_python(name: str) -> bool:
    return name.startswith(_PYTHON)


def _map(path: Path) -> Mapping[Key, Entry]:
    """Map what is linked; nothing where there is none, or the system allows no such memory."""
    try:
        image = pickle.loads(path.read_bytes())  # noqa: S301 - as trusted as the code beside it
        return _Mapped(image) if isinstance(image, _Image) and can_map() else {}
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError):
        return {}


class _Mapped(Mapping[Key, Entry]):
    """Kernels in mapped memory; what is noted of one is read when it is first called."""

    def __init__(self, image: _Image) -> None:
        self._image = image
        self._address, memory = map_code(image.linked, _find_in_library)
        self._known: dict[str, Mapping[Any, tuple[str, str, bool]]] = {}
        _ENGINES.append(memory)

    def __getitem__(self, key: Key) -> Entry:
        symbol, result, is_tuple = self._read(key[0])[key[1]]
        return enter(self._address + self._image.linked.entries[symbol], key, result, is_tuple)

    def _read(self, name: str) -> Mapping[Any, tuple[str, str, bool]]:
        if name not in self._known:
            self._known[name] = pickle.loads(self._image.kernels[name])  # noqa: S301 - see _map
        return self._known[name]

    def __iter__(self) -> Iterator[Key]:
        return ((name, kinds) for name in self._image.kernels for kinds in self._read(name))

    def __len__(self) -> int:
        return len(self._image.kernels)


def _find_in_library(name: str) -> int:
    """Address of a function of C's library."""
    return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value or 0


def _link(content: Mapping[Key, Native]) -> dict[Key, Entry]:
    """Let LLVM give the code addresses."""
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
    return {key: enter(addresses[key], key, native.result, native.is_tuple) for key, native in content.items()}


def _define(name: str) -> str:
    """Write a function that object code calls, in LLVM's language; as long as one is missing LLVM links none.

    Numba's own functions are called from Python's side of a kernel only, which nobody calls: here they trap.
    """
    if _is_python(name):
        return f"define void @{name}() {{\n  call void @llvm.trap()\n  unreachable\n}}\n"
    address = _find_in_library(name)
    given, result = ("ptr %a, i32 %b, i64 %c" if name == "memset" else "ptr %a, ptr %b, i64 %c"), _LIBRARY[name]
    return (
        f"define {result} @{name}({given}) {{\n  %f = inttoptr i64 {address} to ptr\n"
        f"  %r = call {result} %f({given})\n  ret {result} %r\n}}\n"
    )
