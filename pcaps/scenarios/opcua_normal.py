"""Half an hour of two machines with OPC UA: subscriptions, reads, operators' writes and calls. Nothing is wrong."""

from __future__ import annotations

from pcaps.scenarios.rig.line import ENGINEERING, make_scenario
from pcaps.scenarios.rig.machine import FILLING
from pcaps.scenarios.rig.supervisor import call, look_around, write

SCENARIO = make_scenario(
    "opcua_normal.pcap.gz",
    31,
    1800,
    {"engineering": lambda stage: look_around(stage, ENGINEERING)},
    time_scale=25,
    slack=6.0,
    deeds=(
        (300, write(FILLING, "SpeedSetpoint", 176.0)),
        (640, call(FILLING, "Stop")),
        (700, call(FILLING, "Start")),
        (1200, write(FILLING, "FillVolume", 498.0)),
        (1900, write(FILLING, "SpeedSetpoint", 182.0)),
    ),
)
