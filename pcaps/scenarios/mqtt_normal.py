"""Half an hour around a broker: Sparkplug B and JSON telemetry, commands of those who may, a tare. Nothing is wrong."""

from __future__ import annotations

from pcaps.scenarios.rig.telemetry import make_scenario

SCENARIO = make_scenario(
    "mqtt_normal.pcap.gz",
    41,
    1800,
    {},
    time_scale=20,
    slack=2.0,
    switches_s=(400, 520, 1100, 1190),
    tares_s=(250, 900, 1500),
)
