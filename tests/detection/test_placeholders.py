"""Facts about ``detection.placeholders``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.rules import detect, faults, load, rule, table
from wanglou.site import Name, Site

SITE = Site(
    id="p",
    name=Name("p", "p"),
    lists={
        "stations": ("10.0.0.1", "10.0.1.0/24"),
        "units": (1, 2),
        "names": ("read_coils", "Write"),
        "many": tuple(f"n{number}" for number in range(1000)),
        "broken": ("10.0.0.0/99",),
    },
)
RECORDS = (
    {"source.ip": "10.0.0.1", "modbus.unit_id": 1, "modbus.function.name": "Read_Coils"},
    {"source.ip": "10.0.1.9", "modbus.unit_id": 3, "modbus.function.name": "write_many"},
    {"source.ip": "10.0.2.9", "modbus.unit_id": 2, "modbus.function.name": "n999"},
)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"source.ip|expand": "%stations%"}, [0, 1]),
        ({"modbus.unit_id|expand": "%units%"}, [0, 2]),
        ({"modbus.function.name|expand": "%names%"}, [0]),
        ({"modbus.function.name|startswith|expand": "%names%"}, [0, 1]),
        ({"modbus.function.name|expand": "%many%"}, [2]),
        ({"source.ip|expand": "%nobody%"}, []),
        ({"source.ip|expand|neq": "%nobody%"}, [0, 1, 2]),
        ({"source.ip|expand|neq": "%stations%"}, [2]),
    ],
)
def test_lists_of_the_site_file(tmp_path: Path, selection: dict[str, Any], expected: list[int]) -> None:
    """A placeholder stands for every value of the list: ranges on addresses, numbers on numbers; none when absent."""
    rules = load(tmp_path, rule(detection={"s": selection, "condition": "s"}), site=SITE)

    assert [place for place, record in enumerate(RECORDS) if detect(rules, [table(record)])] == expected


def test_without_a_site_file_every_list_is_empty(tmp_path: Path) -> None:
    """A rule that needs a list stays silent without a site file."""
    rules = load(tmp_path, rule(detection={"s": {"source.ip|expand": "%stations%"}, "condition": "s"}))

    assert detect(rules, [table(*RECORDS)]) == []


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"modbus.unit_id|expand": "%names%"}, "'read_coils' of the site's list 'names' does not fit modbus.unit_id"),
        ({"source.ip|expand": "%units%"}, "1 of the site's list 'units' does not fit source.ip"),
        ({"source.ip|expand": "%broken%"}, "'10.0.0.0/99' does not appear"),
        ({"modbus.function.name|contains|expand": "%many%"}, "exceeds maximum"),
    ],
)
def test_lists_that_do_not_fit(tmp_path: Path, selection: dict[str, Any], message: str) -> None:
    """A list of the wrong type, or too long inside other text, is a fault of the rule's line."""
    told = faults(tmp_path, rule(detection={"s": selection, "condition": "s"}), site=SITE)

    assert len(told) == 1
    assert message in told[0]
