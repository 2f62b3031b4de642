"""Made-up records of one day: flows, registers, nodes, topics, identifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from bench.console_park import Enterprise
from parsers.schema import DATASETS

FLOWS, READINGS, NAMES = 3_000, 2_000, 400
"""Records of a day of one enterprise: flows, readings of each protocol, identifiers."""
PAIRS = 6_000
"""Conversations of an enterprise."""
CONTROLLERS = 40
SERVICES = (
    (502, "tcp", "modbus"),
    (4840, "tcp", "opcua"),
    (1883, "tcp", "mqtt"),
    (53, "udp", "dns"),
    (2641, "tcp", "handle"),
    (443, "tcp", ""),
)


def make_records(
    enterprise: Enterprise, capture: str, start_ns: int, span_ns: int, chance: np.random.Generator
) -> dict[str, pa.Table]:
    """Make the tables of one capture."""
    made = {
        "flow": (FLOWS, _flows),
        "modbus": (READINGS, _registers),
        "opcua": (READINGS, _nodes),
        "mqtt": (READINGS, _topics),
        "handle": (NAMES, _handles),
        "identifier": (NAMES, _identifiers),
    }
    tables, first = {}, 0
    for name, (count, make) in made.items():
        times = np.sort(start_ns + chance.integers(0, span_ns, count))
        columns = {
            "@timestamp": times,
            "event.dataset": [name] * count,
            "observer.name": [f"sensor-{enterprise.name}"] * count,
            "organization.id": [enterprise.name] * count,
            "wanglou.capture": [capture] * count,
            "wanglou.packet": np.arange(first, first + count),
            "wanglou.packet_end": np.arange(first, first + count),
            "wanglou.pdu": np.zeros(count, np.int64),
            **make(enterprise, times, chance),
        }
        tables[name] = _make_table(name, count, columns)
        first += count
    return tables


def _make_table(name: str, count: int, columns: dict[str, Any]) -> pa.Table:
    arrays = []
    schema = DATASETS[name].arrow
    for field in schema:
        values = columns.get(field.name)
        if values is None:
            arrays.append(pa.nulls(count, field.type))
            continue
        column = values if isinstance(values, pa.Array) else pa.array(values)
        if pa.types.is_dictionary(field.type):
            column = column.dictionary_encode()
        arrays.append(column.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _conversations(enterprise: Enterprise) -> list[tuple[str, str, int, str, str]]:
    """The same pairs in every capture of an enterprise."""
    chance = np.random.default_rng(enterprise.number)
    count = len(enterprise.addresses)
    clients, servers = chance.integers(0, count, PAIRS), chance.integers(0, max(1, count // 4), PAIRS)
    kinds = chance.integers(0, len(SERVICES), PAIRS)
    return [
        (enterprise.addresses[client], enterprise.addresses[server], *SERVICES[kind])
        for client, server, kind in zip(clients.tolist(), servers.tolist(), kinds.tolist(), strict=True)
    ]


def _flows(enterprise: Enterprise, times: np.ndarray, chance: np.random.Generator) -> dict[str, Any]:
    pairs = _conversations(enterprise)
    chosen = [pairs[place] for place in np.minimum(chance.zipf(1.2, len(times)) - 1, PAIRS - 1).tolist()]
    packets = chance.integers(2, 5_000, len(times))
    sources, destinations, ports, transports, protocols = zip(*chosen, strict=True)
    return {
        "event.end": times + chance.integers(1, 3_600, len(times)) * 10**9,
        "source.ip": sources,
        "destination.ip": destinations,
        "destination.port": ports,
        "network.transport": transports,
        "network.protocol": [one or None for one in protocols],
        "network.type": ["ipv4"] * len(times),
        "network.packets": packets,
        "network.bytes": packets * 120,
        "source.packets": packets // 2,
        "destination.packets": packets - packets // 2,
        "flow.state": ["closed"] * len(times),
    }


def _ends(enterprise: Enterprise, servers: np.ndarray, port: int) -> dict[str, Any]:
    return {
        "source.ip": [enterprise.addresses[CONTROLLERS + one % 4] for one in servers.tolist()],
        "destination.ip": [enterprise.addresses[one] for one in servers.tolist()],
        "destination.port": [port] * len(servers),
        "network.transport": ["tcp"] * len(servers),
        "event.outcome": ["success"] * len(servers),
    }


def _wave(times: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Values that swing twice a day."""
    return np.asarray(2_000 + 300 * np.sin(times / (43_200 * 10**9) * 2 * np.pi + phase))


