"""Which names object code (ELF, 64 bits, little-endian) calls that are not in it.

Standard: System V ABI, chapter 4 (object files): file header, section headers, symbol table.
"""

from __future__ import annotations

import struct

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_SYMBOL_TABLE, _UNDEFINED = 2, 0


def list_undefined(code: bytes) -> set[str]:
    """List the names that ``code`` leaves to whoever links it; raises ValueError for what is no such object code."""
    if code[:6] != b"\x7fELF\x02\x01" or len(code) < 64:
        raise ValueError("no ELF object code of 64 bits, little-endian")
    (start,), (size, count) = struct.unpack_from("<Q", code, 0x28), struct.unpack_from("<HH", code, 0x3A)
    if size != _SECTION.size or start + size * count > len(code):
        raise ValueError("the section headers are not where the file header says")
    sections = [_SECTION.unpack_from(code, start + size * number) for number in range(count)]
    found: set[str] = set()
    for section in sections:
        if section[1] == _SYMBOL_TABLE:
            if section[6] >= count or section[5] % _SYMBOL.size:
                raise ValueError("a symbol table is not whole")
            names = sections[section[6]]
            found |= _read_undefined(code[section[4] : section[4] + section[5]], code[names[4] : names[4] + names[5]])
    return found


def _read_undefined(symbols: bytes, names: bytes) -> set[str]:
    entries = list(_SYMBOL.iter_unpack(symbols))
    undefined = (name for name, _, _, section, _, _ in entries if section == _UNDEFINED and name)
    return {names[name : names.index(b"\0", name)].decode("ascii") for name in undefined}
