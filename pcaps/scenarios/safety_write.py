"""The HMI, an allowed master, loosens the reactor's trip limits and then drives the process up."""

from __future__ import annotations

import asyncio

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def insider(stage: Stage) -> None:
    """Read the limits, raise two, switch the function off, raise the set point."""
    await stage.until(60)
    stage.mark()
    async with stage.connect(CHEM.host("reactor").ip) as client:
        await client.read_holding_registers(400, count=6, device_id=1)
        await stage.wait(10)
        stage.mark()
        await client.write_registers(400, [2600, 140], device_id=1)
        await stage.wait(15)
        await client.write_register(405, 0, device_id=1)
        await stage.wait(15)
        stage.mark()
        for value in (1550, 1700, 1850):
            await client.write_register(0, value, device_id=1)
            await stage.wait(8)


async def hmi(stage: Stage) -> None:
    """Poll as always, with the insider at the same machine."""
    await asyncio.gather(_MASTERS["hmi"](stage), insider(stage))


_MASTERS = chem_masters(slack=2)

SCENARIO = Scenario(
    file="safety_write.pcap",
    enterprise="chem",
    duration_s=180,
    time_scale=6,
    seed=6,
    masters={**_MASTERS, "hmi": hmi},
)
