"""Reading object code (ELF, 64 bits, little-endian): its sections, symbols and relocations, and what it calls.

Standard: System V ABI, chapter 4 (object files): file header, section headers, symbol table, relocation with addends.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")
_PROGRAM, _SYMBOL_TABLE, _ADDENDS, _EMPTY, _NO_ADDENDS = 1, 2, 4, 8, 9
"""Types of sections: SHT_PROGBITS, SHT_SYMTAB, SHT_RELA, SHT_NOBITS, SHT_REL."""
_IN_MEMORY = 2
"""SHF_ALLOC."""
_UNDEFINED = 0
_MOST_BYTES = 1 << 30

Symbol = tuple[str, int, int]
"""Name, number of the section (0: it is elsewhere), position in it."""
Relocation = tuple[int, int, int, int, int]
"""Section, position in it, type, number of the symbol, addend."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the file."""

    is_loaded: bool
    """True for code and data; the tables for unwinding, which are of a type of their own, are not."""
    alignment: int
    content: bytes


@dataclass(frozen=True, slots=True)
class ObjectCode:
    """An object file."""

    sections: list[Section]
    symbols: list[Symbol]
    relocations: list[Relocation]


def list_undefined(code: bytes) -> set[str]:
    """List the names that ``code`` leaves to whoever links it; raises ValueError for what is no such object code."""
    return {name for name, section, _ in read_object(code).symbols if section == _UNDEFINED and name}


def read_object(code: bytes) -> ObjectCode:
    """Read an object file; raises ValueError for what is none."""
    if code[:6] != b"\x7fELF\x02\x01" or len(code) < 64:
        raise ValueError("no ELF object code of 64 bits, little-endian")
    (start,), (size, count) = struct.unpack_from("<Q", code, 0x28), struct.unpack_from("<HH", code, 0x3A)
    if size != _SECTION.size or start + size * count > len(code):
        raise ValueError("the section headers are not where the file header says")
    headers = [_SECTION.unpack_from(code, start + size * number) for number in range(count)]
    symbols: list[Symbol] = []
    relocations: list[Relocation] = []
    for header in headers:
        if header[1] == _SYMBOL_TABLE:
            if symbols or header[6] >= count or header[5] % _SYMBOL.size:
                raise ValueError("a symbol table is not whole, or not the only one")
            symbols += _read_symbols(_cut(code, header), _cut(code, headers[header[6]]))
        elif header[1] == _NO_ADDENDS:
            raise ValueError("relocations without addends")
        elif header[1] == _ADDENDS:
            relocations += _read_relocations(_cut(code, header), header[7])
    return ObjectCode([_read_section(code, header) for header in headers], symbols, relocations)


def _cut(code: bytes, header: tuple[int, ...]) -> bytes:
    return code[header[4] : header[4] + header[5]]


def _read_section(code: bytes, header: tuple[int, ...]) -> Section:
    is_loaded = header[1] in (_PROGRAM, _EMPTY) and bool(header[2] & _IN_MEMORY) and header[5] > 0
    if not is_loaded:
        return Section(is_loaded=False, alignment=1, content=b"")
    if header[8] > len(code) or header[5] > _MOST_BYTES:
        raise ValueError("a section is too large")
    content = bytes(header[5]) if header[1] == _EMPTY else _cut(code, header)
    if len(content) != header[5]:
        raise ValueError("a section is not whole")
    return Section(is_loaded=True, alignment=header[8], content=content)


def _read_symbols(symbols: bytes, names: bytes) -> Iterator[Symbol]:
    if len(symbols) % _SYMBOL.size:
        raise ValueError("the symbols are cut off")
    for name, _, _, section, value, _ in _SYMBOL.iter_unpack(symbols):
        yield names[name : names.index(b"\0", name)].decode("ascii"), section, value


def _read_relocations(entries: bytes, section: int) -> Iterator[Relocation]:
    if len(entries) % _RELOCATION.size:
        raise ValueError("relocations are not whole")
    for at, info, addend in _RELOCATION.iter_unpack(entries):
        yield section, at, info & 0xFFFFFFFF, info >> 32, addend
