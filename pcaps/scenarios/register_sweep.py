"""A laptop maps the memory of a controller: all four tables, block after block."""

from __future__ import annotations

import contextlib

from pymodbus.exceptions import ModbusException

from pcaps.scenarios.rig.layout import CHEM
from pcaps.scenarios.rig.operations import chem_masters
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.stage import Stage


async def attack(stage: Stage) -> None:
    """Sound the range with the largest reads, go up every table in small steps, read what exists one by one."""
    await stage.until(40)
    stage.mark()
    async with stage.connect(CHEM.host("tankfarm").ip) as client:
        for address in range(0, 65_400, 1500):
            with contextlib.suppress(ModbusException):
                await client.read_holding_registers(address, count=125, device_id=1)
            await stage.wait(0.05)
        stage.mark()
        for method in (
            client.read_coils,
            client.read_discrete_inputs,
            client.read_input_registers,
            client.read_holding_registers,
        ):
            for address in range(0, 4000, 16):
                with contextlib.suppress(ModbusException):
                    await method(address, count=4, device_id=1)
                await stage.wait(0.05)
        stage.mark()
        for address in (*range(16), *range(100, 116)):
            with contextlib.suppress(ModbusException):
                await client.read_holding_registers(address, count=1, device_id=1)
            await stage.wait(0.3)


SCENARIO = Scenario(
    file="register_sweep.pcap.gz",
    enterprise="chem",
    duration_s=150,
    time_scale=6,
    seed=5,
    masters=chem_masters(slack=3),
    acts={"laptop": attack},
    strangers=("laptop",),
)
