"""Linking once: the mapped code computes what the objects say, and what cannot be linked is told."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable

import llvmlite.binding as llvm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wanglou.kernel_linkage import Linked, Unlinkable, can_map, link, map_code
from wanglou.object_code import read_object

pytestmark = pytest.mark.skipif(not can_map(), reason="the piece is for Linux on x86-64")

_CODE = """
@table = private constant [3 x i64] [i64 11, i64 22, i64 33]
@where = private constant ptr @inside
declare ptr @memset(ptr, i32, i64)
declare void @PyErr_Clear()
define internal i64 @inside(i64 %n) noinline {
  %p = getelementptr [3 x i64], ptr @table, i64 0, i64 %n
  %v = load volatile i64, ptr %p
  ret i64 %v
}
define i64 @NAME(ptr %room, i64 %n) {
  call ptr @memset(ptr %room, i32 7, i64 %n)
  %f = load volatile ptr, ptr @where
  %r = call i64 %f(i64 %n)
  ret i64 %r
}
define void @unused_NAME() {
  call void @PyErr_Clear()
  ret void
}
"""


def compile_code(name: str, model: str = "large", code: str = _CODE) -> bytes:
    """Object code of a function of that name."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(codemodel=model, reloc="static")
    return bytes(machine.emit_object(llvm.parse_assembly(code.replace("NAME", name))))


def link_code(objects: dict[str, bytes]) -> Linked:
    """Link with what these objects call."""
    return link(objects, {"memset"}, lambda name: name.startswith("Py"))


def address_of(name: str) -> int:
    """Address of a function of C's library."""
    return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value or 0


def test_mapped_code_runs() -> None:
    """Constants, calls inside and calls of C's library go where they should, in every object."""
    linked = link_code({name: compile_code(name) for name in ("first", "second")})
    address, memory = map_code(linked, address_of)
    prototype: Callable[[int], Callable[..., int]] = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)
    for name in ("first", "second"):
        room = ctypes.create_string_buffer(4)
        call = prototype(address + linked.entries[name])
        assert [call(ctypes.addressof(room), n) for n in range(3)] == [11, 22, 33]
        assert room.raw == b"\7\7\0\0"
    assert len(memory) == len(linked.content)


def test_what_is_not_absolute_is_left() -> None:
    """Code of the small model refers to what is near it: LLVM links that."""
    with pytest.raises(Unlinkable, match="a relocation of the kind"):
        link_code({"first": compile_code("first", "small")})


def test_names_nobody_has() -> None:
    """A function that is neither C's nor a trap, or that the object lacks, is told."""
    with pytest.raises(Unlinkable, match="memset"):
        link({"first": compile_code("first")}, (), lambda name: name.startswith("Py"))
    with pytest.raises(Unlinkable, match="no function other"):
        link_code({"other": compile_code("first")})


def test_a_relocation_beyond_its_section() -> None:
    """An object whose relocations lie outside of what they change is no object code."""
    code = bytearray(compile_code("first"))
    section, at, *_ = read_object(bytes(code)).relocations[0]
    size = len(read_object(bytes(code)).sections[section].content)
    found = code.index(struct.pack("<QI", at, 1))
    struct.pack_into("<Q", code, found, size)
    with pytest.raises(ValueError, match="outside of its section"):
        link_code({"first": bytes(code)})


@settings(max_examples=60)
@given(st.integers(0, 3000), st.binary(max_size=8))
def test_damaged_objects_raise_nothing_else(at: int, damage: bytes) -> None:
    """Whatever is damaged, there is a piece or one of the two errors."""
    code = compile_code("first")
    try:
        linked = link_code({"first": code[:at] + damage + code[at + len(damage) :]})
    except (ValueError, Unlinkable):
        return
    assert all(0 < position < len(linked.content) for position in linked.entries.values())