def _registers(enterprise: Enterprise, times: np.ndarray, chance: np.random.Generator) -> dict[str, Any]:
    servers = chance.integers(0, CONTROLLERS, len(times))
    starts = chance.integers(0, 4, len(times)) * 100
    values = (_wave(times, servers)[:, None] + np.arange(10)).astype(np.int64)
    return {
        **_ends(enterprise, servers, 502),
        "event.action": ["read_holding_registers"] * len(times),
        "modbus.unit_id": np.ones(len(times), np.uint8),
        "modbus.function.code": np.full(len(times), 3, np.uint8),
        "modbus.function.name": ["read_holding_registers"] * len(times),
        "modbus.function.category": ["read"] * len(times),
        "modbus.request.address": starts,
        "modbus.request.end_address": starts + 9,
        "modbus.request.quantity": np.full(len(times), 10),
        "modbus.response.values": pa.array(values.tolist()),
    }


def _nodes(enterprise: Enterprise, times: np.ndarray, chance: np.random.Generator) -> dict[str, Any]:
    servers = chance.integers(0, CONTROLLERS, len(times))
    waves = _wave(times, servers) / 10
    return {
        **_ends(enterprise, servers, 4840),
        "event.action": ["read"] * len(times),
        "opcua.service.name": ["read"] * len(times),
        "opcua.nodes": pa.array(
            [[f"ns=2;s=Line{one}.Temperature", f"ns=2;s=Line{one}.Pressure"] for one in servers.tolist()]
        ),
        "opcua.numbers": pa.array([[value, value / 3] for value in waves.tolist()]),
        "opcua.values": pa.array([[f"{value:.2f}", f"{value / 3:.2f}"] for value in waves.tolist()]),
    }


def _topics(enterprise: Enterprise, times: np.ndarray, chance: np.random.Generator) -> dict[str, Any]:
    devices = chance.integers(0, CONTROLLERS, len(times))
    waves = _wave(times, devices) / 100
    ends = _ends(enterprise, np.zeros(len(times), np.int64), 1883)
    return {
        **ends,
        "source.ip": [enterprise.addresses[one] for one in devices.tolist()],
        "event.action": ["publish"] * len(times),
        "mqtt.type": ["publish"] * len(times),
        "mqtt.topic": [f"{enterprise.name}/line{one}/flow" for one in devices.tolist()],
        "mqtt.payload.kind": ["json"] * len(times),
        "mqtt.payload.sample": [f'{{"value": {value:.3f}, "unit": "m3/h"}}' for value in waves.tolist()],
    }


def _handles(enterprise: Enterprise, times: np.ndarray, chance: np.random.Generator) -> dict[str, Any]:
    clients, objects = chance.integers(0, 200, len(times)), chance.integers(0, 5_000, len(times))
    is_change, failed = chance.random(len(times)) < 0.05, chance.random(len(times)) < 0.04
    prefixes = [f"88.{enterprise.number + 100}.{one % 7}" for one in objects.tolist()]
    return {
        "source.ip": [enterprise.addresses[one % len(enterprise.addresses)] for one in clients.tolist()],
        "destination.ip": [enterprise.addresses[0]] * len(times),
        "destination.port": [2641] * len(times),
        "event.outcome": ["failure" if one else "success" for one in failed.tolist()],
        "event.action": ["modify_value" if one else "resolution" for one in is_change.tolist()],
        "handle.op.name": ["modify_value" if one else "resolution" for one in is_change.tolist()],
        "handle.op.category": ["administration" if one else "resolution" for one in is_change.tolist()],
        "handle.response.name": ["handle_not_found" if one else "success" for one in failed.tolist()],
        "handle.prefix": prefixes,
        "handle.identifier": [f"{prefix}/PART-{one}" for prefix, one in zip(prefixes, objects.tolist(), strict=True)],
    }


def _identifiers(enterprise: Enterprise, times: np.ndarray, chance: np.random.Generator) -> dict[str, Any]:
    made = _handles(enterprise, times, chance)
    changed = [one == "administration" for one in made["handle.op.category"]]
    valid = chance.random(len(times)) > 0.02
    return {
        **{name: made[name] for name in ("source.ip", "destination.ip", "destination.port", "event.outcome")},
        "event.action": ["changed" if one else "resolved" for one in changed],
        "identifier.value": made["handle.identifier"],
        "identifier.normalized": made["handle.identifier"],
        "identifier.scheme": ["handle"] * len(times),
        "identifier.prefix": made["handle.prefix"],
        "identifier.suffix": [one.partition("/")[2] for one in made["handle.identifier"]],
        "identifier.valid": valid,
        "identifier.reasons": pa.array(
            [[] if one else ["prefix_unknown"] for one in valid.tolist()], pa.list_(pa.string())
        ),
        "identifier.dataset": ["handle"] * len(times),
        "identifier.column": ["handle.identifier"] * len(times),
    }
