"""The declarations of all columns."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pyarrow as pa
import pytest

from parsers.schema import COMMON, DATASETS, FLOW, MODBUS, Dataset

OWN = (
    "modbus.", "opcua.", "mqtt.", "dns.", "handle.", "http.", "tls.", "identifier.", "asset.", "flow.", "wanglou.",
)  # fmt: skip
"""Objects that are ours, or that we add to: what ECS names in them is as ECS says."""
FIXED = (
    "modbus.transaction_id", "modbus.protocol_id", "modbus.unit_id", "modbus.function.code", "modbus.function.name",
    "modbus.request.address", "modbus.request.quantity", "modbus.request.values", "modbus.response.values",
    "modbus.exception.code", "modbus.exception.name",
)  # fmt: skip
"""Names that other programs read."""


@pytest.fixture(params=list(DATASETS.values()), ids=list(DATASETS))
def dataset(request: pytest.FixtureRequest) -> Dataset:
    """Give each dataset in turn."""
    found: Dataset = request.param
    return found


def test_names_are_unique_and_dotted(dataset: Dataset) -> None:
    """No two columns share a name, and names are lower case words."""
    names = [field.name for field in dataset.fields]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"@?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", name) for name in names)


def test_no_name_is_an_object_of_another(dataset: Dataset) -> None:
    """A name cannot be a value and an object at once: index templates would refuse that."""
    names = {field.name for field in dataset.fields}
    assert not {name for name in names for other in names if other.startswith(f"{name}.")}


def test_every_column_is_described(dataset: Dataset) -> None:
    """Each column has a sentence; durations and sizes have units."""
    assert re.fullmatch(r"[^\s].*\.", dataset.meaning)
    for field in dataset.fields:
        assert re.fullmatch(r"[^\s].*\.", field.meaning), field.name
        if field.kind == "duration" or field.name.endswith("bytes"):
            assert field.unit, field.name


def test_common_columns_come_first(dataset: Dataset) -> None:
    """All datasets begin alike."""
    assert dataset.fields[: len(COMMON)] == COMMON


def test_a_dataset_is_found_by_its_name() -> None:
    """The registry's keys are the datasets' names, and a column is found in its dataset."""
    assert all(name == dataset.name for name, dataset in DATASETS.items())
    assert {"flow", "modbus", "opcua", "mqtt", "dns", "handle", "http", "tls", "identifier", "asset"} == set(DATASETS)
    unit = MODBUS.field("modbus.unit_id")
    assert unit is not None
    assert unit.arrow == pa.uint8()
    assert FLOW.field("modbus.unit_id") is None


def test_what_is_derived_is_not_kept(dataset: Dataset) -> None:
    """The Arrow schema has every column but the derived ones, in order."""
    assert dataset.arrow.names == [field.name for field in dataset.fields if not field.derived]
    assert "event.id" not in dataset.arrow.names


def test_names_that_other_programs_read() -> None:
    """The names that were fixed are there."""
    assert set(FIXED) <= {field.name for field in MODBUS.fields}


def test_large_lists_stay_narrow() -> None:
    """Register values and coils are 16 bit; other lists are 64 bit."""
    kinds = {field.name: field.arrow for field in MODBUS.fields if field.kind == "longs"}
    assert kinds.pop("modbus.request.values") == kinds.pop("modbus.response.values") == pa.list_(pa.uint16())
    assert set(kinds.values()) == {pa.list_(pa.int64())}


def test_ecs_names_are_ecs(dataset: Dataset, shared: Path) -> None:
    """Every name outside our own objects is a field of ECS 9 of a fitting type."""
    with (shared / "standards" / "ecs_9.5_fields.csv").open(newline="") as file:
        kinds = {row["Field"]: row["Type"] for row in csv.DictReader(file)}
    fitting = {
        "time": {"date"}, "duration": {"long"}, "ip": {"ip"}, "keyword": {"keyword", "wildcard"},
        "text": {"match_only_text"},
        "long": {"long"}, "u8": {"long", "keyword"}, "u16": {"long", "keyword"}, "u32": {"long"},
        "double": {"float"}, "boolean": {"boolean"}, "keywords": {"keyword", "ip"}, "longs": {"long"},
    }  # fmt: skip
    for field in dataset.fields:
        if field.name in kinds or not field.name.startswith(OWN):
            assert kinds.get(field.name) in fitting[field.kind], field.name
