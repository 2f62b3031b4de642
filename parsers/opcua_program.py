"""The tables of structures made into a program: arrays of steps that one kernel walks every body by.

A step reads one member; members of a structure are consecutive steps; what is kept is numbered by its column (a tag).
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from parsers.opcua_schema import OPCUA
from parsers.opcua_services import REPLIES, REQUESTS
from parsers.opcua_types import EXTENSIONS, STRUCTURES

(
    BOOLEAN, SBYTE, BYTE, INT16, UINT16, INT32, UINT32, INT64, UINT64, FLOAT, DOUBLE, STRING, DATE_TIME, GUID,
    BYTE_STRING, XML_ELEMENT, NODE_ID, EXPANDED_NODE_ID, STATUS_CODE, QUALIFIED_NAME, LOCALIZED_TEXT,
    EXTENSION_OBJECT, DATA_VALUE, VARIANT, DIAGNOSTIC_INFO,
) = range(1, 26)  # fmt: skip
"""Built-in types by the number they have in a Variant (OPC 10000-6 §5.1.2)."""
TYPE_NAMES = (
    "", "Boolean", "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double",
    "String", "DateTime", "Guid", "ByteString", "XmlElement", "NodeId", "ExpandedNodeId", "StatusCode",
    "QualifiedName", "LocalizedText", "ExtensionObject", "DataValue", "Variant", "DiagnosticInfo",
)  # fmt: skip

MASK, CONSTANT, SECRET, REST, STRUCTURE = 32, 33, 34, 35, 64
"""Steps that are no built-in type; a structure's step is STRUCTURE and its number."""

CODE, TAG, COUNT_TAG, BIT, IS_ARRAY, ALWAYS = range(6)
"""Columns of a step."""
STEP = 6

TYPE_IDS = 33_000
"""NodeIds below this are looked up; all encodings of the standard's messages are."""

_MEMBER = re.compile(r"(?:=(\d+)|(\w+))(\[\])?(?:\?(\d+))?(!)?(?:#([\w.]+))?(?:>([\w.]+))?$")

TAGS: dict[str, int] = {
    field.name.removeprefix("opcua."): number
    for number, field in enumerate(OPCUA.fields, start=1)
    if field.name.startswith("opcua.")
}
"""Number of each column ``opcua.<name>``; 0 stands for none."""


class Program(NamedTuple):
    """What the kernel walks by."""

    steps: NDArray[np.int32]
    """int32[n, STEP]."""
    begins: NDArray[np.int32]
    """int32[s]: first step of each structure."""
    ends: NDArray[np.int32]
    """int32[s]: where each structure's steps end."""
    messages: NDArray[np.int16]
    """int16[TYPE_IDS]: structure of the message with that encoding, -1: none."""
    extensions: NDArray[np.int16]
    """int16[TYPE_IDS]: structure of the ExtensionObject with that encoding, -1: none."""
    single: NDArray[np.int32]
    """int32[26]: for each built-in type the structure that is just one of it, and keeps nothing."""


class _Compiler:
    """Numbers structures and lays their steps one after the other."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.bodies: list[list[tuple[int, ...]]] = []
        self._lines = dict(line.split(" ", 1) for line in STRUCTURES.strip().splitlines() if line)

    def number(self, name: str) -> int:
        """Number of a structure of the tables, compiling it at first sight."""
        if name not in self.numbers:
            self.numbers[name] = self.add("")
            self.bodies[self.numbers[name]] = self._read(self._lines[name])
        return self.numbers[name]

    def add(self, members: str) -> int:
        """Compile a structure without a name."""
        self.bodies.append([])
        number = len(self.bodies) - 1
        self.bodies[number] = self._read(members)
        return number

    def _read(self, members: str) -> list[tuple[int, ...]]:
        return [self._read_member(member) for member in members.split()]

    def _read_member(self, member: str) -> tuple[int, ...]:
        """Step of a member."""
        found = _MEMBER.match(member)
        if not found:
            raise ValueError(member)
        constant, name, array, bit, always, count, column = found.groups()
        tag = TAGS[column] if column else 0
        code, item = (CONSTANT, int(constant)) if constant else (self._code(name), 0)
        if array and code in (EXTENSION_OBJECT, VARIANT):
            code, tag = STRUCTURE + self.add(f"{name}>{column}" if column else name), 0
        extra = item if constant else int(bit or 0)
        return code, tag, TAGS[count] if count else 0, extra, int(bool(array)), int(bool(always))

    def _code(self, name: str) -> int:
        """Code of a type's step."""
        special = {"Mask": MASK, "Secret": SECRET, "Rest": REST}
        if name in special:
            return special[name]
        if name in TYPE_NAMES and name not in ("DataValue", "DiagnosticInfo"):
            return TYPE_NAMES.index(name)
        return STRUCTURE + self.number(name)


def _read_bodies(table: str) -> dict[int, str]:
    """NodeId and members of each line."""
    return {int(line.split()[0]): line.partition(" ")[2] for line in table.strip().splitlines()}


def compile_program() -> tuple[Program, dict[str, int]]:
    """Program of all tables, and the numbers of the structures that have a name."""
    compiler = _Compiler()
    messages, extensions = np.full((2, TYPE_IDS), -1, dtype=np.int16)
    for header, table in (("RequestHeader", REQUESTS), ("ResponseHeader", REPLIES)):
        for type_id, members in _read_bodies(table).items():
            messages[type_id] = compiler.add(f"{header} {members}")
    for type_id, members in _read_bodies(EXTENSIONS).items():
        if type_id < TYPE_IDS:
            extensions[type_id] = compiler.add(members)
    for name in ("Hello", "Acknowledge", "Error", "ReverseHello", "Dimensions"):
        compiler.number(name)
    compiler.numbers[""] = compiler.add("")
    single = np.array([compiler.add(name) for name in TYPE_NAMES], dtype=np.int32)
    sizes = np.cumsum([0, *map(len, compiler.bodies)], dtype=np.int32)
    steps = np.array([step for body in compiler.bodies for step in body], dtype=np.int32).reshape(-1, STEP)
    return Program(steps, sizes[:-1].copy(), sizes[1:].copy(), messages, extensions, single), compiler.numbers


PROGRAM, STRUCTURE_NUMBERS = compile_program()
