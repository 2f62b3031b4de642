"""An ordinary plant raises no alert: the shipped rules on ten minutes of sound traffic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from detection.detector import Detector
from detection.records import build_table
from detection.rule import SHIPPED
from detection.ruleset import load_rules

Record = dict[str, Any]
CODE, ADDRESS, QUANTITY = "modbus.function.code", "modbus.request.address", "modbus.request.quantity"
CLIENT, SERVER, UNIT = "source.ip", "destination.ip", "modbus.unit_id"

ENDPOINTS: Record = {
    CLIENT: "10.20.1.10",
    SERVER: "10.20.2.11",
    "destination.port": 502,
    "network.transport": "tcp",
}
SOUND: Record = {UNIT: 1, "modbus.framing": "mbap", "wanglou.pairing": "paired", "event.outcome": "success"}
READ: Record = {CODE: 3, "modbus.function.category": "read"}
WRITE: Record = {CODE: 6, "modbus.function.category": "write"}
REFUSED: Record = {"event.outcome": "failure"}


def often(every_s: float, times: int, **series: Sequence[int] | int) -> Record:
    """Repeat a record; ``series`` names what changes with each repetition."""
    names = {"address": ADDRESS, "unit": UNIT}
    return {"@every": every_s, "@repeat": times, "@series": {names[key]: values for key, values in series.items()}}


TRAFFIC: list[Record] = [
    # Polls: eight blocks of 125 registers and all coils every second; a gateway with 20 units.
    READ | {QUANTITY: 125} | often(0.125, 4800, address=[block * 125 for block in range(8)]),
    READ | {CODE: 1, ADDRESS: 0, QUANTITY: 2000} | often(1, 600),
    READ | {SERVER: "10.20.2.12"} | often(0.5, 1200, unit=list(range(1, 21))),
    # Writes: a heartbeat coil and a watchdog register every second, set points of two stations, a recipe.
    WRITE | {CODE: 5, ADDRESS: 3} | often(1, 600),
    WRITE | {ADDRESS: 99} | often(1, 600),
    WRITE | {ADDRESS: 40, "@seconds": 25} | often(55, 10),
    WRITE | {ADDRESS: 41, CLIENT: "10.20.1.11"} | often(99, 5),
    WRITE | {CODE: 16, "@seconds": 200} | often(1, 20, address=[200, 10]),
    # Small troubles: a point that does not exist, a busy controller, lost replies, a reply from before the capture.
    READ | REFUSED | {"modbus.exception.code": 2, ADDRESS: 9} | often(10, 60),
    READ | REFUSED | {"modbus.exception.code": 6, ADDRESS: 0} | often(90, 5),
    READ | {"event.outcome": "unknown", "wanglou.pairing": "no_response"} | often(15, 40),
    READ | {"event.outcome": "unknown", "wanglou.pairing": "no_request"},
]
CONNECTIONS: list[Record] = [
    {"flow.state": "closed", "network.protocol": "modbus", "flow.source.payload_bytes": 120} | often(5, 120),
    {"flow.state": "attempt", "flow.source.payload_bytes": 0, SERVER: "10.20.2.19"} | often(10, 60),
    {"flow.state": "established", "destination.port": 443, "flow.source.payload_bytes": 5000} | often(60, 10),
]
ZONES: Record = {
    "wanglou.site.source.known": True,
    "wanglou.site.destination.known": True,
    "wanglou.site.source.level": 2,
    "wanglou.site.destination.level": 1,
}
MASTERS: Record = {"wanglou.site.master_allowed": True, "wanglou.site.safety": False}


@pytest.mark.parametrize(("zones", "masters"), [({}, {}), (ZONES, {}), (ZONES, MASTERS)], ids=["bare", "zones", "site"])
def test_quiet_plant_raises_nothing(zones: Record, masters: Record) -> None:
    """Ordinary polling, writing, reconnecting and small troubles raise no alert, whatever the site file tells."""
    modbus = build_table([ENDPOINTS | SOUND | zones | masters | record for record in TRAFFIC], "modbus")
    flow = build_table([ENDPOINTS | {"destination.packets": 20} | zones | record for record in CONNECTIONS], "flow")
    detector = Detector(load_rules([SHIPPED], None), None, "0" * 64, "sensor")
    detector.feed({"modbus": modbus, "flow": flow})
    assert detector.finish().column("rule.name").to_pylist() == []


def test_stranger_in_the_quiet_plant_is_seen() -> None:
    """The same traffic with one write by a host outside the list raises that rule and no other."""
    stranger = WRITE | {CLIENT: "10.20.1.66", "wanglou.site.master_allowed": False, ADDRESS: 40}
    records = [ENDPOINTS | SOUND | ZONES | MASTERS | record for record in [*TRAFFIC, stranger]]
    detector = Detector(load_rules([SHIPPED], None), None, "0" * 64, "sensor")
    detector.feed({"modbus": build_table(records, "modbus")})
    assert detector.finish().column("rule.name").to_pylist() == ["modbus_write_unauthorized"]
