"""Values that devices told: registers of Modbus, nodes of OPC UA, topics of MQTT, each with its latest values."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from correlation.alert_filter import any_of, find_field, in_period, in_scope, join, of_enterprise
from correlation.asset import Asset
from correlation.query_tree import Equal, Exists, Node
from correlation.record import read_records
from correlation.scoping import Enterprises
from correlation.store import Groups, Store, Terms, Value

Source = Literal["modbus", "opcua", "mqtt"]
SOURCES: tuple[Source, ...] = get_args(Source)
MOST_POINTS = 100
"""Points of one protocol that are listed."""
MOST_VALUES = 200
"""Values of one point that are given, the latest."""
MOST_JSON = 65_536
"""Characters of a payload that are read as JSON."""


@dataclass(frozen=True, slots=True)
class PointName:
    """One register, coil, node or topic of an asset."""

    source: Source
    name: str
    """Of Modbus ``unit/function/address``, the node id, or the topic."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point, and how many records tell of it."""

    point: PointName
    records: int
    width: int
    """Registers or coils asked for together; 1 for others."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value at one time."""

    at_ns: int
    value: float


def list_points(
    store: Store,
    asset: Asset,
    *,
    start_ns: int | None = None,
    end_ns: int | None = None,
    enterprises: Enterprises = None,
) -> list[Point]:
    """List what an asset was asked for or told in a period, the most frequent first within each protocol."""
    points: list[Point] = []
    for source in SOURCES:
        node = _of_asset(store, source, asset, start_ns, end_ns, enterprises)
        points += _LISTERS[source](store, node)
    return points


def _of_asset(
    store: Store, source: str, asset: Asset, start_ns: int | None, end_ns: int | None, enterprises: Enterprises
) -> Node:
    """Ask for the records of a protocol that the asset answered; of MQTT those that it published."""
    end = "source.ip" if source == "mqtt" else "destination.ip"
    return join(
        in_scope(store, source, enterprises),
        in_period(store.datasets[source], start_ns, end_ns),
        of_enterprise(store, source, asset.enterprise),
        any_of(find_field(store, source, end), asset.addresses),
    )


def _list_registers(store: Store, node: Node) -> list[Point]:
    fields = ("modbus.unit_id", "modbus.function.name", "modbus.request.address", "modbus.request.quantity")
    node = join(node, Exists(find_field(store, "modbus", "modbus.request.address")))
    return [
        Point(
            PointName("modbus", "/".join(str(key) for key in one.keys[:3])), int(one.value), int(str(one.keys[3] or 1))
        )
        for one in store.aggregate("modbus", Groups(fields, MOST_POINTS), node)
    ]


def _list_values(source: Source, field: str) -> Callable[[Store, Node], list[Point]]:
    def find(store: Store, node: Node) -> list[Point]:
        found = store.aggregate(source, Terms(field, MOST_POINTS), node)
        return [Point(PointName(source, str(one.key)), int(one.value), 1) for one in found]

    return find


_LISTERS: Mapping[Source, Callable[[Store, Node], list[Point]]] = {
    "modbus": _list_registers,
    "opcua": _list_values("opcua", "opcua.nodes"),
    "mqtt": _list_values("mqtt", "mqtt.topic"),
}


def read_values(
    store: Store,
    asset: Asset,
    point: PointName,
    *,
    place: int = 0,
    start_ns: int | None = None,
    end_ns: int | None = None,
    enterprises: Enterprises = None,
) -> list[Reading]:
    """Give the latest values of a point, the oldest first; of several registers that at ``place``.

    Values that are no finite number are left out.
    """
    node = _of_asset(store, point.source, asset, start_ns, end_ns, enterprises)
    asked = join(node, _is_point(store, point))
    readings = []
    for batch in store.search(point.source, asked, limit=MOST_VALUES):
        for record in read_records(batch):
            value = _READERS[point.source](record, point.name, place)
            if isinstance(value, int | float) and math.isfinite(value):
                readings.append(Reading(int(str(record["@timestamp"])), float(value)))
    return readings[::-1]


def _is_point(store: Store, point: PointName) -> Node:
    if point.source != "modbus":
        field = "opcua.nodes" if point.source == "opcua" else "mqtt.topic"
        return Equal(find_field(store, point.source, field), point.name)
    unit, function, address = (*point.name.split("/"), "", "")[:3]
    return join(
        Equal(find_field(store, "modbus", "modbus.function.name"), function),
        Equal(find_field(store, "modbus", "modbus.unit_id"), _number(unit)),
        Equal(find_field(store, "modbus", "modbus.request.address"), _number(address)),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


Record = Mapping[str, Value]


def _read_register(record: Record, _name: str, place: int) -> Any:
    values = record.get("modbus.response.values") or record.get("modbus.request.values")
    return values[place] if isinstance(values, list) and 0 <= place < len(values) else None


def _read_node(record: Record, name: str, _place: int) -> Any:
    nodes, numbers = record.get("opcua.nodes"), record.get("opcua.numbers")
    if not isinstance(nodes, list) or not isinstance(numbers, list) or name not in nodes:
        return None
    at = [str(node) for node in nodes].index(name)
    return numbers[at] if at < len(numbers) else None


def _read_topic(record: Record, _name: str, _place: int) -> Any:
    """Read a payload that is a number, or the first number of a JSON object."""
    text = str(record.get("mqtt.payload.sample", ""))[:MOST_JSON]
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _first_number(told)


def _first_number(told: Any) -> float | None:
    values = list(told.values()) if isinstance(told, dict) else [told]
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    try:
        return float(numbers[0]) if numbers else None
    except OverflowError:
        return None


_READERS: Mapping[Source, Callable[[Record, str, int], Any]] = {
    "modbus": _read_register,
    "opcua": _read_node,
    "mqtt": _read_topic,
}
