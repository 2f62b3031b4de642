"""Names of functions, exceptions and sub-functions."""

from __future__ import annotations

import re

import pytest

from parsers.modbus_frame import is_code_common
from parsers.modbus_names import (
    CATEGORIES,
    DIAGNOSTICS,
    EXCEPTION_NAMES,
    EXCEPTIONS,
    FUNCTION_CATEGORIES,
    FUNCTION_NAMES,
    FUNCTIONS,
    UMAS,
    UMAS_NAMES,
)


@pytest.mark.parametrize("names", [FUNCTIONS, EXCEPTIONS, DIAGNOSTICS, UMAS])
def test_names_are_distinct_snake_case(names: dict[int, str]) -> None:
    """No two codes share a name, and all read alike."""
    assert len(set(names.values())) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in names.values())


def test_every_code_has_a_name() -> None:
    """Codes that the standard does not name are numbered."""
    assert (len(FUNCTION_NAMES), len(EXCEPTION_NAMES), len(UMAS_NAMES)) == (128, 256, 256)
    assert (FUNCTION_NAMES[3], FUNCTION_NAMES[99]) == ("read_holding_registers", "function_99")
    assert (EXCEPTION_NAMES[2], EXCEPTION_NAMES[99]) == ("illegal_data_address", "exception_99")
    assert UMAS_NAMES[0xFF] == "umas_255"


def test_every_named_function_has_a_category() -> None:
    """Named functions are sorted; user-defined ranges (V1.1b3 §5.1) are the vendor's; the rest is undefined."""
    found = {code: CATEGORIES[index] for code, index in enumerate(FUNCTION_CATEGORIES)}
    assert all(found[code] != "undefined" for code in FUNCTIONS)
    assert {found[code] for code in (65, 72, 100, 110, 90)} == {"vendor"}
    assert {found[code] for code in (0, 9, 64, 73, 99, 111, 127)} == {"undefined"}
    assert [code for code, name in found.items() if "write" in name] == [5, 6, 15, 16, 22, 23]


def test_named_functions_are_those_recognised() -> None:
    """What counts as evidence on an unknown port is what has a name."""
    assert {code for code in range(128) if is_code_common(code)} == set(FUNCTIONS)
