"""What object code calls that is not in it."""

from __future__ import annotations

import llvmlite.binding as llvm
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wanglou.object_code import list_undefined

_CALLS = """
declare void @elsewhere(i64)
declare i64 @never_called(i64)
define i64 @inside(i64 %n) { ret i64 %n }
define i64 @entry(i64 %n) {
  call void @elsewhere(i64 %n)
  %r = call i64 @inside(i64 %n)
  ret i64 %r
}
"""


def compile_calls() -> bytes:
    """Object code of a function that calls another one and a third that is not there."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    return bytes(machine.emit_object(llvm.parse_assembly(_CALLS)))


def test_what_is_called_elsewhere() -> None:
    """Only names that are called and not defined are listed."""
    assert list_undefined(compile_calls()) == {"elsewhere"}


@pytest.mark.parametrize("code", [b"", b"\x7fELF\x01\x01" + bytes(100), b"\x7fELF\x02\x01" + b"\xff" * 100])
def test_what_is_no_object_code(code: bytes) -> None:
    """Other bytes raise ValueError."""
    with pytest.raises(ValueError, match=r"object code|section headers"):
        list_undefined(code)


@given(st.integers(0, 1500), st.binary(max_size=8))
@example(1105, b"\x01\x0e")
def test_damaged_code_raises_nothing_else(at: int, damage: bytes) -> None:
    """Whatever is damaged, names come out or ValueError is raised."""
    code = compile_calls()
    try:
        names = list_undefined(code[:at] + damage + code[at + len(damage) :])
    except ValueError:
        return
    assert all(isinstance(name, str) for name in names)
