"""Registers, nodes and topics of bundled captures, with their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.readings import PointName, _first_number, list_points, read_values
from tests.support.desk import Desk, make_asset, open_desk
from tests.support.stores import read_all, take_captures, write


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a lake of bundled captures."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        for taken in take_captures():
            write(desk.lake, taken)
        yield desk


def at(record: dict[str, Any], end: str) -> Any:
    """Make the asset at one end of a record."""
    return replace(make_asset(1, record.get("organization.id", "")), addresses=(record[end],))


def test_registers(desk: Desk) -> None:
    """What was read of one register, by time."""
    record = next(one for one in read_all("modbus") if one.get("modbus.response.values"))
    asset, name = at(record, "destination.ip"), record["modbus.function.name"]
    address, unit = record["modbus.request.address"], record["modbus.unit_id"]
    point = PointName("modbus", f"{unit}/{name}/{address}")
    wanted = [
        (one["@timestamp"], float(one["modbus.response.values"][0]))
        for one in read_all("modbus")
        if one["destination.ip"] == record["destination.ip"]
        and (one.get("modbus.unit_id"), one.get("modbus.function.name")) == (unit, name)
        and one.get("modbus.request.address") == address
        and one.get("modbus.response.values")
    ]
    points = {one.point: one for one in list_points(desk.lake, asset)}
    assert points[point].records >= len(wanted)
    assert points[point].width == record["modbus.request.quantity"]
    found = read_values(desk.lake, asset, point)
    assert [(one.at_ns, one.value) for one in found] == sorted(wanted)[-200:]
    assert read_values(desk.lake, asset, point, place=10_000) == []
    assert read_values(desk.lake, asset, PointName("modbus", "x/y")) == []


def test_nodes_and_topics(desk: Desk) -> None:
    """Nodes that a server was asked for, topics that a client published."""
    record = next(
        one for one in read_all("opcua")
        if one.get("opcua.nodes") and any(number is not None for number in one.get("opcua.numbers", ()))
    )  # fmt: skip
    asset = at(record, "destination.ip")
    place = next(place for place, number in enumerate(record["opcua.numbers"]) if number is not None)
    point = PointName("opcua", record["opcua.nodes"][place])
    assert point in {one.point for one in list_points(desk.lake, asset)}
    assert record["@timestamp"] in {one.at_ns for one in read_values(desk.lake, asset, point)}
    record = next(one for one in read_all("mqtt") if one.get("mqtt.topic"))
    points = list_points(desk.lake, at(record, "source.ip"))
    assert PointName("mqtt", record["mqtt.topic"]) in {one.point for one in points}
    assert list_points(desk.lake, asset, enterprises=frozenset({"none"})) == []


@given(told=st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                         lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=9))  # fmt: skip
def test_payloads_give_a_number_or_none(told: Any) -> None:
    """Whatever JSON tells."""
    assert isinstance(_first_number(told), float | None)
