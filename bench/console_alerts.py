"""Made-up alerts of the shipped rules: patterns of rule, source and destination that repeat at random times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from bench.console_park import Enterprise
from detection.alert import ALERT, Alert, make_row
from detection.attack import load_catalogue
from detection.preparation import prepare_rules
from detection.rule import SHIPPED, Rule

SECOND_NS = 10**9
PATTERNS = 4_000
"""Pairs of a rule and its entities in one enterprise."""
ATTACKERS = 240
"""Addresses that most alerts come from."""


def list_rules() -> list[Rule]:
    """List the shipped rules that raise alerts."""
    return [rule for rule in prepare_rules((SHIPPED,), None).rules if rule.facts is not None]


def make_patterns(enterprise: Enterprise, chance: np.random.Generator) -> pa.Table:
    """Make the alerts of an enterprise that differ in more than time: ``PATTERNS`` rows of the dataset."""
    rules, catalogue = list_rules(), load_catalogue()
    order = chance.permutation(len(rules))
    ranks = np.minimum(chance.zipf(1.3, PATTERNS) - 1, len(rules) - 1)
    rows = []
    for rank in ranks.tolist():
        rule = rules[order[rank]]
        source = f"10.{enterprise.number + 10}.250.{int(chance.integers(1, ATTACKERS))}"
        if chance.random() < 0.6:
            source = enterprise.addresses[int(chance.integers(len(enterprise.addresses)))]
        destination = enterprise.addresses[int(chance.integers(len(enterprise.addresses)))]
        alert = _make_alert(rule, enterprise.name, {"source.ip": source, "destination.ip": destination})
        assert rule.facts is not None
        rows.append(make_row(alert, rule.facts, "", f"sensor-{enterprise.name}", catalogue))
    return pa.Table.from_pylist(rows, schema=ALERT.arrow)


def _make_alert(rule: Rule, enterprise: str, ends: dict[str, Any]) -> Alert:
    assert rule.facts is not None
    named = {name: ends[name] for name in rule.facts.entities if name in ends}
    entities = {"organization.id": enterprise, **named}
    values = {**ends, "modbus.unit_id": 1, "modbus.request.address": 40}
    return Alert(rule, entities, 0, 0, 0, 1, 0, values, [0], 0)


def make_alerts(
    patterns: pa.Table, capture: str, start_ns: int, span_ns: int, count: int, chance: np.random.Generator
) -> pa.Table:
    """Make ``count`` alerts of one capture, by time: more by day than by night, with a burst."""
    chosen = np.minimum(chance.zipf(1.15, count) - 1, PATTERNS - 1)
    offsets = np.concatenate(
        [
            chance.normal(0.5, 0.22, count - count // 10),
            np.full(count // 10, chance.random()) + chance.normal(0, 0.003, count // 10),
        ]
    )
    times = start_ns + (np.clip(offsets, 0, 0.999_999) * span_ns).astype(np.int64)
    times.sort()
    counts = np.minimum(chance.zipf(1.6, count), 200_000)
    packets = np.sort(chance.integers(0, 3_000, count))
    low, high = (chance.integers(0, 2**63, count).tolist() for _ in range(2))
    key = capture[:16]
    events = pa.array([[f"{key}-flow-{packet}-0"] for packet in packets.tolist()])
    columns: dict[str, Any] = {
        "@timestamp": times,
        "event.start": times,
        "event.end": times + counts.astype(np.int64) * SECOND_NS,
        "event.id": [f"alert-{one:016x}{two:016x}" for one, two in zip(low, high, strict=True)],
        "wanglou.alert.count": counts,
        "wanglou.alert.events": events,
        "wanglou.packet": packets,
        "wanglou.packet_end": packets,
        "wanglou.capture": pa.repeat(capture, count),
    }
    table = patterns.take(pa.array(chosen))
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        column = values if isinstance(values, pa.Array) else pa.array(values)
        kind = table.schema.field(place).type
        if pa.types.is_dictionary(kind):
            column = column.dictionary_encode()
        table = table.set_column(place, table.schema.field(place), column.cast(kind))
    return table
