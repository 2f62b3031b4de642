"""Linking once: object code of all kernels put together as one piece that a later process only has to map.

LLVM's linker takes some 80 ms of each start, half of it to be loaded. What it does is little: numba's code for x86-64
(the large code model) refers to everything by absolute addresses of 64 bits, in the object or outside. So the piece
holds every section at its place, addresses counted from the piece's beginning, and the list of places to which a
process adds where it mapped the piece. Object code that asks for anything else is left to LLVM.

Standard: System V ABI, AMD64 supplement 1.0, clause 4.4 (relocation); R_X86_64_64 is the word S + A.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from wanglou.object_code import ObjectCode, Symbol, read_object

_ABSOLUTE = 1
"""R_X86_64_64."""
_WORD, _ALIGNMENT = 8, 64
"""In bytes."""
_TRAP = b"\x0f\x0b"
"""UD2: what is not there cannot be called."""
_EXECUTED = 4
"""PROT_EXEC of Linux, which the module ``mmap`` has not on every system."""


class Unlinkable(Exception):  # noqa: N818 - it is no error: LLVM links
    """Object code that asks for more than adding up addresses."""


@dataclass(frozen=True, slots=True)
class Linked:
    """The piece: code and data of many objects."""

    content: bytes
    moves: bytes
    """Positions (int64) of words that hold a position in the piece and become addresses."""
    outside: Mapping[str, bytes]
    """By name of C's library, positions (int64) of words to which its address is added."""
    entries: Mapping[str, int]
    """Position of each function by its symbol."""


def can_map() -> bool:
    """True on the systems and processors that the piece is for."""
    return os.name == "posix" and hasattr(os, "uname") and tuple(os.uname())[::4] == ("Linux", "x86_64")


def link(objects: Mapping[str, bytes], outside: Container[str], is_trap: Callable[[str], bool]) -> Linked:
    """Put objects together; each gives the function that its key names.

    The names in ``outside`` are C's; what ``is_trap`` takes ends the process when it is called. Raises Unlinkable, or
    ValueError for what is no object code.
    """
    linker = _Linker(outside, is_trap)
    for symbol, code in objects.items():
        linker.add(symbol, read_object(code))
    packed = {name: _pack(words) for name, words in linker.outside.items()}
    return Linked(bytes(linker.content), _pack(linker.moves), packed, linker.entries)


class _Linker:
    """The piece while objects are put together."""

    def __init__(self, names: Container[str], is_trap: Callable[[str], bool]) -> None:
        """Begin with the trap, at 0."""
        self._names, self._is_trap = names, is_trap
        self.content = bytearray(_TRAP.ljust(_ALIGNMENT, b"\0"))
        self.moves: list[int] = []
        self.outside: dict[str, list[int]] = {}
        self.entries: dict[str, int] = {}

    def add(self, symbol: str, read: ObjectCode) -> None:
        """Append an object, and note where its function ``symbol`` is."""
        places = self._place(read)
        for section, at, kind, number, addend in read.relocations:
            if section not in places:
                continue
            if kind != _ABSOLUTE or number >= len(read.symbols):
                raise Unlinkable(f"a relocation of the kind {kind}")
            size = len(read.sections[section].content)
            if at > size - _WORD:
                raise ValueError("a relocation lies outside of its section")
            self._fill(places[section] + at, read.symbols[number], places, addend)
        defined = [found for found in read.symbols if found[0] == symbol and found[1] in places]
        if not defined or defined[0][2] >= len(read.sections[defined[0][1]].content):
            raise Unlinkable(f"no function {symbol}")
        self.entries[symbol] = places[defined[0][1]] + defined[0][2]

    def _place(self, read: ObjectCode) -> dict[int, int]:
        """Append the sections that belong into memory; gives their positions."""
        places = {}
        for number, section in enumerate(read.sections):
            if section.is_loaded:
                self.content.extend(bytes(-len(self.content) % max(section.alignment, _ALIGNMENT)))
                places[number] = len(self.content)
                self.content.extend(section.content)
        return places

    def _fill(self, word: int, symbol: Symbol, places: Mapping[int, int], addend: int) -> None:
        """Write what is known of an address at the position ``word``, and note what is to be added."""
        name, section, value = symbol
        if section in places:
            addend += places[section] + value
            self.moves.append(word)
        elif section == 0 and self._is_trap(name):
            self.moves.append(word)
        elif section == 0 and name in self._names:
            self.outside.setdefault(name, []).append(word)
        else:
            raise Unlinkable(f"the symbol {name!r} in section {section}")
        self.content[word : word + _WORD] = (addend % 2**64).to_bytes(_WORD, "little")


def _pack(words: list[int]) -> bytes:
    return np.array(words, dtype=np.int64).tobytes()


def map_code(linked: Linked, find: Callable[[str], int]) -> tuple[int, mmap.mmap]:
    """Put the piece into memory that can be executed and no longer written; gives its address, and what holds it.

    ``find`` gives the address of a function of C's library. Raises OSError where the system allows no such memory.
    """
    memory = mmap.mmap(-1, len(linked.content))
    memory[: len(linked.content)] = linked.content
    anchor = ctypes.c_char.from_buffer(memory)
    address = ctypes.addressof(anchor)
    code = np.frombuffer(memory, dtype=np.uint8)
    _add(code, linked.moves, address)
    for name, words in linked.outside.items():
        _add(code, words, find(name))
    library = ctypes.CDLL(None, use_errno=True)
    protect = library.mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if protect(address, len(linked.content), mmap.PROT_READ | _EXECUTED):
        raise OSError(ctypes.get_errno(), "no memory for machine code")
    return address, memory


def _add(code: np.ndarray[Any, np.dtype[np.uint8]], packed: bytes, address: int) -> None:
    """Add ``address`` to the words at those positions; each stands in one list only, once."""
    places = np.frombuffer(packed, dtype=np.int64)[:, None] + np.arange(_WORD)
    words = code[places].view(np.uint64)
    words += np.uint64(address)
    code[places] = words.view(np.uint8)
