"""The SCADA server, taken over, guesses addresses: reads and writes scattered over the whole range fail in rows."""

from __future__ import annotations

import asyncio
import contextlib

from pymodbus.exceptions import ModbusException

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def guess(stage: Stage) -> None:
    """Guess reads on two controllers, then writes on one."""
    await stage.until(40)
    for name in ("dosing", "cooling"):
        stage.mark()
        async with stage.connect(CHEM.host(name).ip) as client:
            for _ in range(110):
                with contextlib.suppress(ModbusException):
                    await client.read_holding_registers(stage.random.randrange(500, 65000), count=2, device_id=1)
                await stage.wait(0.25)
    stage.mark()
    async with stage.connect(CHEM.host("cooling").ip) as client:
        for _ in range(40):
            with contextlib.suppress(ModbusException):
                await client.write_register(stage.random.randrange(500, 65000), 0xFFFF, device_id=1)
            await stage.wait(0.25)


_MASTERS = chem_masters(slack=2)


async def scada(stage: Stage) -> None:
    """Poll as always, with the intruder on the same machine."""
    await asyncio.gather(_MASTERS["scada"](stage), guess(stage))


SCENARIO = Scenario(
    file="exception_storm.pcap.gz",
    enterprise="chem",
    duration_s=170,
    time_scale=6,
    seed=16,
    masters={**_MASTERS, "scada": scada},
)
