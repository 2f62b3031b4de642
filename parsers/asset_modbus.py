"""What Modbus replies say of devices: identification objects, server id, the units behind an address.

Standard: MODBUS Application Protocol V1.1b3 §6.17 (function 17), §6.21 (function 43/14); Messaging Guide V1.0b §4.4.2.4
(unit identifiers 0 and 255 mean the addressed device itself).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.asset_flow import TRANSACTIONS
from parsers.asset_novelty import Aspect, Novelty
from parsers.asset_sighting import MOST_ROWS, Sighting, list_end, read_end
from parsers.asset_view import Codes, View

_OBJECTS = {0: "vendor", 1: "product_code", 2: "firmware", 3: "product_uri", 4: "product", 5: "model", 6: "name"}
_UNITS = (*list_end("destination"), "modbus.unit_id")
_ITSELF = (None, 0, 255)
_WORDS = re.compile(rb"[\x20-\x7e]{4,}")
_UMAS_READ_ID, _UMAS_DONE = 2, 254


def observe_modbus(view: View) -> Iterator[Sighting]:
    """Sightings of one batch's transactions."""
    yield from _observe_units(view)
    yield from _observe_objects(view)
    yield from _observe_texts(view, "description", "modbus.response.server_id")
    yield from _observe_umas(view)


def _observe_units(view: View) -> Iterator[Sighting]:
    """Units that answered."""
    rows = _list_units(view)
    ips = read_end(view, "destination", rows)
    values = view.read_rows(("modbus.unit_id", "wanglou.pairing"), rows)
    for row, ip, (unit, pairing) in zip(rows.tolist(), ips, values, strict=True):
        if ip and pairing == "paired" and unit not in _ITSELF:
            yield Sighting(row, "parts", str(unit), ip, basis="seen")


def _list_units(view: View) -> Codes:
    """Rows that tell of units."""
    return view.distinct((*_UNITS, "wanglou.pairing"), view.exchanges)


NOVELTY = Novelty(
    (*TRANSACTIONS, Aspect(_UNITS, _list_units)),
    ("modbus.device_id.object_values", "modbus.response.server_id", "modbus.umas.response.code"),
)
"""What is read of a table."""


def _observe_objects(view: View) -> Iterator[Sighting]:
    """Objects of function 43/14."""
    rows = view.rows_with("modbus.device_id.object_values")[:MOST_ROWS]
    lists = view.read_rows(("modbus.device_id.object_ids", "modbus.device_id.object_values"), rows)
    for (row, ip, part), (identifiers, texts) in zip(_list_servers(view, rows), lists, strict=True):
        for identifier, text in zip(identifiers or (), texts or (), strict=False):
            if ip and text and identifier in _OBJECTS:
                yield Sighting(row, _OBJECTS[identifier], text, ip, part=part)


def _observe_texts(view: View, field: str, column: str, within: Codes | None = None) -> Iterator[Sighting]:
    """Readable words in bytes whose layout is the vendor's own."""
    rows = view.rows_with(column) if within is None else within
    rows = view.distinct(["destination.ip", "modbus.unit_id", column], rows)[:MOST_ROWS]
    values = view.read(column, rows)
    for (row, ip, part), value in zip(_list_servers(view, rows), values, strict=True):
        words = [word.decode().strip() for word in _WORDS.findall(bytes.fromhex(value or ""))]
        if ip and any(words):
            yield Sighting(row, field, " ".join(filter(None, words)), ip, part=part)


def _observe_umas(view: View) -> Iterator[Sighting]:
    """Who answers UMAS (function 90) is a controller of Schneider; what it says of itself is its model."""
    answered = view.rows_with("modbus.umas.response.code")
    columns = ("modbus.umas.response.code", "modbus.umas.function.code")
    codes = view.read_rows(columns, answered)
    done = answered[[code == _UMAS_DONE for code, _ in codes]]
    rows = view.distinct(["destination.ip"], done)
    for row, ip in zip(rows.tolist(), read_end(view, "destination", rows), strict=True):
        if ip:
            yield Sighting(row, "vendor", "Schneider Electric", ip, basis="seen")
            yield Sighting(row, "role", "plc", ip, basis="seen")
    asked = answered[[pair == (_UMAS_DONE, _UMAS_READ_ID) for pair in codes]]
    yield from _observe_texts(view, "model", "modbus.response.data", asked)


def _list_servers(view: View, rows: Codes) -> Iterator[tuple[int, str, str]]:
    """Row, address and part of the server of each row; the address is empty where it is no device."""
    units = view.read("modbus.unit_id", rows)
    for row, ip, unit in zip(rows.tolist(), read_end(view, "destination", rows), units, strict=True):
        yield row, ip, "" if unit in _ITSELF else str(unit)
