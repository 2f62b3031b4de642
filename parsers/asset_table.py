"""What a batch's tables say of devices, as rows of the dataset ``asset``: told at first sight, on change and hourly.

To let another dataset speak, write a function from its ``View`` to sightings and name it in ``SOURCES``.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from parsers import asset_modbus, asset_named, asset_opcua
from parsers.asset_flow import observe_flows, observe_transactions
from parsers.asset_link import observe_arp, observe_dhcp, observe_lldp
from parsers.asset_memory import Key, Memory
from parsers.asset_modbus import observe_modbus
from parsers.asset_named import observe_dns, observe_http, observe_mqtt, observe_tls
from parsers.asset_novelty import Familiar
from parsers.asset_opcua import observe_opcua
from parsers.asset_schema import ASSET
from parsers.asset_sighting import Sighting
from parsers.asset_view import View
from parsers.columns import Origin, make_keywords, make_table
from parsers.field import COMMON
from parsers.link_table import make_rows
from parsers.oui import find_vendor
from parsers.schema import DATASETS

Observe = Callable[[View], Iterable[Sighting]]

_DISSECTED = frozenset({"modbus", "opcua", "mqtt", "dns", "http", "tls", "handle"}) & frozenset(DATASETS)

SOURCES: dict[str, tuple[Observe, ...]] = {
    "arp": (observe_arp,),
    "lldp": (observe_lldp,),
    "dhcp": (observe_dhcp,),
    "modbus": (observe_transactions, observe_modbus),
    "opcua": (observe_transactions, observe_opcua),
    "mqtt": (observe_transactions, observe_mqtt),
    "dns": (observe_transactions, observe_dns),
    "http": (observe_transactions, observe_http),
    "tls": (observe_transactions, observe_tls),
    "handle": (observe_transactions,),
    "flow": (lambda view: observe_flows(view, _DISSECTED),),
}
"""What speaks of devices, by dataset, in the order their rows come."""

NOVELTIES = {"modbus": asset_modbus.NOVELTY, "opcua": asset_opcua.NOVELTY, **asset_named.NOVELTIES}
"""How to tell that a dataset's table says nothing new; others are always read."""

MOST_FACTS = 65_536
"""Values of facts of devices that are remembered."""

MOST_SIGHTINGS = 20_000
"""Sightings of a table in a batch; how often there were more is counted."""

_SCHEMA = ASSET.arrow
_NO_ROWS = _SCHEMA.empty_table()
_COMMON = [field.name for field in COMMON if not field.derived]
_OWN = ("event.action", "asset.", "host.", "device.", "service.", "user_agent.")
_EMPTY = ("event.outcome", "event.duration", "error.code")
_VALUE_COLUMNS = {
    "vendor": "device.manufacturer", "product": "device.product.name", "model": "device.model.name",
    "product_code": "device.model.identifier", "serial": "device.serial_number", "os": "host.os.full",
    "name": "host.name", "role": "asset.role", "firmware": "service.version",
    "user_agent": "user_agent.original",
}  # fmt: skip
"""ECS column of a fact's value, beside ``asset.value``."""

_LONGEST = 512
"""Characters of a value that are kept."""


class Told(NamedTuple):
    """A sighting that becomes a row."""

    sighting: Sighting
    action: str
    previous: str


