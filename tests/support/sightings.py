"""Rows of any dataset made from dictionaries, and what they say of devices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pyarrow as pa

from parsers.asset_sighting import Sighting
from parsers.asset_view import View
from tests.support.frames import START_NS

Row = dict[str, Any]

TIME = pa.timestamp("ns", tz="UTC")
U16 = ("source.port", "destination.port", "asset.service.port")
DEFAULTS: Row = {
    "@timestamp": START_NS, "source.ip": "10.0.0.1", "source.port": 40000, "source.mac": "28-63-36-00-00-01",
    "destination.ip": "10.0.0.2", "destination.port": 502, "destination.mac": "00-0E-CF-01-02-03",
    "network.transport": "tcp", "organization.id": "plant", "wanglou.pairing": "paired", "wanglou.pdu": 0,
}  # fmt: skip
"""What a row has unless it says otherwise."""


def make_table(rows: Sequence[Row], protocol: str = "modbus") -> pa.Table:
    """Table of rows as a parser lays it out: texts dictionary-encoded, times in nanoseconds."""
    full = [
        {**DEFAULTS, "network.protocol": protocol, "wanglou.packet": at, "wanglou.packet_end": at, **row}
        for at, row in enumerate(rows)
    ]
    names = list(dict.fromkeys(name for row in full for name in row))
    return pa.table({name: make_column(name, [row.get(name) for row in full]) for name in names})


def make_column(name: str, values: list[Any]) -> pa.Array:
    """Column of the kind that its name or values ask for."""
    if name == "@timestamp" or name.endswith(("not_after", "not_before")):
        return pa.array(values, TIME)
    if name in U16:
        return pa.array(values, pa.uint16())
    if name.endswith(("unit_id", ".code")):
        return pa.array(values, pa.uint8())
    made = pa.array(values)
    return made.dictionary_encode() if pa.types.is_string(made.type) else made


def observe(
    function: Callable[[View], Iterable[Sighting]], rows: Sequence[Row], protocol: str = "modbus"
) -> list[tuple[str, ...]]:
    """What rows say: device, fact, value and basis."""
    found = function(View(protocol, make_table(rows, protocol)))
    return [
        (one.ip + (f"/{one.part}" if one.part else "") or one.mac, one.field, one.value, one.basis) for one in found
    ]
