"""Which columns a table of search results shows for each dataset, and how their values are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wanglou.commands.figures import write_count, write_duration, write_moment, write_size

Record = Mapping[str, Any]
MOST_VALUES = 6
"""Values of a list that a cell shows."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    header: str
    """Key below ``column`` in the catalogues."""
    write: Callable[[Record], str]
    is_number: bool = False


def write_values(values: Sequence[object] | None) -> str:
    """Write a list, cut where it is long."""
    if not values:
        return ""
    shown = " ".join(map(str, values[:MOST_VALUES]))
    return f"{shown} … ({len(values)})" if len(values) > MOST_VALUES else shown


def write_endpoints(record: Record) -> str:
    """Write client and server, the server with its port."""
    source, destination = record.get("source.ip", "?"), record.get("destination.ip", "?")
    port = record.get("destination.port")
    return f"{source} → {destination}" + (f":{port}" if port is not None else "")


def _write_range(record: Record) -> str:
    """Write the addresses a Modbus request touches: ``first+count``."""
    first, count = record.get("modbus.request.address"), record.get("modbus.request.quantity")
    if first is None:
        return ""
    return f"{first}+{count}" if count is not None else str(first)


def _write_values(record: Record) -> str:
    written, read = record.get("modbus.request.values"), record.get("modbus.response.values")
    return f"← {write_values(written)}" if written else write_values(read)


def _write_result(record: Record) -> str:
    said = record.get("modbus.exception.name") or record.get("error.code")
    pairing = record.get("wanglou.pairing")
    return str(said or ("ok" if pairing == "paired" else pairing or ""))


def take(name: str) -> Callable[[Record], str]:
    """Write a field as it is, nothing where it is empty."""
    return lambda record: str(record.get(name, ""))


def _count(name: str) -> Callable[[Record], str]:
    return lambda record: write_count(record[name]) if name in record else ""


_TIME = Column("time", lambda record: write_moment(record["@timestamp"]))
_ENDS = Column("conversation", write_endpoints)

TABLES: Mapping[str, tuple[Column, ...]] = {
    "flow": (
        _TIME,
        _ENDS,
        Column("protocol", lambda r: f"{r.get('network.transport', '')} {r.get('network.protocol', '')}".strip()),
        Column("state", take("flow.state")),
        Column("packets", _count("network.packets"), is_number=True),
        Column("size", lambda r: write_size(r.get("network.bytes", 0)), is_number=True),
        Column("duration", lambda r: write_duration(r.get("event.duration", 0)), is_number=True),
    ),
    "modbus": (
        _TIME,
        _ENDS,
        Column("unit", take("modbus.unit_id"), is_number=True),
        Column("function", take("modbus.function.name")),
        Column("addresses", _write_range),
        Column("values", _write_values),
        Column("result", _write_result),
    ),
}
"""Tables of the datasets that have one of their own; the id comes last, added by the command."""

OTHER = (_TIME, _ENDS, Column("action", take("event.action")))
"""Table of every other dataset."""
