"""What Modbus replies say of devices."""

from __future__ import annotations

from parsers.asset_modbus import observe_modbus
from tests.support.sightings import Row, observe


def test_identification_objects_are_named() -> None:
    """Function 43/14, of the device itself and of one behind a gateway; private objects say nothing."""
    objects: Row = {
        "modbus.device_id.object_ids": [0, 1, 2, 3, 4, 5, 6, 128],
        "modbus.device_id.object_values": ["Acme", "A-1", "V2.1", "http://a", "Press", "P9", "App", "x"],
    }
    found = observe(observe_modbus, [{**objects, "modbus.unit_id": 255}, {**objects, "modbus.unit_id": 7}])
    facts = ["vendor", "product_code", "firmware", "product_uri", "product", "model", "name"]
    assert [one[1] for one in found if one[0] == "10.0.0.2"] == ["parts", *facts]
    assert ("10.0.0.2/7", "vendor", "Acme", "stated") in found


def test_units_are_parts() -> None:
    """Those that answered; 0 and 255 are the device itself."""
    rows: list[Row] = [{"modbus.unit_id": unit} for unit in (0, 255, 3, 3)]
    rows.append({"modbus.unit_id": 9, "wanglou.pairing": "no_response"})
    assert observe(observe_modbus, rows) == [("10.0.0.2", "parts", "3", "seen")]


def test_server_ids_are_described_by_their_words() -> None:
    """Function 17: what can be read of it."""
    rows: list[Row] = [{"modbus.unit_id": 0, "modbus.response.server_id": "ff" + b"Pump 7".hex() + "00ff01"}]
    assert observe(observe_modbus, rows) == [("10.0.0.2", "description", "Pump 7", "stated")]


def test_umas_tells_the_vendor() -> None:
    """A controller that answers function 90 is Schneider's, and its identification has its model."""
    row: Row = {
        "modbus.unit_id": 0, "modbus.umas.response.code": 254, "modbus.umas.function.code": 2,
        "modbus.response.data": "000000" + b"140 CPU 311 10".hex() + "01",
    }  # fmt: skip
    assert observe(observe_modbus, [row]) == [
        ("10.0.0.2", "vendor", "Schneider Electric", "seen"), ("10.0.0.2", "role", "plc", "seen"),
        ("10.0.0.2", "model", "140 CPU 311 10", "stated"),
    ]  # fmt: skip
    assert observe(observe_modbus, [{**row, "modbus.umas.response.code": 253}]) == []
