"""Serial frames inside TCP: someone reaches a serial device through a raw port of its server and writes to it."""

from __future__ import annotations

import asyncio

from pymodbus.framer import FramerType

from pcaps.scenarios.rig.controller import Door, control
from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage, hear, open_socket

_RAW_PORT = 4001
"""Where serial device servers commonly offer their first port raw."""


async def server(stage: Stage) -> None:
    """Offer the raw serial port."""
    host = CHEM.host("implant_plc")
    door = Door(_RAW_PORT, FramerType.RTU)
    task = asyncio.create_task(control(host, stage.scale, stage.seed, lambda: None, door=door))
    await stage.until(135)
    task.cancel()


async def attack(stage: Stage) -> None:
    """Read for a while, then write, then write with wrong checksums."""
    await stage.until(40)
    stage.mark()
    async with stage.connect(CHEM.host("implant").ip, port=_RAW_PORT, framer=FramerType.RTU) as client:
        for _ in range(15):
            await client.read_holding_registers(0, count=8, device_id=1)
            await client.read_input_registers(0, count=4, device_id=1)
            await stage.wait(2)
        stage.mark()
        for value in range(6):
            await client.write_register(1, 400 + 50 * value, device_id=1)
            await stage.wait(3)
        await client.write_registers(100, [1, 2, 3, 4], device_id=1)
        await client.write_coil(2, False, device_id=1)
    stage.mark()
    async with open_socket(CHEM.host("implant").ip, _RAW_PORT) as (reader, writer):
        writer.write(bytes.fromhex("01 03 0000 0008 440c"))
        await hear(reader)
        for value in range(8):
            writer.write(bytes([1, 6, 0, 1, 0, value, 0xBA, 0xAD]))
            await hear(reader)
            await stage.wait(1)


SCENARIO = Scenario(
    file="rtu_tunnel.pcap",
    enterprise="chem",
    duration_s=150,
    time_scale=6,
    seed=17,
    masters=chem_masters(slack=2),
    acts={"implant": server, "laptop": attack},
    strangers=("implant", "laptop"),
)