class AssetTable:
    """Turns what other tables say of devices into rows; what is known is remembered, bounded."""

    def __init__(self, origin: Origin, most: int = MOST_FACTS) -> None:
        """Know nothing."""
        self._origin, self._memory = origin, Memory(most)
        self._familiar = Familiar(NOVELTIES)
        self._cut = 0

    def add(self, tables: Mapping[str, pa.Table], links: Mapping[str, pa.Table] | None = None) -> pa.Table:
        """Rows that a batch gives: ``tables`` by dataset, ``links`` as ``LinkTables`` made them; any may be missing."""
        given = {**(links or {}), **tables}
        made = [self._tell(View(name, given[name])) for name in SOURCES if name in given and given[name].num_rows]
        made = [table for table in made if table.num_rows]
        return pa.concat_tables(made).unify_dictionaries().combine_chunks() if made else _NO_ROWS

    @property
    def counters(self) -> dict[str, int]:
        """How often each bound was hit."""
        return {**self._memory.counters, "asset_sightings_cut": self._cut}

    def _tell(self, view: View) -> pa.Table:
        """Rows of one table's sightings."""
        if self._memory.is_roomy and self._familiar.has_all(view):
            return _NO_ROWS
        lost = self._memory.lost + self._cut
        told = list(self._choose(view))
        if self._memory.lost + self._cut == lost:
            self._familiar.remember(view)
        else:
            self._familiar.forget()
        if not told:
            return _NO_ROWS
        rows = pa.array([one.sighting.row for one in told], pa.int64())
        evidence = view.table.select([name for name in _COMMON if name in view.table.column_names]).take(rows)
        columns = {name: evidence.column(name).combine_chunks() for name in evidence.column_names}
        columns |= dict.fromkeys(_EMPTY)
        own = make_rows(_SCHEMA, [self._describe(view, one) for one in told])
        kept = [name for name in _SCHEMA.names if name.startswith(_OWN)]
        columns |= {name: own.column(name).combine_chunks() for name in kept}
        columns["event.dataset"] = make_keywords(np.zeros(len(told), dtype=np.int32), [ASSET.name])
        columns["asset.evidence"] = _point(view, columns, self._origin.capture)
        columns["wanglou.pdu"] = pa.array(_number(view.name, told, columns["wanglou.packet"].to_pylist()), pa.int64())
        return make_table(_SCHEMA, {name: column for name, column in columns.items() if column is not None}, len(told))

    def _choose(self, view: View) -> Iterator[Told]:
        """Sightings in order of evidence, those that say nothing new left out."""
        sightings = (sighting for observe in SOURCES[view.name] for sighting in observe(view))
        found = list(islice(sightings, MOST_SIGHTINGS))
        self._cut += next(sightings, None) is not None
        if not found:
            return
        found.sort(key=lambda sighting: view.place(sighting.row))
        organizations = view.read("organization.id", np.array([sighting.row for sighting in found]))
        for sighting, organization in zip(found, organizations, strict=True):
            key = Key(organization or "", _name_device(sighting), view.name, sighting.field)
            action, previous = self._memory.note(key, sighting.value[:_LONGEST], int(view.hours[sighting.row]))
            if action:
                yield Told(sighting, action, previous)

    def _describe(self, view: View, told: Told) -> dict[str, Any]:
        """Columns of the observation itself."""
        one = told.sighting
        value = one.value[:_LONGEST]
        columns = {
            "event.action": told.action, "asset.id": _name_device(one), "asset.part": one.part or None,
            "asset.field": one.field, "asset.value": value, "asset.previous": told.previous or None,
            "asset.basis": one.basis, "asset.source": view.name, "asset.mac_vendor": find_vendor(one.mac) or None,
            "asset.service.port": one.port if one.port >= 0 else None, "asset.service.protocol": one.protocol or None,
            "host.ip": one.ip or None, "host.mac": one.mac or None,
        }  # fmt: skip
        return columns | ({_VALUE_COLUMNS[one.field]: value} if one.field in _VALUE_COLUMNS else {})


def _name_device(sighting: Sighting) -> str:
    """Key of the device in its enterprise."""
    return (sighting.ip or sighting.mac) + (f"/{sighting.part}" if sighting.part else "")


def _point(view: View, columns: Mapping[str, Any], capture: str) -> pa.Array:
    """``event.id`` of the evidence, null where its table is not kept."""
    packets, pdus = columns["wanglou.packet"].to_pylist(), columns["wanglou.pdu"].to_pylist()
    head = f"{capture[:16]}{capture[64:]}-{view.name}"
    texts = [f"{head}-{packet}-{pdu}" for packet, pdu in zip(packets, pdus, strict=True)]
    codes = np.arange(len(texts), dtype=np.int32) if view.name in DATASETS else np.full(len(texts), -1, dtype=np.int32)
    return make_keywords(codes, texts)


def _number(source: str, told: Sequence[Told], packets: Sequence[int]) -> list[int]:
    """Numbers below 65536 that tell the observations of a packet apart, made of what they say."""
    taken: set[tuple[int, int]] = set()
    numbers = []
    for one, packet in zip(told, packets, strict=True):
        number = zlib.crc32("\0".join((source, _name_device(one.sighting), *one.sighting[1:3])).encode()) & 0xFFFF
        while (packet, number) in taken:
            number = number + 1 & 0xFFFF
        taken.add((packet, number))
        numbers.append(number)
    return numbers
