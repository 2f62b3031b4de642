"""The tables of structures made into a program."""

from __future__ import annotations

import pytest

from parsers.opcua_program import (
    CODE,
    IS_ARRAY,
    PROGRAM,
    STRUCTURE,
    STRUCTURE_NUMBERS,
    TAG,
    TAGS,
    TYPE_NAMES,
    _Compiler,
    compile_program,
)
from parsers.opcua_schema import OPCUA
from parsers.opcua_services import REPLIES, REQUESTS
from parsers.opcua_types import EXTENSIONS, STRUCTURES


def test_steps_lead_to_structures_that_are_there() -> None:
    """No step names a structure beyond the last, and every structure's steps are in order."""
    codes = PROGRAM.steps[:, CODE]
    assert codes.max() < STRUCTURE + len(PROGRAM.begins)
    assert (PROGRAM.begins <= PROGRAM.ends).all()
    assert PROGRAM.ends[-1] == len(PROGRAM.steps)


def test_every_column_named_is_in_the_schema() -> None:
    """Tags stand for columns, and a column of one value is never fed by an array."""
    kinds = {
        TAGS[name]: kind
        for name, kind in ((f.name.removeprefix("opcua."), f.kind) for f in OPCUA.fields)
        if name in TAGS
    }
    for step in PROGRAM.steps.tolist():
        if step[TAG]:
            assert step[TAG] in kinds
            assert not (step[IS_ARRAY] and kinds[step[TAG]] not in ("longs", "doubles", "keywords"))


def test_every_column_that_is_read_from_bodies_is_named() -> None:
    """What no table names is made elsewhere."""
    text = f"{STRUCTURES}{EXTENSIONS}{REQUESTS}{REPLIES}"
    elsewhere = {name for name in TAGS if f">{name}" not in text and f"#{name}" not in text}
    headers = {
        name for name in elsewhere if name.startswith(("request.", "response.", "security.", "service.", "status."))
    }
    certificates = {name for name in elsewhere if ".certificate." in name}
    assert elsewhere - headers - certificates == {
        "message.type", "cut", "opaque", "channel.id", "token.id", "numbers", "types", "input_types", "output_types",
    }  # fmt: skip


def test_names_and_numbers() -> None:
    """Built-in types have the numbers of the standard (10000-6 §5.1.2)."""
    assert [TYPE_NAMES.index(name) for name in ("Boolean", "String", "Variant", "DiagnosticInfo")] == [1, 12, 24, 25]
    assert "DataValue" in STRUCTURE_NUMBERS


def test_compiling_twice_is_the_same() -> None:
    """Numbers do not depend on the process, because kernels are kept between processes."""
    program, numbers = compile_program()
    assert (program.steps == PROGRAM.steps).all()
    assert numbers == STRUCTURE_NUMBERS


def test_what_is_no_member_is_refused() -> None:
    """A slip in a table is noticed when it is read."""
    with pytest.raises(ValueError, match="Int32>>nodes"):
        _Compiler().add("Int32>>nodes")
    with pytest.raises(KeyError):
        _Compiler().add("Nothing")
    with pytest.raises(KeyError):
        _Compiler().add("Int32>no.such.column")
