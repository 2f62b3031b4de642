"""Facts about ``detection.sigma``: the condition grammar, and faults with their lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detection.ruleset import load_rules
from tests.support.rules import detect, faults, load, rule, table, write_rules
from wanglou.errors import FaultsError

RECORDS: tuple[dict[str, Any], ...] = (
    {"modbus.unit_id": 1, "modbus.function.name": "Read_Coils", "source.ip": "10.0.0.1"},
    {"modbus.unit_id": 2, "modbus.function.name": "write_coil", "source.ip": "10.0.0.200"},
    {"modbus.function.name": "write_file", "source.ip": "10.0.1.1", "modbus.request.values": [1, 2, 3]},
    {"modbus.unit_id": 4},
)


def matched(folder: Path, detection: dict[str, Any]) -> list[int]:
    """Give the positions of the records a selection matches."""
    rules = load(folder, rule(detection=detection))
    return [position for position, record in enumerate(RECORDS) if detect(rules, [table(record)])]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("one", [0]),
        ("not one", [1, 2, 3]),
        ("one or two", [0, 1]),
        ("write and not two", [2]),
        ("write and two or one", [0, 1]),
        ("write and (two or one)", [1]),
        ("1 of w*", [1, 2]),
        ("any of them", [0, 1, 2]),
        ("all of t*", [1]),
        ("all of them", []),
        ("not 1 of them", [3]),
        (["one", "write"], [0, 1, 2]),
    ],
)
def test_condition_grammar(tmp_path: Path, condition: Any, expected: list[int]) -> None:
    """And, or, not, parentheses, selectors and several conditions mean what Sigma says."""
    selections = {
        "one": {"modbus.unit_id": 1},
        "two": {"modbus.unit_id": 2},
        "write": {"modbus.function.name|startswith": "write"},
    }

    assert matched(tmp_path, {**selections, "condition": condition}) == expected


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"modbus.unit_id": [1, 4]}, [0, 3]),
        ({"modbus.unit_id": 2, "modbus.function.name": "WRITE_COIL"}, [1]),
        ([{"modbus.unit_id": 1}, {"modbus.function.name": "write_file"}], [0, 2]),
        ({"modbus.unit_id": None}, [2]),
        ({"modbus.unit_id|exists": False}, [2]),
        ({"modbus.unit_id|neq": 1}, [1, 2, 3]),
        ({"modbus.unit_id|gte": 2, "modbus.unit_id|lt": 4}, [1]),
        ({"modbus.function.name|cased": "Read_Coils"}, [0]),
        ({"modbus.function.name|cased": "read_coils"}, []),
        ({"modbus.function.name": "write_?o*"}, [1]),
        ({"modbus.function.name|re": "^write_(coil|file)$"}, [1, 2]),
        ({"modbus.function.name|re": "WRITE"}, []),
        ({"modbus.function.name|re|i": "WRITE"}, [1, 2]),
        ({"modbus.function.name|contains|all": ["rite", "fil"]}, [2]),
        ({"modbus.function.name|endswith": ["coil", "coils"]}, [0, 1]),
        ({"source.ip|cidr": "10.0.0.0/25"}, [0]),
        ({"modbus.request.values": 3}, [2]),
        ({"modbus.request.values|all": [1, 3]}, [2]),
        ({"modbus.request.values|all": [1, 9]}, []),
        ({"modbus.request.values|gt": 3}, []),
        ({"modbus.unit_id|fieldref": "modbus.unit_id"}, [0, 1, 3]),
        ({"modbus.function.name": "*"}, [0, 1, 2]),
    ],
)
def test_selections(tmp_path: Path, selection: Any, expected: list[int]) -> None:
    """Lists are or, maps are and; every supported modifier, and missing values, behave as specified."""
    assert matched(tmp_path, {"selection": selection, "condition": "selection"}) == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"detection": {"s": {"modbus.unitid": 1}, "condition": "s"}}, "unknown field 'modbus.unitid'; did you mean"),
        ({"detection": {"s": {"modbus.unit_id|windash": 1}, "condition": "s"}}, "modifier 'windash' is not supported"),
        ({"detection": {"s": {"modbus.unit_id|gtr": 1}, "condition": "s"}}, "unknown modifier 'gtr'; did you mean"),
        ({"detection": {"s": {"source.ip|i": "x"}, "condition": "s"}}, "modifier 'i' only goes with 're'"),
        ({"detection": {"s": {"source.ip|re|contains": "x"}, "condition": "s"}}, "does not go with 're'"),
        ({"detection": {"s": {"modbus.unit_id": "one"}, "condition": "s"}}, "text 'one' does not fit modbus.unit_id"),
        ({"detection": {"s": {"modbus.unit_id|contains": "1"}, "condition": "s"}}, "does not fit modbus.unit_id"),
        ({"detection": {"s": {"source.ip": 10}, "condition": "s"}}, "quote the value"),
        ({"detection": {"s": {"source.ip|gt": 10}, "condition": "s"}}, "modifier 'gt' does not fit source.ip"),
        ({"detection": {"s": {"source.ip|cidr": "10.0.0.1/8"}, "condition": "s"}}, "Invalid CIDR"),
        ({"detection": {"s": {"source.ip|re": "("}, "condition": "s"}}, "is invalid"),
        ({"detection": {"s": {"modbus.unit_id": True}, "condition": "s"}}, "true does not fit modbus.unit_id"),
        ({"detection": {"s": {"modbus.unit_id": {"a": 1}}, "condition": "s"}}, "a value must be text, a number"),
        ({"detection": {"s": {"modbus.unit_id": []}, "condition": "s"}}, "an empty list matches nothing"),
        ({"detection": {"s": {"source.ip|fieldref": "x"}, "condition": "s"}}, "unknown field 'x'"),
        ({"detection": {"s": {"source.ip|fieldref": "modbus.unit_id"}, "condition": "s"}}, "cannot be compared"),
        ({"detection": {"s": {"source.ip|exists": "yes"}, "condition": "s"}}, "incompatible to value type"),
        ({"detection": {"s": ["10.0.0.1"], "condition": "s"}}, "keyword search is not supported"),
        ({"detection": {"s": {"|contains": "x"}, "condition": "s"}}, "keyword search is not supported"),
        ({"detection": {"s": {"modbus.unit_id": 1}, "condition": "t"}}, "'t', which is not defined"),
        ({"detection": {"s": {"modbus.unit_id": 1}, "condition": "1 of t*"}}, "'t*', which is not defined"),
        (
            {"detection": {"s": {"modbus.unit_id": 1}, "condition": "s and"}},
            "from character 6 on: something is missing",
        ),
        ({"detection": {"s": {"modbus.unit_id": 1}, "condition": "s s"}}, "from character 3 on: 's'"),
        ({"detection": {"s": {"modbus.unit_id": 1}, "condition": "s | count() > 5"}}, "pipe syntax"),
        ({"detection": {"s": {"modbus.unit_id": 1}}}, "'condition' must be a text"),
        ({"detection": {"s": {"modbus.unit_id": 1}, "condition": "not " * 400 + "s"}}, "nested too deeply"),
        ({"detection": {"s": {"modbus.unit_id": 1}, "condition": "(" * 30 + "s" + ")" * 30}}, "at most 2000"),
        ({"detection": None}, "'detection' is missing"),
        ({"logsource": {"product": "zeek", "service": "modbus"}}, "'product' must be wanglou"),
        (
            {"logsource": {"product": "wanglou", "service": "modbuss"}},
            "unknown dataset 'modbuss'; did you mean 'modbus'",
        ),
        ({"id": "not-a-uuid"}, "'id' must be a UUID"),
        ({"id": 5}, "'id' must be text"),
        ({"title": None}, "'title' is missing"),
        ({"title": "x" * 300}, "title length"),
        ({"level": "hihg"}, "'level' must be one of"),
        ({"status": "stabel"}, "did you mean 'stable'"),
        ({"date": "yesterday"}, "is invalid, use yyyy-mm-dd"),
        ({"tags": ["nonsense"]}, "tag"),
        ({"tagz": []}, "unknown key 'tagz'; did you mean 'tags'"),
    ],
)
def test_faults(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """Every wrong part of a rule is refused with a message that names it."""
    assert any(message in fault for fault in faults(tmp_path, rule(**changes))), faults(tmp_path, rule(**changes))


def test_faults_have_the_line_of_the_key(tmp_path: Path) -> None:
    """All faults of a file are collected, each with its own line."""
    path = write_rules(tmp_path, rule())
    lines = path.read_text().splitlines()
    changed = [line.replace('"modbus.unit_id": 1\n', "x") for line in lines]
    field = next(number for number, line in enumerate(changed, 1) if '"modbus.unit_id": 1' in line)
    changed[field - 1] = '   "modbus.unit|lt|wide": 1, "source.ip|gt|gt": 2'
    path.write_text("\n".join(changed).replace('"level": "high"', '"level": "top"'))
    level = next(number for number, line in enumerate(path.read_text().splitlines(), 1) if '"level"' in line)
    with pytest.raises(FaultsError) as caught:
        load_rules([tmp_path], None)

    assert [fault.line for fault in caught.value.faults] == [field, field, field, level]
    assert str(caught.value.faults[0]).startswith(f"{path}:{field}: ")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 300) | st.floats() | st.text(max_size=4) | st.just("%list%"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)
KEYS = st.builds(
    lambda field, modifiers: "|".join([field, *modifiers]),
    st.sampled_from(["modbus.unit_id", "source.ip", "modbus.request.values", "wanglou.site.safety", "", "x"]),
    st.lists(
        st.sampled_from(
            ["re", "i", "contains", "all", "cidr", "gt", "exists", "expand", "neq", "fieldref", "cased", "wide"]
        ),
        max_size=3,
    ),
)
CONDITIONS = st.lists(
    st.sampled_from(["a", "b", "not", "and", "or", "(", ")", "1 of", "all of", "them", "a*"]), max_size=6
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS, VALUES, max_size=3), VALUES, CONDITIONS)
def test_any_detection_loads_or_is_refused(
    tmp_path: Path, selection: dict[str, Any], other: Any, condition: list[str]
) -> None:
    """Whatever a file holds under ``detection``, the answer is a rule or faults."""
    told = faults(tmp_path, rule(detection={"a": selection, "b": other, "condition": " ".join(condition)}))

    assert all(isinstance(message, str) and message for message in told)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(list(rule())), VALUES)
def test_any_value_of_a_key_loads_or_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    """Whatever stands under one key of a rule, the answer is a rule or faults."""
    told = faults(tmp_path, {**rule(), key: value})

    assert all(isinstance(message, str) and message for message in told)
